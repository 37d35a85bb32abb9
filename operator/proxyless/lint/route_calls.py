"""Which calls the routes of a VirtualService take, per class of clients, host and port. For the rules about routes.

Real clients are judged by what they dial, with their own labels. A host that no known client dials is judged for "a client
in this namespace"; then there is a condition. Decides nothing by itself.
"""

from collections.abc import Iterable, Iterator

from proxyless.lint.destinations import dialing, host_condition
from proxyless.lint.in_effect import mesh_of
from proxyless.lint.routes import GATEWAY_API, binds_mesh, delegating
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.age import created
from proxyless.mesh.dial import dialed_host
from proxyless.mesh.effective.client import ClientClass, Target
from proxyless.mesh.effective.imports import within
from proxyless.mesh.effective.indexes import parents
from proxyless.mesh.effective.matches import For
from proxyless.mesh.effective.routes import Route, Routes, routes_of
from proxyless.mesh.effective.routing import Routing
from proxyless.mesh.effective.scope import EgressListener, VisibleHost
from proxyless.mesh.host import service_of
from proxyless.mesh.workload import Workload, dialed
from proxyless.model.memory import for_each, for_key
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, sequence

_NOBODY = "~"


class CalledHost(NamedTuple):
    """A host and port that one class of clients calls."""

    client: ClientClass
    callers: tuple[Workload, ...]
    """Real clients that dial it; empty: none is known, so it holds for whoever in the namespace calls it."""
    host: str
    """Full host."""
    port: int
    """0: which ports the host has is not known."""
    target: Target | None
    """What the client gets; None: nothing is known of the host."""
    doubt: str = ""
    """Under which condition anybody calls it, empty where that is certain."""

    @property
    def address(self) -> str:
        """Host and port as they are dialed."""
        return f"{self.host}:{self.port}" if self.port else self.host


class RoutedCall(NamedTuple):
    """Calls that a VirtualService takes."""

    call: CalledHost
    routes: tuple[Route, ...]
    """All routes that the client gets for them, in order; those of a delegate and its root stand side by side."""
    routing: Routing
    doubt: str = ""
    """The call's condition, and whether another VirtualService may take the calls instead."""


class Rank(NamedTuple):
    """Whether a VirtualService wins a host for a client, and against which others."""

    winner: Routing | None
    """What takes the calls instead; None: nothing does."""
    certain: bool
    """False where whichever is created first wins, and none of them is created yet."""
    others: tuple[Routing, ...]
    """Others for the host that do not take the calls either."""
    may_lose_to: tuple[Routing, ...]
    """Of a winner that is not certain: those that win if they are created first."""
    routes: tuple[Route, ...]
    """Its own, whether they count or not."""


@for_each
def routed_calls(subject: Resource, world: World) -> tuple[RoutedCall, ...]:
    """Calls that go through routes of a VirtualService, HTTPRoute or GRPCRoute, or through those that delegate to it."""
    return tuple(_taken(subject, world))


def _taken(subject: Resource, world: World) -> Iterator[RoutedCall]:
    routings = tuple(routings_of(subject, world))
    for routing in routings:
        for call in calls_of(routing, world):
            found = _through(routing, call)
            if found is not None:
                yield found
    if not routings and subject.kind == "VirtualService" and not sequence(subject.spec.get("hosts")):
        yield _unused(subject, world)


def routings_of(subject: Resource, world: World) -> Iterator[Routing]:
    """What the routes of an object are a part of: itself, its roots, or what istiod makes of all Gateway API routes of a host."""
    services = mesh_of(world).virtual_services
    if subject.kind in GATEWAY_API:
        for host in dict.fromkeys(host for host, _ in parents(subject, world)):
            yield from (item for item in services.attached(host) if is_part(subject, item))
    elif sequence(subject.spec.get("hosts")):
        if binds_mesh(subject):
            yield services.merged(subject)
    else:
        yield from (services.merged(root) for root in delegating(world).get(subject.ref) if binds_mesh(root))


def is_part(subject: Resource, routing: Routing) -> bool:
    """Whether a route of an object is among those of a routing."""
    return any(rule.resource is subject for rule in routing.rules)


def _unused(subject: Resource, world: World) -> RoutedCall:
    """A delegate that no known VirtualService names, as a client in its namespace would get it."""
    routing = mesh_of(world).virtual_services.merged(subject)
    call = CalledHost(mesh_of(world).client(subject.namespace), (), "", 0, None)
    return RoutedCall(call, _all_routes(routing, call, None).sent, routing)


def calls_of(routing: Routing, world: World) -> Iterator[CalledHost]:
    """Calls to the hosts of a VirtualService: of real clients, else of anybody, host by host."""
    for host in routing.hosts:
        yield from calls_to(host, routing, world)


def calls_to(host: str, routing: Routing, world: World) -> Iterator[CalledHost]:
    """Calls to one of the hosts of a VirtualService."""
    real = [call for name in _dialed_within(host, world) for call in real_calls(name, world)]
    yield from real or _of_anybody(host, routing, world)


def _dialed_within(host: str, world: World) -> Iterable[str]:
    return sorted(name for name in dialing(world) if within(name, host)) if host.startswith("*") else (host,)


@for_key
def real_calls(host: str, world: World) -> tuple[CalledHost, ...]:
    """Calls to a host of all real clients that dial it, by class and port."""
    mesh, alike = mesh_of(world), dict[tuple[ClientClass, str], list[Workload]]()
    for workload in dialing(world).get(host):
        if is_grpc(world, workload):
            client = mesh.client(workload.namespace, workload.labels)
            for text in dialed(workload):
                if dialed_host(text, workload.namespace, world.settings.domain).host == host:
                    alike.setdefault((client, text), []).append(workload)
    found = []
    for (client, text), workloads in alike.items():
        target = client.dialed(text)
        if target is not None:
            found.append(
                CalledHost(client, tuple(workloads), host, target.port, None if target.listener is None else target)
            )
    return tuple(found)


def _of_anybody(host: str, routing: Routing, world: World) -> Iterator[CalledHost]:
    """Of a client in a namespace that gets the routes: one that they are exported to, else the Service's own."""
    export = routing.export
    condition = host_condition(world, host, routing.namespace, visible=export)
    if condition is None:
        return
    home = service_of(host, world.settings.domain)
    named = {routing.namespace if name == "." else name for name in export} - {_NOBODY}
    namespaces = {home.namespace if home else routing.namespace} if "*" in named else named
    if routing.is_gateway and home is not None and routing.namespace != home.namespace:
        namespaces = {routing.namespace}
    for namespace in sorted(namespaces):
        client = mesh_of(world).client(namespace)
        registered = client.scope.registry.of(host)
        for port in registered[0].ports if registered else ():
            if port.has_routes:
                yield CalledHost(client, (), host, port.number, client.target(host, port.number), condition)
        for number in () if registered else sorted({0, *_ports_named(routing)}):
            yield CalledHost(client, (), host, number, None, condition)


def _ports_named(routing: Routing) -> Iterator[int]:
    """Ports that matches ask for."""
    for rule in routing.rules:
        for match in rule.matches:
            port = match.body.get("port")
            if isinstance(port, int):
                yield port


def _through(routing: Routing, call: CalledHost) -> RoutedCall | None:
    """The calls as a VirtualService takes them; None where they go elsewhere, or nowhere at all."""
    place = rank(routing, call)
    if place is None:
        return None
    if place.winner is None:
        return RoutedCall(call, place.routes, routing, call.doubt)
    if place.certain:
        return None
    first = f"{routing.resource.ref} is created before {place.winner.resource.ref}"
    return RoutedCall(call, place.routes, routing, " and ".join(filter(None, (call.doubt, first))))


def rank(routing: Routing, call: CalledHost) -> Rank | None:
    """Which place a VirtualService has; None where the client does not get it, or it has no route for the client."""
    listener = call.client.scope.listener_for(call.port)
    if listener is None:
        return None
    if call.target is None:
        return _rank_by_name(routing, call, listener)
    host = call.target.virtual_host
    if not call.target.listener or host is None or host.routing is None:
        return None
    shadowed = call.target.routed.shadowed
    if host.routing is routing:
        return _winner(routing, call, host.routes, shadowed)
    if routing not in shadowed:
        return None
    return _loser(routing, host.routing, call, listener, shadowed)


def _rank_by_name(routing: Routing, call: CalledHost, listener: EgressListener) -> Rank | None:
    """The same where the host's Service is not known: among those that name the host."""
    found = [
        item
        for item in listener.routings(call.host)
        if (item is routing or call.host in item.exact) and _all_routes(item, call, listener).sent
    ]
    if routing not in found:
        return None
    if found[0] is routing:
        return _winner(routing, call, _all_routes(routing, call, listener).sent, tuple(found))
    return _loser(routing, found[0], call, listener, tuple(found))


def _winner(routing: Routing, call: CalledHost, routes: tuple[Route, ...], rivals: tuple[Routing, ...]) -> Rank:
    others = tuple(item for item in rivals if item is not routing)
    maybe = tuple(item for item in others if _may_win(item, routing, call.client.namespace))
    return Rank(None, not maybe, others, maybe, routes)


def _loser(
    routing: Routing, winner: Routing, call: CalledHost, listener: EgressListener, rivals: tuple[Routing, ...]
) -> Rank:
    others = tuple(item for item in rivals if item is not routing and item is not winner)
    certain = not _may_win(routing, winner, call.client.namespace)
    return Rank(winner, certain, others, (), _all_routes(routing, call, listener).sent)


def _may_win(loser: Routing, winner: Routing, namespace: str) -> bool:
    """Whether only their age decides between two, and it is not known: neither is created yet."""
    if loser.order(namespace)[:2] != winner.order(namespace)[:2]:
        return False
    return not created(loser.resource) and not created(winner.resource) and bool({*loser.hosts} & {*winner.hosts})


def _all_routes(routing: Routing, call: CalledHost, listener: EgressListener | None) -> Routes:
    """Routes of a VirtualService for a client, whatever else is for the host."""

    def known(host: str) -> VisibleHost | None:
        return None if listener is None else listener.at(host, call.port)

    return routes_of(routing, For(call.client.namespace, call.client.labels, call.port), known)
