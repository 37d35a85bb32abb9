"""Small objects to build worlds from, for the pure tests of the controller."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from proxyless.adapters.listing import kinds_for
from proxyless.adapters.store import Store
from proxyless.lint.rules import ALL
from proxyless.lint.running import owner_of
from proxyless.model.kinds import COUNTED, KINDS
from proxyless.model.resource import Resource

KINDS_WATCHED = kinds_for(ALL)
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def body(kind: str, name: str, spec: Any = None, *, namespace: str = "shop", **rest: Any) -> dict[str, Any]:
    group, namespaced = KINDS[kind].group, KINDS[kind].namespaced
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


def pod_of(
    name: str, number: int, *, namespace: str = "shop", agent: bool = True, phase: str = "Running"
) -> dict[str, Any]:
    """A pod that the Deployment of that name made."""
    made = f"{name}-5d9c8b7f6"
    metadata = {
        "uid": f"{namespace}/{made}-{number}/{agent}",
        "generateName": f"{made}-",
        "labels": {"app": name, "pod-template-hash": "5d9c8b7f6"},
        "annotations": {"proxyless.dev/injected": "{}"} if agent else {},
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": made, "controller": True}],
    }
    containers = [{"name": "app", "image": "app"}, *([{"name": "istio-proxy", "image": "agent"}] if agent else [])]
    spec, status = {"containers": containers}, {"phase": phase}
    return body("Pod", f"{made}-{number}", spec, namespace=namespace, metadata=metadata, status=status)


def anything(chance: random.Random) -> dict[str, Any]:
    """Some object, from so few that they meet each other."""
    place, name = chance.choice(("shop", "web", "istio-system")), chance.choice(("a", "b"))
    host = chance.choice(("a", "b", "a.shop.svc.cluster.local", "*.web.svc.cluster.local"))
    makers: list[Callable[[], dict[str, Any]]] = [
        lambda: deployment(
            name, namespace=place, agent=chance.random() < 0.6, target=chance.choice(("", f"xds:///{host}:7070"))
        ),
        lambda: service(name, namespace=place, port=chance.choice(("grpc", "x"))),
        lambda: destination_rule(name, host, chance.choice(("ISTIO_MUTUAL", "DISABLE", "SIMPLE")), namespace=place),
        lambda: virtual_service(name, host, namespace=place, mirror=chance.random() < 0.5),
        lambda: peer_authentication(name, chance.choice(("STRICT", "PERMISSIVE", "DISABLE")), namespace=place),
        lambda: namespace(
            place, **chance.choice(({}, {"istio-injection": "enabled"}, {"proxyless.dev/enforcement": "strict"}))
        ),
        lambda: body(
            "AuthorizationPolicy", name, chance.choice(({}, {"action": "AUDIT", "rules": [{}]})), namespace=place
        ),
        lambda: body(
            "ProxylessPolicy",
            name,
            {"workloads": [{"selector": {"matchLabels": {"app": name}}, "language": "go"}]},
            namespace=place,
        ),
        lambda: body(
            "ProxylessPolicy",
            name,
            {"exceptions": [{"rule": chance.choice(("PX302", "PX502")), "reason": "known and accepted"}]},
            namespace=place,
        ),
        lambda: pod_of(
            name,
            chance.randrange(2),
            namespace=place,
            agent=chance.random() < 0.5,
            phase=chance.choice(("Running", "Running", "Succeeded")),
        ),
        lambda: body("ProxylessMesh", "default", {"istio": {"version": chance.choice(("1.22", "1.31.0"))}}),
    ]
    return chance.choice(makers)()


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

    def remove(self, item: Resource) -> None:
        """Delete an object of the snapshot; of counted pods the first one."""
        if item.kind in COUNTED:
            self.delete("Pod", f"{owner_of(item.ref).name}-5d9c8b7f6-0", item.namespace)
        else:
            self.delete(item.kind, item.name, item.namespace)
