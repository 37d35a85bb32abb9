"""Indexes of a mesh's objects by the hosts that they name. Each index follows the one object that changed, see ``model.memory``.

Used by ``registry``, ``virtual_services``, ``gateway_routes`` and ``mesh``, which ask for one host and never for all. The
settings of a view that is asked must have ``domain``.
"""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from proxyless.mesh.effective.delegates import delegates_named, hosts_named
from proxyless.mesh.host import qualify
from proxyless.mesh.merge import client_selector
from proxyless.model.grouping import grouped, itself
from proxyless.model.memory import View
from proxyless.model.resource import Resource, mapping, sequence

MESH = "mesh"
"""The name under ``gateways`` that stands for all clients in the mesh."""
WILDCARD = None
"""Key of all objects that speak of a wildcard."""
GATEWAY_ROUTES = ("HTTPRoute", "GRPCRoute")
_GROUP = "gateway.networking.k8s.io"
"""What the API server fills in where a parent names no group: a Service is one only with an empty group."""
_PARENTS = {("", "Service"): "Service", ("networking.istio.io", "ServiceEntry"): "ServiceEntry"}


@grouped("Service", "ServiceEntry", of=itself, settings=("domain",))
def registering(item: Resource, view: View[Any]) -> list[str]:
    """Services and ServiceEntries by their hosts."""
    if item.kind == "Service":
        return [f"{item.name}.{item.namespace}.svc.{view.settings.domain}"]
    return [str(host).lower() for host in sequence(item.spec.get("hosts"))]


@grouped("ServiceEntry", of=itself)
def wildcard_entries(entry: Resource, _: View[Any]) -> list[str]:
    """ServiceEntries by their hosts that are wildcards."""
    return [host for written in sequence(entry.spec.get("hosts")) if (host := str(written).lower()).startswith("*")]


def routed_hosts(item: Resource, domain: str) -> tuple[str, ...]:
    """Full hosts of a root VirtualService that is for the mesh; empty for delegates and for gateways alone."""
    gateways = sequence(item.spec.get("gateways"))
    if gateways and MESH not in gateways:
        return ()
    written = map(str, sequence(item.spec.get("hosts")))
    return tuple(dict.fromkeys(qualify(host, item.namespace, domain).lower() for host in written))


@grouped("VirtualService", of=itself, settings=("domain",))
def routing(item: Resource, view: View[Any]) -> tuple[str | None, ...]:
    """VirtualServices for the mesh by their hosts."""
    hosts = routed_hosts(item, view.settings.domain)
    return (*hosts, WILDCARD) if any(host.startswith("*") for host in hosts) else hosts


@grouped("VirtualService", of=itself, settings=("domain",))
def sending(item: Resource, view: View[Any]) -> list[str | tuple[str, str]]:
    """VirtualServices by the hosts of their destinations, and by namespace and name of their delegates."""
    hosts = [qualify(host, item.namespace, view.settings.domain) for host in hosts_named(item)]
    return [*hosts, *delegates_named(item)]


@grouped("DestinationRule", of=itself)
def choosing_clients(rule: Resource, _: View[Any]) -> tuple[str, ...]:
    """DestinationRules with labels of clients, by namespace."""
    return (rule.namespace,) if client_selector(rule) else ()


@grouped("VirtualService", of=itself)
def matching_sources(item: Resource, _: View[Any]) -> Iterator[tuple[str, object]]:
    """VirtualServices by the labels of clients that they ask for."""
    for entry in sequence(item.spec.get("http")):
        for match in sequence(mapping(entry).get("match")):
            for key, value in mapping(mapping(match).get("sourceLabels")).items():
                if isinstance(value, Hashable):
                    yield str(key), value


def parents(route: Resource, view: View[Any]) -> Iterator[tuple[str, int]]:
    """Hosts in the mesh that an HTTPRoute or GRPCRoute is attached to, each with its port; 0: all ports."""
    for reference in map(mapping, sequence(route.spec.get("parentRefs"))):
        port = reference.get("port")
        for host in parent_hosts(reference, route, view):
            yield host, port if isinstance(port, int) else 0


def parent_hosts(reference: Mapping[str, Any], route: Resource, view: View[Any]) -> Iterator[str]:
    """Hosts in the mesh that one entry of ``parentRefs`` means; none for a Gateway."""
    kind = _PARENTS.get((_text(reference.get("group"), _GROUP), _text(reference.get("kind"), "Gateway")))
    name, namespace = str(reference.get("name")), str(reference.get("namespace") or route.namespace)
    if kind == "Service":
        yield f"{name}.{namespace}.svc.{view.settings.domain}"
    elif kind == "ServiceEntry" and (entry := view.snapshot.get(kind, namespace, name)) is not None:
        yield from (str(host).lower() for host in sequence(entry.spec.get("hosts")))


def _text(value: object, otherwise: str) -> str:
    return value if isinstance(value, str) else otherwise


@grouped(*GATEWAY_ROUTES, of=itself, beside=("ServiceEntry",), settings=("domain",))
def attached(route: Resource, view: View[Any]) -> list[str | None]:
    """HTTPRoutes and GRPCRoutes by the hosts in the mesh that they are attached to."""
    hosts = [host for host, _ in parents(route, view)]
    return [*hosts, WILDCARD] if any(host.startswith("*") for host in hosts) else [*hosts]


@grouped(*GATEWAY_ROUTES, of=itself, settings=("domain",))
def backed(route: Resource, view: View[Any]) -> Iterator[str]:
    """HTTPRoutes and GRPCRoutes by the hosts that they send calls to."""
    for rule in map(mapping, sequence(route.spec.get("rules"))):
        filters = [
            mapping(mapping(item).get("requestMirror")).get("backendRef") for item in sequence(rule.get("filters"))
        ]
        for backend in map(mapping, (*sequence(rule.get("backendRefs")), *filters)):
            name = str(backend.get("name"))
            if backend.get("kind") == "Hostname":
                yield name
            else:
                yield f"{name}.{backend.get('namespace') or route.namespace}.svc.{view.settings.domain}"
