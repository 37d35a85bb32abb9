"""The mesh of the scale benchmark, as manifests: at full size 20,000 VirtualServices, 5,000 DestinationRules and Services, 20,000 pods, 100 namespaces.

Used by ``bench.scale``. All sizes go down together.
"""

from collections.abc import Iterator
from typing import Any, Final

Object = dict[str, Any]
NAMESPACES = 100
PODS_EACH = 20
"""Pods of each Deployment."""
ROUTES_EACH = 4
"""VirtualServices of each Service; one is for its host, the others for hosts of their own that lead to it."""


class ScaleMesh:
    """A mesh of so many Services.

    Args:
        services: 5,000 is the full size.
    """

    def __init__(self, services: int) -> None:
        self.services: Final = services
        self.deployments: Final = max(1, services // 5)

    def all(self) -> Iterator[Object]:
        """Every object, namespaces first, pods last."""
        for number in range(NAMESPACES):
            yield _made("v1", "Namespace", f"ns{number}", "", metadata={"labels": {"istio-injection": "enabled"}})
        for number in range(NAMESPACES):
            spec: Object = {"mtls": {"mode": "STRICT"}}
            yield _made("security.istio.io/v1", "PeerAuthentication", "p", f"ns{number}", spec)
            yield _made("proxyless.dev/v1alpha1", "ProxylessPolicy", "team", f"ns{number}", {})
        for number in range(self.deployments):
            yield self.deployment(number)
        for number in range(self.services):
            yield self.service(number)
            yield self.destination_rule(number)
            for which in range(ROUTES_EACH):
                yield self.virtual_service(number, which)
        for number in range(self.deployments):
            for which in range(PODS_EACH):
                yield self.pod(number, which)

    def namespace_of(self, deployment: int) -> str:
        """Where a Deployment and its Services are."""
        return f"ns{deployment % NAMESPACES}"

    def deployment_of(self, service: int) -> int:
        """The Deployment behind a Service."""
        return service % self.deployments

    def host(self, service: int) -> str:
        """Full host of a Service."""
        return f"s{service}.{self.namespace_of(self.deployment_of(service))}.svc.cluster.local"

    def deployment(self, number: int, calls: int | None = None) -> Object:
        """A proxyless workload that calls one Service: its neighbour's, or another one."""
        called = self.host((number + 1) % self.services if calls is None else calls)
        template = {"metadata": _pod_metadata(number), "spec": _pod_spec(f"xds:///{called}:7070")}
        spec = {"replicas": 0, "selector": {"matchLabels": {"app": f"d{number}"}}, "template": template}
        return _made("apps/v1", "Deployment", f"d{number}", self.namespace_of(number), spec)

    def service(self, number: int, port: str = "grpc") -> Object:
        """A Service; five select each Deployment."""
        behind = self.deployment_of(number)
        spec = {"selector": {"app": f"d{behind}"}, "ports": [{"name": port, "port": 7070}]}
        return _made("v1", "Service", f"s{number}", self.namespace_of(behind), spec)

    def destination_rule(self, number: int, mode: str = "ISTIO_MUTUAL") -> Object:
        """The rule of a Service; each twentieth says SIMPLE, which fails."""
        mode = "SIMPLE" if number % 20 == 0 else mode
        spec = {"host": self.host(number), "trafficPolicy": {"tls": {"mode": mode}}}
        namespace = self.namespace_of(self.deployment_of(number))
        return _made("networking.istio.io/v1", "DestinationRule", f"d{number}", namespace, spec)

    def virtual_service(self, number: int, which: int, *, mirror: bool = False) -> Object:
        """One of a Service's routes."""
        host = self.host(number)
        route: Object = {"route": [{"destination": {"host": host}}], **({"mirror": {"host": host}} if mirror else {})}
        name = host if which == 0 else f"x{which}-{host}"
        namespace = self.namespace_of(self.deployment_of(number))
        return _made(
            "networking.istio.io/v1",
            "VirtualService",
            f"v{number}-{which}",
            namespace,
            {"hosts": [name], "http": [route]},
        )

    def pod(self, deployment: int, which: int, template: str = "5d9c8b7f6", *, agent: bool = True) -> Object:
        """One pod of a Deployment, running."""
        made = f"d{deployment}-{template}"
        metadata = _pod_metadata(deployment)
        metadata["labels"]["pod-template-hash"] = template
        metadata["annotations"] |= {"proxyless.dev/injected": "{}"} if agent else {}
        owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": made, "controller": True, "uid": made}
        metadata |= {"generateName": f"{made}-", "ownerReferences": [owner]}
        spec = _pod_spec("xds:///a.b.svc.cluster.local:7070")
        spec["containers"] += [{"name": "istio-proxy", "image": "agent"}] if agent else []
        found = _made("v1", "Pod", f"{made}-{which:05}", self.namespace_of(deployment), spec, metadata=metadata)
        return {**found, "status": {"phase": "Running"}}


def _made(version: str, kind: str, name: str, namespace: str, spec: Object | None = None, **rest: Any) -> Object:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **rest.pop("metadata", {})}
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": metadata,
        **({} if spec is None else {"spec": spec}),
        **rest,
    }


def _pod_metadata(deployment: int) -> Object:
    annotations = {
        "inject.istio.io/templates": "grpc-agent",
        "proxy.istio.io/config": "{holdApplicationUntilProxyStarts: true}",
    }
    return {"labels": {"app": f"d{deployment}"}, "annotations": annotations}


def _pod_spec(target: str) -> Object:
    return {"containers": [{"name": "app", "image": "app:1", "args": [target], "ports": [{"containerPort": 7070}]}]}
