"""Small objects to build worlds from, for the pure tests of the controller."""

from typing import Any

from proxyless.adapters.listing import kinds_for
from proxyless.adapters.store import Store
from proxyless.lint.rules import ALL
from proxyless.model.resource import KINDS

KINDS_WATCHED = kinds_for(ALL)


def body(kind: str, name: str, spec: Any = None, *, namespace: str = "shop", **rest: Any) -> dict[str, Any]:
    group, namespaced = KINDS[kind]
    metadata = {
        "name": name,
        "generation": 1,
        **({"namespace": namespace} if namespaced else {}),
        **rest.pop("metadata", {}),
    }
    api_version = f"{group}/v1" if group else "v1"
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": metadata,
        **({} if spec is None else {"spec": spec}),
        **rest,
    }


def deployment(name: str, *, namespace: str = "shop", agent: bool = True, target: str = "") -> dict[str, Any]:
    annotations = {
        "inject.istio.io/templates": "grpc-agent",
        "proxy.istio.io/config": "{holdApplicationUntilProxyStarts: true}",
    }
    template = {
        "metadata": {"labels": {"app": name}, "annotations": annotations if agent else {}},
        "spec": {"containers": [{"name": "app", "image": "app", "args": [target] if target else []}]},
    }
    return body(
        "Deployment", name, {"selector": {"matchLabels": {"app": name}}, "template": template}, namespace=namespace
    )


def service(name: str, *, namespace: str = "shop", port: str = "grpc") -> dict[str, Any]:
    return body(
        "Service", name, {"selector": {"app": name}, "ports": [{"name": port, "port": 7070}]}, namespace=namespace
    )


def destination_rule(
    name: str, host: str, mode: str = "ISTIO_MUTUAL", *, namespace: str = "shop", **rest: Any
) -> dict[str, Any]:
    return body(
        "DestinationRule", name, {"host": host, "trafficPolicy": {"tls": {"mode": mode}}}, namespace=namespace, **rest
    )


def virtual_service(
    name: str, host: str, *, namespace: str = "shop", mirror: bool = False, **rest: Any
) -> dict[str, Any]:
    route = {"route": [{"destination": {"host": host}}], **({"mirror": {"host": host}} if mirror else {})}
    return body("VirtualService", name, {"hosts": [host], "http": [route]}, namespace=namespace, **rest)


def peer_authentication(name: str, mode: str = "STRICT", *, namespace: str = "shop") -> dict[str, Any]:
    return body("PeerAuthentication", name, {"mtls": {"mode": mode}}, namespace=namespace)


def namespace(name: str, **labels: str) -> dict[str, Any]:
    return body("Namespace", name, metadata={"labels": labels})


class Cluster:
    """A store that is fed as a watch would feed it, with growing resourceVersions."""

    def __init__(self, *bodies: dict[str, Any], complete: bool = True) -> None:
        self.store = Store(KINDS_WATCHED)
        self.version = 0
        if complete:
            for kind in KINDS_WATCHED:
                self.store.replace(kind, [])
        for item in bodies:
            self.put(item)

    def put(self, item: dict[str, Any]) -> None:
        self.version += 1
        item = {**item, "metadata": {**item["metadata"], "resourceVersion": str(self.version)}}
        self.store.upsert(item["kind"], item)

    def delete(self, kind: str, name: str, namespace: str = "shop") -> None:
        self.version += 1
        self.store.delete(
            kind, {"metadata": {"name": name, "namespace": namespace, "resourceVersion": str(self.version)}}
        )
