"""PX528: ``match.port`` is compared with the Service port that the client dials; one that no host has takes no calls."""

from collections.abc import Iterator

from proxyless.lint.destinations import entries_by_host, services_by_host
from proxyless.lint.routes import binds_mesh, delegating, mesh_matches, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.service import entry_ports, ports_of
from proxyless.model.finding import Severity
from proxyless.model.resource import Ref, Resource, sequence

_SHOWN = 6
"""Ports that a message lists."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per port that none of the hosts has, where all hosts are known."""
    asked = [(path, match["port"]) for path, match in mesh_matches(subject) if isinstance(match.get("port"), int)]
    known = _ports(subject, world) if asked else None
    if not known:
        return
    ports = sorted({port for numbers in known.values() for port in numbers})
    listed = ", ".join(map(str, ports[:_SHOWN])) + (" …" if len(ports) > _SHOWN else "")
    for path, port in asked:
        if port not in ports:
            yield Hit(
                (*path, "port"),
                f"No host of this route has a port {port}, only {listed}: this match takes no calls.",
                f"Write `port: {ports[0]}`, the Service's port." if len(ports) == 1 else "",
                related=tuple(known),
                deny=False,
            )


def _ports(subject: Resource, world: World) -> dict[Ref, list[int]] | None:
    """Ports of the Services and ServiceEntries behind all hosts; None where one of them is not known."""
    found: dict[Ref, list[int]] = {}
    roots = (
        [subject]
        if sequence(subject.spec.get("hosts"))
        else list(filter(binds_mesh, delegating(world).get(subject.ref)))
    )
    for root in roots:
        for written in sequence(root.spec.get("hosts")):
            host = world.fqdn(str(written), root.namespace)
            service = services_by_host(world).get(host)
            entries = entries_by_host(world).get(host)
            if service is None and not entries:
                return None
            if service is not None:
                found[service.ref] = [port.number for port in ports_of(service)]
            found |= {entry.ref: [port.number for port in entry_ports(entry)] for entry in entries}
    return found if any(found.values()) else None


RULE = Rule(
    code="PX528",
    slug="match-port-unknown",
    summary="A match asks for a port that no host of its VirtualService has.",
    severity=Severity.WARNING,
    kinds=("VirtualService",),
    gate=reaches_clients,
    check=of_routes(check),
    by_value=True,
    needs=("match",),
    remedy="Write the port of the Service that clients dial, not the container's.",
    evidence=("istio pilot/pkg/networking/core/route/route.go sourceMatchHTTP: the port of the listener",),
    reads=("Service", "ServiceEntry"),
)
