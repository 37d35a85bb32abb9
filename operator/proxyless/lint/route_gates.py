"""Cheap preconditions of rules on routes: what a VirtualService itself shows before the model is asked what each client gets.

Most routes lead to a Service of the mesh that everybody sees, and end with one for all calls. A gate that is closed where the
model would find something hides a finding: a test compares.
"""

from collections.abc import Iterator
from typing import Any

from proxyless.lint.destinations import plain_rules
from proxyless.lint.routes import http_routes, reaches_clients, weighted
from proxyless.lint.world import World
from proxyless.mesh.effective.indexes import (
    GATEWAY_ROUTES,
    WILDCARD,
    attached,
    parents,
    registering,
    routed_hosts,
    routing,
)
from proxyless.mesh.effective.visibility import written_export
from proxyless.mesh.service import ports_of
from proxyless.model.resource import Resource, kept, mapping, sequence


def may_lose_calls(subject: Resource, world: World) -> bool:
    """Whether a route of a VirtualService may lead to no cluster for some clients, or be for a host that is not there."""
    return reaches_clients(subject, world) and not _is_served(subject, world)


def may_leave_some(subject: Resource, world: World) -> bool:
    """Whether calls may match no route of a VirtualService: none of its own routes takes all of them."""
    return reaches_clients(subject, world) and not any(
        not sequence(entry.get("match")) and not isinstance(entry.get("delegate"), dict)
        for _, entry in http_routes(subject)
    )


def has_rivals(subject: Resource, world: World) -> bool:
    """Whether something else may route one of the hosts of a VirtualService, HTTPRoute or GRPCRoute."""
    if not reaches_clients(subject, world):
        return False
    by_host = routing(world)
    if subject.kind in GATEWAY_ROUTES:
        hosts = [host for host, _ in parents(subject, world)]
        return bool(by_host.get(WILDCARD)) or any(
            by_host.get(host) or len(attached(world).get(host)) > 1 for host in hosts
        )
    return any(len(by_host.get(host)) > 1 for host in routed_hosts(subject, world.settings.domain)) or any(
        world.seen(kind) for kind in GATEWAY_ROUTES
    )


def _is_served(subject: Resource, world: World) -> bool:
    """Whether all that a VirtualService is for and leads to is there for every client."""
    hosts = {world.fqdn(str(host), subject.namespace) for host in sequence(subject.spec.get("hosts"))}
    if (
        not hosts or world.seen("Sidecar") or world.seen("MeshConfig")
    ):  # it is a delegate, or clients see different things
        return False
    return all(_service(host, world) is not None for host in hosts) and all(
        _is_cluster(destination, hosts, subject.namespace, world) for destination in _destinations(subject)
    )


@kept
def _destinations(subject: Resource) -> tuple[dict[str, Any], ...]:
    """Destinations of a VirtualService, each once; an empty one for what another object decides."""
    found: list[dict[str, Any]] = []
    for path, entry in http_routes(subject):
        named = [mapping(item.get("destination")) for _, item in weighted(subject, path)]
        found += (item for item in ([{}] if "delegate" in entry else named) if item not in found)
    return tuple(found)


def _is_cluster(destination: dict[str, Any], hosts: set[str], namespace: str, world: World) -> bool:
    """Whether every client gets the cluster of a destination."""
    host = world.fqdn(str(destination.get("host", "")), namespace)
    service = _service(host, world)
    if service is None:
        return False
    ports, number = ports_of(service), mapping(destination.get("port")).get("number")
    if number:
        if all(port.number != number for port in ports):
            return False
    elif len(ports) > 1 or hosts != {host}:  # the port that is called, which this Service need not have
        return False
    subset = destination.get("subset")
    return not subset or subset in _subsets(host, service, world)


def _service(host: str, world: World) -> Resource | None:
    """The Service of a host that every client sees; None where that takes more than a glance."""
    found = registering(world).get(host)
    plain = len(found) == 1 and found[0].kind == "Service" and found[0].spec.get("type") != "ExternalName"
    return found[0] if plain and not written_export(found[0]) else None


def _subsets(host: str, service: Resource, world: World) -> Iterator[object]:
    """Subsets of a host that every client gets, as far as a glance tells."""
    for rule in plain_rules(world, host, service.namespace) or ():
        if "exportTo" not in rule.spec:
            yield from (mapping(entry).get("name") for entry in sequence(rule.spec.get("subsets")))
