"""PX526: routes for or to a host that istiod does not know: no listener, or a cluster that never arrives."""

from collections.abc import Iterator
from typing import Any

from proxyless.lint.destinations import entries_by_host, services_by_host
from proxyless.lint.not_known import NotKnown
from proxyless.lint.routes import mesh_routes, of_routes, reaches_clients, weighted
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.host import service_of
from proxyless.mesh.service import ports_of
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per host or destination of the cluster that has no Service, and per port that its Service does not have."""
    if not reaches_clients(subject, world):
        return
    missing = ""
    known = services_by_host(world)
    for path, host, destination in _hosts(subject, world):
        service = known.get(host)
        if service is not None:
            if "port" in destination:
                yield from _port(path, destination, service)
            continue
        behind = service_of(host, world.settings.domain)
        if behind is None or host in entries_by_host(world):
            continue
        if world.knows("Service", behind.namespace):
            effect = (
                "xds:/// targets of that name never resolve"
                if path[1] == "hosts"
                else "calls that go there fail with UNAVAILABLE"
            )
            doubt = (
                ""
                if world.complete("Service")
                else f"the cluster has no Service {behind.namespace}/{behind.name} either"
            )
            yield Hit(
                path, f"There is no Service {behind.name} in namespace {behind.namespace}: {effect}.", applies=doubt
            )
        else:
            missing = behind.namespace
    if missing:
        raise NotKnown("Service", missing)


def _hosts(subject: Resource, world: World) -> Iterator[tuple[FieldPath, str, dict[str, Any]]]:
    """Path, full host, and for those that are routed to the whole destination."""
    for index, host in enumerate(sequence(subject.spec.get("hosts"))):
        yield ("spec", "hosts", index), world.fqdn(str(host), subject.namespace), {}
    for path, _ in mesh_routes(subject):
        for here, entry in weighted(subject, path):
            destination = mapping(entry.get("destination"))
            host = world.fqdn(str(destination.get("host", "")), subject.namespace)
            yield (*here, "destination", "host"), host, destination


def _port(path: FieldPath, destination: dict[str, Any], service: Resource) -> Iterator[Hit]:
    """A destination's port must be one of the Service."""
    number = mapping(destination.get("port")).get("number")
    if number is None:
        return
    ports = [port.number for port in ports_of(service)]
    if ports and number not in ports:
        known = ", ".join(map(str, ports))
        message = f"Service {service.namespace}/{service.name} has no port {number}, only {known}: calls that go there fail with UNAVAILABLE."
        yield Hit(
            (*path[:-1], "port", "number"),
            message,
            remedy="Write the Service's port, not the container's.",
            related=(service.ref,),
        )


RULE = Rule(
    code="PX526",
    slug="destination-unknown",
    summary="A VirtualService is for, or routes to, a Service or port that does not exist.",
    severity=Severity.ERROR,
    kinds=("VirtualService",),
    gate=reaches_clients,
    check=of_routes(check),
    by_value=True,
    remedy="Create the Service, or correct the name; a short name means a Service of the VirtualService's own namespace.",
    evidence=(
        "matrix istio VirtualService spec.hosts[]",
        "matrix istio VirtualService spec.http[].route[].destination.host",
    ),
    reads=("Service", "ServiceEntry"),
)
