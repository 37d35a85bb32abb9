"""Virtual hosts: which VirtualService routes a host on a port for one client, and what it shadows. Pure; used by ``client``.

Source: ``BuildSidecarOutboundVirtualHosts`` in istiod's ``pilot/pkg/networking/core/httproute.go``,
``BuildSidecarVirtualHostWrapper`` in ``route/route.go``, ``filterVirtualHostsForHostname`` in ``pilot/pkg/networking/grpcgen/rds.go``.
"""

from collections.abc import Mapping

from proxyless.mesh.effective.imports import overlap, within
from proxyless.mesh.effective.matches import For
from proxyless.mesh.effective.registry import Registered
from proxyless.mesh.effective.routes import Route, Routes, default_route, routes_of
from proxyless.mesh.effective.routing import Routing
from proxyless.mesh.effective.scope import EgressListener, SidecarScope, VisibleHost
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource

_PORT_OF_ALL = 80
"""On this port istiod also takes VirtualServices that have no Service there."""


class VirtualHost(NamedTuple):
    """Routes for one host."""

    domain: str
    """The host, or the wildcard of a VirtualService that no Service answers to."""
    routes: tuple[Route, ...]
    routing: Routing | None
    """What routes it; None: istiod's default route."""
    is_service: bool
    """Whether it is the Service's own, which short names of it reach too."""
    unreached: tuple[tuple[Resource, FieldPath], ...] = ()
    """Entries of ``http`` behind the route that takes every call."""
    others: tuple[tuple[Resource, FieldPath], ...] = ()
    """Entries of ``http`` or ``match`` that are not for this client or port."""
    shared_with: str = ""
    """Of an ExternalName: the host that it names, whose virtual host this is; empty: its own."""


class Routed(NamedTuple):
    """What a client gets when it asks for the routes of a host and port."""

    hosts: tuple[VirtualHost, ...]
    skipped: tuple[Routing, ...] = ()
    """VirtualServices that come first but have no route for this client and port."""
    shadowed: tuple[Routing, ...] = ()
    """VirtualServices for the host that another one keeps from it."""
    rivals: tuple[VirtualHost, ...] = ()
    """What would route the host if it were the older one: neither has a creation time, so their order is not known."""

    def of(self, host: str) -> VirtualHost | None:
        """The virtual host that takes calls to a host: itself, else the longest wildcard."""
        fitting = [item for item in self.hosts if within(host, item.domain)]
        return max(fitting, key=lambda item: (item.domain == host, len(item.domain)), default=None)


class RouteQuery(NamedTuple):
    """A client's question for routes."""

    scope: SidecarScope
    labels: Mapping[str, object]
    host: str
    port: int


def routed(asked: RouteQuery) -> Routed:
    """The virtual hosts for a host and port, as the client's stream carries them."""
    listener = asked.scope.listener_for(asked.port)
    if listener is None:
        return Routed(())
    own = _Build(asked, listener).run()
    named = asked.scope.registry.named_by(asked.host)
    return own if named is None else _of_alias(own, asked, listener, named)


def _of_alias(own: Routed, asked: RouteQuery, listener: EgressListener, named: Registered) -> Routed:
    """An ExternalName is a further domain of the host that it names, unless a VirtualService of its own comes first."""
    if not listener.imports.further_domain(asked.host, named.host, named.namespace):
        return own
    there = routed(asked._replace(host=named.host)).of(named.host)
    if there is None or not there.is_service:
        return own
    mine = own.of(asked.host)
    if mine is not None and mine.routing is not None and _is_before(mine.routing, there.routing, asked, named.host):
        return own
    shared = there._replace(domain=asked.host, shared_with=named.host)
    shadowed = () if mine is None or mine.routing in (None, there.routing) else (mine.routing,)
    return Routed((shared,), own.skipped, (*own.shadowed, *filter(None, shadowed)), own.rivals)


def _is_before(mine: Routing, theirs: Routing | None, asked: RouteQuery, named: str) -> bool:
    if mine is theirs:
        return mine.hosts.index(asked.host) < mine.hosts.index(named) if {asked.host, named} <= {*mine.hosts} else False
    namespace = asked.scope.namespace
    return theirs is None or mine.order(namespace) < theirs.order(namespace)


class _Build:
    """One answer in the making."""

    def __init__(self, asked: RouteQuery, listener: EgressListener) -> None:
        self._asked = asked
        self._listener = listener
        self._host = asked.host
        self._port = 0 if listener.imports.proxies_http else asked.port
        self._for = For(asked.scope.namespace, asked.labels, self._port)
        self._own = listener.at(asked.host, self._port)
        self._hosts: dict[str, VirtualHost] = {}
        self._rivals: list[VirtualHost] = []
        self._taken = False
        """Whether a VirtualService routes the Service itself, so that it gets no default route."""

    def run(self) -> Routed:
        skipped, shadowed = [], []
        for routing in self._listener.routings(self._host):
            if self._port != _PORT_OF_ALL and not self._is_selected(routing):
                continue
            if routing.is_gateway and not self._counts(routing):
                continue
            routes = routes_of(routing, self._for, self._known)
            if not routes.sent:
                skipped.append(routing)
            elif not self._add(routing, routes):
                shadowed.append(routing)
        if not self._taken and self._own is not None:
            self._add_default(self._own)
        self._add_wider()
        return Routed(tuple(self._hosts.values()), tuple(skipped), tuple(shadowed), tuple(self._rivals))

    def _known(self, host: str) -> VisibleHost | None:
        return self._listener.at(host, self._port)

    def _is_selected(self, routing: Routing) -> bool:
        """Whether one of the VirtualService's hosts is a Service on this port."""
        if self._own is not None or any(self._listener.at(host, self._port) for host in routing.exact):
            return True
        return any(
            overlap(seen.registered.host, host)
            for seen in self._listener.all_at(self._port)
            for host in routing.hosts
            if host.startswith("*") or seen.registered.host.startswith("*")
        )

    def _add(self, routing: Routing, routes: Routes) -> bool:
        """Lays a VirtualService's routes over the hosts that it gets; whether it gets this one."""
        domains, owns = self._domains(routing)
        here = [seen for seen in self._services(routing) if self._speaks_http(seen)]
        if not here and self._port != _PORT_OF_ALL:
            return False
        added = False
        for domain in domains:
            added |= self._put(VirtualHost(domain, routes.sent, routing, False, routes.unreached, routes.others))
        if owns and self._own is not None and self._speaks_http(self._own):
            self._taken = True
            added |= self._put(VirtualHost(self._host, routes.sent, routing, True, routes.unreached, routes.others))
        return added

    def _counts(self, routing: Routing) -> bool:
        """Whether Gateway API routes are of the Service's namespace, so that all clients get them, or of the client's own."""
        places = {seen.registered.namespace for seen in self._services(routing)}
        return bool(places) and routing.namespace in {*places, self._asked.scope.namespace}

    def _put(self, item: VirtualHost) -> bool:
        first = self._hosts.get(item.domain)
        if first is not None:
            if item.domain == self._host and self._is_guess(first.routing, item.routing):
                self._rivals.append(item)
            return False
        self._hosts[item.domain] = item
        return True

    def _is_guess(self, first: Routing | None, second: Routing | None) -> bool:
        """Whether only the names say that one comes before the other."""
        if first is None or second is None or first.is_dated or second.is_dated:
            return False
        namespace = self._asked.scope.namespace
        return first.order(namespace)[:2] == second.order(namespace)[:2]

    def _speaks_http(self, seen: VisibleHost) -> bool:
        port = seen.port(self._asked.port)
        return port is not None and port.has_routes

    def _domains(self, routing: Routing) -> tuple[list[str], bool]:
        """Domains for the asked host that no Service stands behind, and whether its Service is among the rest."""
        domains, owns = [], False
        if self._host in routing.exact:
            owns = self._own is not None
            if not owns:
                domains.append(self._host)
        for pattern in routing.wildcards:
            if not within(self._host, pattern):
                continue
            if routing.is_gateway:
                domains.append(pattern)
            elif self._own is not None:
                owns = owns or self._listener.most_specific(self._host) is routing
            elif not any(overlap(seen.registered.host, pattern) for seen in self._listener.all_at(self._port)):
                domains.append(pattern)
        return domains, owns

    def _services(self, routing: Routing) -> list[VisibleHost]:
        """Services on this port that the VirtualService gets; only the asked one where that is enough to know."""
        found = [seen for host in routing.exact if (seen := self._listener.at(host, self._port)) is not None]
        if routing.is_gateway or (found and any(map(self._speaks_http, found))):
            return found
        if self._own is not None and self._listener.most_specific(self._host) is routing:
            found.append(self._own)
        if any(map(self._speaks_http, found)) or not routing.wildcards:
            return found
        return found + [
            seen
            for seen in self._listener.all_at(self._port)
            if any(overlap(seen.registered.host, pattern) for pattern in routing.wildcards)
            and self._listener.most_specific(seen.registered.host) is routing
        ]

    def _add_wider(self) -> None:
        """Hosts that are wildcards and cover this one: they take calls only where it has no virtual host of its own."""
        for pattern in self._asked.scope.registry.wildcards:
            if pattern != self._host and within(self._host, pattern):
                wider = routed(self._asked._replace(host=pattern)).of(pattern)
                if wider is not None and pattern not in self._hosts:
                    self._hosts[pattern] = wider._replace(is_service=False)

    def _add_default(self, own: VisibleHost) -> None:
        """None for an ExternalName: it has the routes of the host that it names."""
        if own.registered.resolution != "ALIAS" and self._speaks_http(own):
            self._put(VirtualHost(self._host, (default_route(self._host, self._asked.port),), None, True))
