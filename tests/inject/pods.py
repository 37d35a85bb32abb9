"""Pods of every shape for property tests: as the API writes them, with null and missing parts, and with wrong types."""

import copy
from typing import Any

from hypothesis import strategies as st

from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod import keys as k
from proxyless.mesh.pod.surroundings import Namespace, Wish
from proxyless.model.client import Framework, Language
from proxyless.model.version import Version

TEXT = st.text(alphabet="ab/~:.0 -", max_size=6)
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXT, st.lists(TEXT, max_size=2), st.just({})
)
ANNOTATIONS: dict[str, st.SearchStrategy[str]] = {
    k.INJECT: st.sampled_from(["true"] * 16 + ["false", "yes", ""]),
    k.TEMPLATES: st.sampled_from(["grpc-agent", "a, grpc-agent", "corp", " ", ","] * 3 + ["sidecar"]),
    k.PROXY_CONFIG: st.one_of(
        st.sampled_from(
            [
                "{}",
                "{concurrency: 2}",
                "holdApplicationUntilProxyStarts: false",
                '{"holdApplicationUntilProxyStarts": "maybe"}',
                "proxyMetadata:\n  A: b\nstatusPort: 15099",
                '{"proxyMetadata": {"CA_ADDR": 1, "B": null}, "statusPort": "x", "discoveryAddress": 7}',
                "- a",
                "[" * 2000,
            ]
        ),
        TEXT,
    ),
    k.STATUS_PORT: st.sampled_from(["0", "15020", "15099", "http", "99999", "²"]),
    k.LANGUAGE: st.sampled_from(["go", "python", "java", "node", "c++", "cobol", ""]),
    k.GRPC_VERSION: st.sampled_from(["1.77.0", "1.64.3", "1.60", "new", "9" * 30]),
    k.TARGETS: st.sampled_from(["0", "1", "3", "-1", "many", "²", "9999999"]),
    k.SERVER: st.sampled_from(["true", "false", "1"]),
    k.XDS: st.sampled_from(["agent", "direct", "auto", "mux"]),
    k.MODE: st.sampled_from(["own", "delegate", "auto", "other"]),
    k.FRAMEWORK: st.sampled_from(["grpc"] * 8 + ["dubbo", "kitex", "corba"]),
    k.NATIVE_SIDECAR: st.sampled_from(["true", "false", "auto"]),
    k.MARK: st.sampled_from(["{}", '{"mode":"delegate"}', "?"]),
    k.USER_VOLUME: st.sampled_from(['{"a":{"emptyDir":{}}}', "[]", '{"a":1}', "{", "[" * 2000]),
    k.USER_VOLUME_MOUNT: st.sampled_from(['{"a":{"mountPath":"/a"}}', '"a"']),
    k.READINESS_PERIOD: st.sampled_from(["5", "-5", "soon", "9" * 12]),
    k.PROXY_IMAGE: st.sampled_from(["a/b:c", "b"]),
    k.PROXY_IMAGE_TYPE: st.sampled_from(["distroless", "default", ""]),
    k.SIDECAR_INJECT: st.sampled_from(["true", "false"]),
    k.REWRITE_PROBES: st.sampled_from(["true", "false"]),
    k.MERGE_METRICS: st.sampled_from(["true", "0", "maybe"]),
    "sidecar.istio.io/proxyCPU": st.sampled_from(["100m", "much"]),
    "sidecar.istio.io/proxyMemoryLimit": st.sampled_from(["1Gi", "-"]),
    "prometheus.io/port": st.sampled_from(["9090", "0", "15020", "x", "²"]),
    "prometheus_io.path": st.just("/m"),
    "prometheus.io/scrape": st.sampled_from(["true", "f", "?"]),
    "prometheus.istio.io/scrape-targets": st.sampled_from(["9090:/a,9091", ":/a", "x:", ","]),
}
_VALUES = st.sampled_from(
    [
        {},
        {"value": ""},
        {"value": None},
        {"value": "xds:///a:1 xds:///b:2"},
        {"value": "/etc/istio/proxy/grpc-bootstrap.json"},
        {"valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"value": "", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
    ]
)
_XDS_NAMES = ["GRPC_XDS_BOOTSTRAP", "GRPC_XDS_BOOTSTRAP_CONFIG", "GRPC_XDS_EXPERIMENTAL_SECURITY_SUPPORT"]
ENV = st.lists(
    st.builds(lambda name, value: {"name": name, **value}, st.sampled_from([*_XDS_NAMES * 4, "A", "DUBBO_X"]), _VALUES),
    max_size=4,
)
CONTAINERS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["cart"] * 4 + ["audit"] * 3 + ["istio-proxy"]),
        "image": st.sampled_from(["auto"] * 5 + ["a:1"]),
    },
    optional={
        "env": st.one_of(st.none(), ENV),
        "args": st.one_of(st.none(), st.lists(st.sampled_from(["--to=xds:///c:1", "-v"]), max_size=2)),
        "ports": st.one_of(
            st.none(), st.lists(st.fixed_dictionaries({"containerPort": st.integers(1, 9)}), max_size=2)
        ),
        "volumeMounts": st.one_of(
            st.none(),
            st.lists(
                st.fixed_dictionaries(
                    {"name": TEXT, "mountPath": st.sampled_from(["/a", "/etc/istio/proxy/", "/var/lib/istio/data"])}
                ),
                max_size=2,
            ),
        ),
        "securityContext": st.one_of(st.none(), st.just({"runAsUser": 7})),
        "readinessProbe": st.sampled_from([None, {"exec": {"command": ["x"]}}, {"periodSeconds": 1}]),
        "lifecycle": st.sampled_from([None, {"postStart": {"exec": {"command": ["y"]}}}]),
        "resources": st.sampled_from([None, {}, {"limits": {"cpu": "1"}}]),
    },
)
LABELS = st.dictionaries(
    st.sampled_from(
        ["app", k.SIDECAR_INJECT, k.REVISION, "pod-template-hash", k.CANONICAL_NAME, k.NETWORK, "a/b", "c~d"]
    ),
    st.sampled_from(["true", "false", "x", "", "7d9f8"]),
    max_size=4,
)
OWNERS = st.lists(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["ReplicaSet", "Job", "StatefulSet"])},
        optional={"name": st.sampled_from(["cart-7d9f8", "n-28912340", None, 5]), "controller": st.booleans()},
    ),
    max_size=2,
)
METADATA = st.fixed_dictionaries(
    {
        "annotations": st.lists(st.sampled_from(sorted(ANNOTATIONS)), max_size=7, unique=True).flatmap(
            lambda names: st.fixed_dictionaries(
                {name: ANNOTATIONS[name] for name in {k.INJECT: 0, **dict.fromkeys(names)}}
            )
        )
    },
    optional={
        "name": st.sampled_from(["cart", None]),
        "generateName": st.sampled_from(["cart-", "x" * 250 + "-", None]),
        "labels": st.one_of(st.none(), LABELS),
        "ownerReferences": st.one_of(st.none(), OWNERS),
    },
)
SPEC = st.fixed_dictionaries(
    {"containers": st.lists(CONTAINERS, min_size=1, max_size=3)},
    optional={
        "initContainers": st.one_of(st.none(), st.lists(CONTAINERS, max_size=2)),
        "volumes": st.one_of(st.none(), st.lists(st.fixed_dictionaries({"name": st.just("istio-data")}), max_size=1)),
        "imagePullSecrets": st.one_of(
            st.none(), st.lists(st.fixed_dictionaries({}, optional={"name": TEXT}), max_size=2)
        ),
        "restartPolicy": st.sampled_from(["Always", "Never"]),
        "hostNetwork": st.sampled_from([True] + [False] * 9 + [None]),
        "serviceAccountName": st.sampled_from(["cart", None]),
        "os": st.sampled_from([None, {"name": "linux"}]),
    },
)
PODS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries({"metadata": METADATA, "spec": SPEC})
NAMESPACES = st.builds(
    Namespace,
    st.sampled_from(["shop"] * 15 + ["kube-system"]),
    st.dictionaries(
        st.sampled_from([k.INJECTION, k.NAMESPACE_INJECTION, k.REVISION]),
        st.sampled_from(["enabled", "disabled", "default", "canary"]),
    ),
    st.dictionaries(
        st.sampled_from([k.OPENSHIFT_UIDS, k.OPENSHIFT_GROUPS]), st.sampled_from(["1000/10", "5-9", "", "a/b", "1,2"])
    ),
)
SETTINGS = st.builds(
    InjectionSettings,
    mode=st.sampled_from(["auto", "own", "delegate"]),
    xds=st.sampled_from(["auto", "agent", "direct"]),
    hold=st.booleans(),
    native_sidecar=st.sampled_from([None, True, False]),
    istio_injector=st.booleans(),
    revision=st.sampled_from(["", "default", "canary"]),
    network=st.sampled_from(["", "north"]),
    image_pull_secrets=st.sampled_from([(), ("mirror",)]),
    prometheus_merge=st.booleans(),
    proxy_metadata=st.sampled_from([{}, {"ENVOY_SECURE_MERGED_METRICS_PORT": "15091"}]),
)
WISHES = st.one_of(
    st.none(),
    st.builds(
        Wish,
        inject=st.sampled_from([None, True, False]),
        framework=st.sampled_from([None] * 8 + [*Framework]),
        language=st.sampled_from([None, *Language]),
        version=st.sampled_from([None, Version.parse("1.70.0")]),
        targets=st.sampled_from([None, 0, 4]),
        xds=st.sampled_from([None, "direct"]),
        source=st.just("ProxylessPolicy shop/default"),
    ),
)


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """A pod with junk in one to three places."""
    pod: Any = copy.deepcopy(draw(PODS))  # values of a strategy are shared between examples
    for _ in range(draw(st.integers(1, 3))):
        holder, key = draw(st.sampled_from(_places(pod)))
        holder[key] = draw(JUNK)
    return draw(JUNK) if draw(st.integers(0, 40)) == 1 else pod


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every member and item of a document, with what holds it."""
    steps = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [(value, step) for step in steps] + [place for step in steps for place in _places(value[step])]
