"""Helpers that rules share to find dialed hosts whose routes may lead to another host; they never create findings."""

from collections.abc import Iterable, Iterator

from proxyless.lint.destinations import dialing
from proxyless.lint.routes import binds_mesh, delegating, destinations, mesh_parents
from proxyless.lint.world import World
from proxyless.mesh.host import covers
from proxyless.model.grouping import grouped, itself
from proxyless.model.resource import Resource, mapping, sequence


def calls_led_to(world: World, hosts: Iterable[str]) -> Iterator[str]:
    """The hosts themselves, and those whose routes name one of them as a destination."""
    for host in hosts:
        yield host
        for route in (*_virtual_services(world).get(host), *_gateway_routes(world).get(host)):
            yield from _taken(route, world)


@grouped("VirtualService", of=itself, settings=("domain",))
def _virtual_services(route: Resource, world: World) -> Iterator[str]:
    """VirtualServices, delegates included, by the hosts that they send calls to."""
    if binds_mesh(route) or not route.spec.get("hosts"):
        for _, entry in destinations(route):
            yield world.fqdn(str(mapping(entry.get("destination")).get("host", "")), route.namespace)


@grouped("HTTPRoute", "GRPCRoute", of=itself, settings=("domain",))
def _gateway_routes(route: Resource, world: World) -> Iterator[str]:
    """Routes of mesh clients by the Services that they send calls to."""
    if next(mesh_parents(route), None) is None:
        return
    for rule in sequence(route.spec.get("rules")):
        for backend in map(mapping, sequence(mapping(rule).get("backendRefs"))):
            yield world.fqdn(str(backend.get("name", "")), str(backend.get("namespace") or route.namespace))


def _taken(route: Resource, world: World) -> Iterator[str]:
    """Dialed hosts that a route takes calls of."""
    if route.kind != "VirtualService":
        for parent in mesh_parents(route):
            yield world.fqdn(str(parent.get("name", "")), str(parent.get("namespace") or route.namespace))
        return
    for root in (route, *delegating(world).get(route.ref)):
        for host in sequence(root.spec.get("hosts")):
            full = world.fqdn(str(host), root.namespace)
            if "*" in full:
                yield from (known for known in sorted(dialing(world)) if covers(full, known))
            else:
                yield full
