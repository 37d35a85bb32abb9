"""Calls that the routes of a VirtualService take, per class of clients, host and port. For the rules about routes.

Real clients are judged by what they dial, with their own labels. A host that no known client dials is judged for "a client
in this namespace"; then there is a condition. Decides nothing by itself.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from proxyless.lint.destinations import dialing, host_condition
from proxyless.lint.in_effect import mesh_of
from proxyless.lint.routes import binds_mesh, delegating
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.age import created
from proxyless.mesh.dial import dialed_host
from proxyless.mesh.effective.client import ClientClass, Target
from proxyless.mesh.effective.imports import within
from proxyless.mesh.effective.routes import Route, Routes, routes_of
from proxyless.mesh.effective.routing import Routing
from proxyless.mesh.effective.scope import Listener, Seen
from proxyless.mesh.host import service_of
from proxyless.mesh.workload import Workload, dialed
from proxyless.model.memory import for_each, for_key
from proxyless.model.resource import Resource, sequence

_NOBODY = "~"


class Call(NamedTuple):
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


class Taken(NamedTuple):
    """Calls that a VirtualService takes."""

    call: Call
    routes: tuple[Route, ...]
    """All routes that the client gets for them, in order; those of a delegate and its root stand side by side."""
    routing: Routing
    doubt: str = ""
    """The call's condition, and whether another VirtualService may take the calls instead."""


@for_each
def taken(subject: Resource, world: World) -> tuple[Taken, ...]:
    """Calls that go through routes of a VirtualService, or through those of the ones that delegate to it."""
    return tuple(_taken(subject, world))


def _taken(subject: Resource, world: World) -> Iterator[Taken]:
    roots = _roots(subject, world)
    for root in roots:
        routing = mesh_of(world).virtual_services.merged(root)
        for call in calls_of(routing, world):
            found = _through(routing, call)
            if found is not None:
                yield found
    if not roots and not sequence(subject.spec.get("hosts")):
        yield _unused(subject, world)


def _roots(subject: Resource, world: World) -> tuple[Resource, ...]:
    if sequence(subject.spec.get("hosts")):
        return (subject,) if binds_mesh(subject) else ()
    return tuple(root for root in delegating(world).get(subject.ref) if binds_mesh(root))


def _unused(subject: Resource, world: World) -> Taken:
    """A delegate that no known VirtualService names, as a client in its namespace would get it."""
    routing = mesh_of(world).virtual_services.merged(subject)
    call = Call(mesh_of(world).client(subject.namespace), (), "", 0, None)
    return Taken(call, _all_routes(routing, call, None).sent, routing)


def calls_of(routing: Routing, world: World) -> Iterator[Call]:
    """Calls to the hosts of a VirtualService: of real clients, else of anybody, host by host."""
    for host in routing.hosts:
        real = [call for name in _dialed_within(host, world) for call in real_calls(name, world)]
        yield from real or _of_anybody(host, routing, world)


def _dialed_within(host: str, world: World) -> Iterable[str]:
    return sorted(name for name in dialing(world) if within(name, host)) if host.startswith("*") else (host,)


@for_key
def real_calls(host: str, world: World) -> tuple[Call, ...]:
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
            found.append(Call(client, tuple(workloads), host, target.port, None if target.listener is None else target))
    return tuple(found)


def _of_anybody(host: str, routing: Routing, world: World) -> Iterator[Call]:
    """Of a client in a namespace that gets the routes: one that they are exported to, else the Service's own."""
    export = routing.export
    condition = host_condition(world, host, routing.namespace, visible=export)
    if condition is None:
        return
    home = service_of(host, world.settings.domain)
    named = {routing.namespace if name == "." else name for name in export} - {_NOBODY}
    namespaces = {home.namespace if home else routing.namespace} if "*" in named else named
    for namespace in sorted(namespaces):
        client = mesh_of(world).client(namespace)
        registered = client.scope.registry.of(host)
        for port in registered[0].ports if registered else ():
            if port.has_routes:
                yield Call(client, (), host, port.number, client.target(host, port.number), condition)
        for number in () if registered else sorted({0, *_ports_named(routing)}):
            yield Call(client, (), host, number, None, condition)


def _ports_named(routing: Routing) -> Iterator[int]:
    """Ports that matches ask for."""
    for rule in routing.rules:
        for match in rule.matches:
            port = match.body.get("port")
            if isinstance(port, int):
                yield port


def _through(routing: Routing, call: Call) -> Taken | None:
    """The calls as a VirtualService takes them; None where they go elsewhere, or nowhere at all."""
    target = call.target
    if target is not None:
        if not target.listener:
            return None
        host = target.virtual_host
        if host is not None and host.routing is not None and host.routing.resource is routing.resource:
            return Taken(call, host.routes, routing, call.doubt)
        if routing not in target.routed.shadowed or host is None or host.routing is None:
            return None
        winner: Routing | None = host.routing
    else:
        listener = call.client.scope.listener_for(call.port)
        if listener is None or routing not in listener.routings(call.host):
            return None
        winner = _first(listener, call, before=routing)
    listener = call.client.scope.listener_for(call.port)
    sent = _all_routes(routing, call, listener).sent
    if winner is None:
        return Taken(call, sent, routing, call.doubt) if sent else None
    if not may_win(routing, winner, call.client.namespace):
        return None
    first = f"{routing.resource.ref} is created before {winner.resource.ref}"
    return Taken(call, sent, routing, " and ".join(filter(None, (call.doubt, first))))


def may_win(loser: Routing, winner: Routing, namespace: str) -> bool:
    """Whether only their age decides between two for one host, and it is not known: neither is created yet."""
    alike = loser.reach(namespace) == winner.reach(namespace) and loser.hosts and winner.hosts
    return bool(alike) and not created(loser.resource) and not created(winner.resource)


def _first(listener: Listener, call: Call, *, before: Routing) -> Routing | None:
    """The first VirtualService for a host that comes before another one and has routes for the client."""
    for routing in listener.routings(call.host):
        if routing is before:
            return None
        if call.host in routing.exact and _all_routes(routing, call, listener).sent:
            return routing
    return None


def _all_routes(routing: Routing, call: Call, listener: Listener | None) -> Routes:
    """Routes of a VirtualService for a client, whatever else is for the host."""

    def known(host: str) -> Seen | None:
        return None if listener is None else listener.at(host, call.port)

    return routes_of(routing, call.client.namespace, call.client.labels, call.port, known)
