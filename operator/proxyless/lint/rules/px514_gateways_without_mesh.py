"""PX514: a VirtualService for gateways alone does not concern clients inside the mesh, which proxyless clients are."""

from collections.abc import Iterator, Mapping

from proxyless.lint.clients import has_grpc_clients
from proxyless.lint.destinations import dials, services_by_host
from proxyless.lint.routes import binds_mesh, destinations, http_routes
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.service import workloads_of
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.truth import Truth

_PLAIN = {"route", "name"}


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit where routing of a proxyless service is written for gateways alone, and nothing for the mesh."""
    if binds_mesh(subject) or has_grpc_clients(world) is not Truth.YES or not _decides(subject):
        return
    targets = {
        world.fqdn(str(mapping(entry.get("destination")).get("host", "")), subject.namespace)
        for _, entry in destinations(subject)
    }
    own = sorted(host for host in targets if _is_proxyless(host, world) and host not in _in_mesh(world))
    if own:
        gateways = ", ".join(map(str, sequence(subject.spec.get("gateways"))))
        message = f"Bound to {gateways} alone: proxyless clients that call {own[0]} do not follow these routes."
        yield Hit(("spec", "gateways"), message, remedy=f"If they should, add mesh to gateways and {own[0]} to hosts.")


def _decides(subject: Resource) -> bool:
    """Whether the routes do more than lead everything to one place."""
    routes = [route for _, route in http_routes(subject)]
    return len(routes) > 1 or any(
        set(route) - _PLAIN or len(sequence(route.get("route"))) > 1 or _with_subset(route) for route in routes
    )


def _with_subset(route: Mapping[str, object]) -> bool:
    return any(mapping(mapping(entry).get("destination")).get("subset") for entry in sequence(route.get("route")))


def _is_proxyless(host: str, world: World) -> bool:
    """Whether a host has proxyless servers, or a proxyless client dials it."""
    service = services_by_host(world).get(host)
    if service is not None:
        behind = workloads_of(service, world.workloads_in(service.namespace))
        if any(is_grpc(world, workload) for workload in behind):
            return True
    return any(target.host == host for target in dials(world))


def _in_mesh(world: World) -> frozenset[str]:
    world.seen("VirtualService")
    return world.once(_mesh_hosts)


def _mesh_hosts(world: World) -> frozenset[str]:
    return frozenset(
        world.fqdn(str(host), item.namespace)
        for item in world.seen("VirtualService")
        if binds_mesh(item)
        for host in sequence(item.spec.get("hosts"))
    )


RULE = Rule(
    code="PX514",
    slug="gateways-without-mesh",
    summary="Routes of a proxyless service are bound to gateways only.",
    severity=Severity.INFO,
    kinds=("VirtualService",),
    check=check,
    remedy="If clients inside the mesh should follow them, add mesh to gateways and the service's name to hosts.",
    evidence=("matrix istio VirtualService spec.gateways[]", "failure mode E16"),
    reads=("Service",),
)
