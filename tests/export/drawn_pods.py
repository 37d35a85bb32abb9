"""Pods and namespaces drawn at random, for test_delegation: most are plain, each may have what injection looks at."""

from random import Random
from typing import Any

from proxyless.mesh.pod import keys

Body = dict[str, Any]
CONFIGS = (
    "",
    " ",
    "{}",
    "concurrency: 2",
    "concurrency: 2\n",
    'image: "x"',
    "holdApplicationUntilProxyStarts: true",
    "holdApplicationUntilProxyStarts: false\n",
    '{"holdApplicationUntilProxyStarts": true}',
    '{ "holdApplicationUntilProxyStarts" : false }',
    "{holdApplicationUntilProxyStarts: true}",
    '{"concurrency": 2}',
    "proxyMetadata:\n  PKCS8_KEY: 'false'\n",
    "a: b: c",
    "# nothing",
    "key: null",
    "y: on",
    "true: x",
    "false: x",
    "concurrency: null",
    "concurrency: on",
    "statusPort: 0x1F",
    "null: y",
    "holdApplicationUntilProxyStarts: yes",
    "holdApplicationUntilProxyStarts: True",
    "holdApplicationUntilProxyStarts: 1",
)
ANNOTATIONS: dict[str, tuple[str, ...]] = {
    keys.TEMPLATES: ("grpc-agent", "own", "own, grpc-agent", "sidecar", "grpc-simple,", "", ","),
    keys.PROXY_CONFIG: CONFIGS,
    keys.INJECT: ("true", "false", "yes", ""),
    keys.SIDECAR_INJECT: ("true", "false", "x"),
    keys.STATUS: ('{"containers":["istio-proxy"]}',),
    keys.STATUS_PORT: ("15020", "0"),
    keys.MODE: ("own", "delegate", "auto", ""),
    keys.XDS: ("agent", "direct"),
    keys.LANGUAGE: ("go", "java"),
    keys.GRPC_VERSION: ("1.81.0",),
    keys.TARGETS: ("1", "3", "many"),
    keys.SERVER: ("true",),
    keys.FRAMEWORK: ("grpc", "kitex", "dubbo"),
    keys.NATIVE_SIDECAR: ("true", "false"),
    keys.MARK: ('{"mode":"delegate"}', '{"mode":"own"}'),
    keys.MIRROR_POD: ("x",),
    "example.com/long": ("x" * 200_000, "ä" * 130_000),
}
LABELS: dict[str, tuple[str, ...]] = {
    keys.INJECT: ("true", "false", "yes", ""),
    keys.SIDECAR_INJECT: ("true", "false", "x", ""),
    keys.REVISION: ("default", "canary", ""),
    keys.FRAMEWORK: ("grpc", "kitex"),
    keys.CANONICAL_NAME: ("echo",),
    "app": ("echo", ""),
    "app.kubernetes.io/name": ("echo",),
}
SPACES: tuple[dict[str, str], ...] = (
    {keys.NAMESPACE_INJECTION: "enabled"},
    {keys.NAMESPACE_INJECTION: "enabled", keys.REVISION: "canary"},
    {keys.NAMESPACE_INJECTION: "disabled"},
    {keys.REVISION: "default"},
    {keys.REVISION: "canary"},
    {},
)
"""Labels of a namespace that say whether Istio's injector selects its pods."""
WORDS = ("xds:///echo:80", "xds:///a:1,xds:///b:2", "xds://istiod.istio-system:15012", "-v", "dubbo.registry=xds://x:1")
VARIABLES = ("KITEX_XDS_METAS", "GRPC_XDS_BOOTSTRAP", "DUBBO_REGISTRY", "PKCS8_KEY", "A")


def pod(draw: Random) -> Body:
    """One pod."""

    def some(values: dict[str, tuple[str, ...]], chance: float) -> dict[str, str]:
        return {key: draw.choice(found) for key, found in values.items() if draw.random() < chance}

    odd = draw.choice([0, 0.03, 0.03, 0.1])
    annotations = some(ANNOTATIONS, odd)
    for key in (keys.TEMPLATES, keys.PROXY_CONFIG):
        if draw.random() < 0.25:
            annotations[key] = draw.choice(ANNOTATIONS[key])
    metadata: Body = {"labels": some(LABELS, max(odd, 0.05))}
    if annotations or draw.random() < 0.3:
        metadata["annotations"] = annotations
    name = draw.choice([*["echo"] * 8, "e" * 62, "e" * 63])
    metadata.update({"generateName": f"{name}-"} if draw.random() < 0.7 else {"name": name})
    if draw.random() < 0.5:
        kind = draw.choice(["ReplicaSet", "ReplicaSet", "StatefulSet", "Job"])
        owner = draw.choice([*["echo-6d8c4b7f9c"] * 5, "e" * 70])
        metadata["ownerReferences"] = [
            {"apiVersion": "apps/v1", "kind": kind, "name": owner, "uid": "1", "controller": draw.random() < 0.9}
        ]
    spec: Body = {"containers": _containers(draw, odd), "automountServiceAccountToken": False}
    if draw.random() < odd:
        spec["initContainers"] = [{"name": draw.choice(["istio-proxy", "init"]), "image": "auto"}]
    if draw.random() < odd:
        spec["hostNetwork"] = draw.choice([True, False])
    if draw.random() < odd:
        spec["os"] = {"name": draw.choice(["linux", "windows"])}
    if draw.random() < max(odd, 0.05):
        spec["restartPolicy"] = draw.choice(["Never", "OnFailure", "Always"])
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _containers(draw: Random, odd: float) -> list[Body]:
    found = []
    for number in range(draw.choice([1, 1, 1, 2])):
        one: Body = {"name": f"app-{number}", "image": "echo:1"}
        if draw.random() < max(odd, 0.1):
            one[draw.choice(["command", "args"])] = [draw.choice(WORDS) for _ in range(2)]
        if draw.random() < max(odd, 0.1):
            entry = {"name": draw.choice(VARIABLES)}
            value = {"value": draw.choice(WORDS)}
            reference = {"valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
            one["env"] = [{**entry, **draw.choice([{}, value, value, reference])}]
        found.append(one)
    if draw.random() < odd:
        found.append({"name": "istio-proxy", "image": draw.choice(["auto", "own:1"])})
    return found
