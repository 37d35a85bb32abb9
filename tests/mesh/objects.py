"""Short ways to write the objects that the tests of mesh need."""

from typing import Any

from proxyless.mesh.workload import Workload, workload_of
from proxyless.model.kinds import KINDS
from proxyless.model.resource import Resource, resource

_VERSIONS = {"": "v1", "apps": "apps/v1"}


def thing(
    kind: str, name: str, spec: dict[str, Any], *, namespace: str = "shop", created: str = "", **metadata: Any
) -> Resource:
    """Any object; ``created`` is its creationTimestamp, empty for none."""
    group = KINDS[kind].group
    body: dict[str, Any] = {
        "apiVersion": _VERSIONS.get(group, f"{group}/v1"),
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace, **metadata},
        "spec": spec,
    }
    if created:
        body["metadata"]["creationTimestamp"] = f"2026-01-{created}T00:00:00Z"
    made = resource(body)
    assert made is not None
    return made


def rule(name: str, host: str = "echo", **rest: Any) -> Resource:
    """A DestinationRule; keys that are no metadata are its spec."""
    about = {key: rest.pop(key) for key in ("namespace", "created") if key in rest}
    return thing("DestinationRule", name, {"host": host, **rest}, **about)


def peer(name: str, mode: str = "", **rest: Any) -> Resource:
    """A PeerAuthentication; ``app`` selects by that label, ``ports`` are port levels."""
    spec: dict[str, Any] = {"mtls": {"mode": mode}} if mode else {}
    if app := rest.pop("app", ""):
        spec["selector"] = {"matchLabels": {"app": app}}
    if ports := rest.pop("ports", None):
        spec["portLevelMtls"] = {key: {"mode": value} for key, value in ports.items()}
    return thing("PeerAuthentication", name, spec, **rest)


def pod(labels: dict[str, str], ports: list[dict[str, Any]], namespace: str = "shop") -> Workload:
    """A workload with one container."""
    made = workload_of(
        thing("Pod", "echo", {"containers": [{"name": "app", "ports": ports}]}, namespace=namespace, labels=labels)
    )
    assert made is not None
    return made
