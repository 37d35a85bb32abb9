"""PX515: of several VirtualServices for one host one counts for each client inside the mesh, and the routes of the others do nothing."""

from collections.abc import Iterator

from proxyless.lint.affected_clients import affected_clients, related_clients
from proxyless.lint.in_effect import ROUTING, mesh_of
from proxyless.lint.route_calls import CalledHost, calls_to, is_part, rank
from proxyless.lint.route_gates import has_rivals
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.effective.indexes import parent_hosts
from proxyless.mesh.effective.routing import Routing
from proxyless.mesh.effective.visibility import ExportReach
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, Resource, mapping, sequence

_SIBLINGS = 3
"""Other VirtualServices that a finding lists."""


class _Lost(NamedTuple):
    """Calls of a class of clients that another VirtualService takes, or may take."""

    call: CalledHost
    winner: Routing
    certain: bool
    others: tuple[Routing, ...]


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per host and per VirtualService, or Gateway API routes, that take its calls instead."""
    for path, host, routing in _routed(subject, world):
        groups: dict[tuple[Ref, bool, str], list[_Lost]] = {}
        for lost in _lost(routing, host, world):
            groups.setdefault((lost.winner.resource.ref, lost.certain, _why(routing, lost)), []).append(lost)
        for (_, certain, why), found in groups.items():
            yield _hit(path, host, found, why) if certain else _either(path, host, found)


def _routed(subject: Resource, world: World) -> Iterator[tuple[FieldPath, str, Routing]]:
    """Hosts that an object routes, each with what it is a part of there."""
    services = mesh_of(world).virtual_services
    for index, written in enumerate(sequence(subject.spec.get("hosts"))):
        host = world.fqdn(str(written), subject.namespace).lower()
        yield ("spec", "hosts", index), host, services.merged(subject)
    told: set[Routing] = set()
    for index, reference in enumerate(map(mapping, sequence(subject.spec.get("parentRefs")))):
        for host in parent_hosts(reference, subject, world):
            for routing in services.attached(host):
                if routing not in told and is_part(subject, routing):
                    told.add(routing)
                    yield ("spec", "parentRefs", index), host, routing


def _lost(routing: Routing, host: str, world: World) -> Iterator[_Lost]:
    """Calls to one of its hosts that a VirtualService for the same host takes, though the routes here would too."""
    rivals = {item for item in mesh_of(world).virtual_services.covering(host) if host in item.hosts}
    if not rivals - {routing}:
        return
    for call in calls_to(host, routing, world):
        place = rank(routing, call)
        if place is None:
            continue
        others = tuple(item for item in place.others if host in item.hosts)
        if place.winner is not None and host in place.winner.hosts:
            yield _Lost(call, place.winner, place.certain, others)
        elif place.may_lose_to:
            yield _Lost(call, place.may_lose_to[0], False, place.may_lose_to)


def _why(routing: Routing, lost: _Lost) -> str:
    namespace = lost.call.client.namespace
    if lost.winner.is_gateway and lost.winner.namespace == namespace:
        return "a Gateway API route of the client's namespace comes first"
    mine, its = routing.reach(namespace), lost.winner.reach(namespace)
    if mine == its:
        return "it is older"
    return (
        "it is private to their namespace"
        if its is ExportReach.PRIVATE
        else "it is exported to their namespace by name"
    )


def _hit(path: FieldPath, host: str, found: list[_Lost], why: str) -> Hit:
    first, calls = found[0], [lost.call for lost in found]
    winner = first.winner.resource.ref
    message = f"{winner} takes calls of {affected_clients(calls)} to {host}, since {why}: the routes here do nothing for them."
    doubt = "" if any(not call.doubt for call in calls) else calls[0].doubt
    return Hit(
        path,
        message,
        severity=None if why == "it is older" else Severity.INFO,
        applies=doubt,
        related=_related(found, calls),
    )


def _either(path: FieldPath, host: str, found: list[_Lost]) -> Hit:
    """Where neither is created yet, so that nobody knows which is the older one."""
    calls = [lost.call for lost in found]
    message = (
        f"{found[0].winner.resource.ref} is for host {host} too: for {affected_clients(calls)} only the one that is created first "
        "counts, the routes of the other do nothing."
    )
    doubt = "" if any(not call.doubt for call in calls) else calls[0].doubt
    return Hit(path, message, applies=doubt, related=_related(found, calls))


def _related(found: list[_Lost], calls: list[CalledHost]) -> tuple[Ref, ...]:
    siblings = dict.fromkeys(item.resource.ref for lost in found for item in (lost.winner, *lost.others))
    return (*list(siblings)[:_SIBLINGS], *related_clients(calls))


RULE = Rule(
    code="PX515",
    slug="several-virtual-services",
    summary="Several VirtualServices or Gateway API routes are for the same host, and only one counts for a client inside the mesh.",
    severity=Severity.WARNING,
    kinds=("VirtualService", "HTTPRoute", "GRPCRoute"),
    gate=has_rivals,
    check=check,
    remedy="Merge them into one VirtualService, or let one delegate to the others.",
    evidence=("istio merges VirtualServices of one host at gateways only", "failure mode E15"),
    reads=ROUTING,
)
