"""The list of routes that a VirtualService becomes for one client and port. Pure; used by ``hosts``.

Source: ``BuildHTTPRoutesForVirtualService`` and ``TranslateRoute`` in istiod's ``pilot/pkg/networking/core/route/route.go``.
"""

from collections.abc import Callable, Iterator, Mapping

from proxyless.mesh.effective.delegates import Match, ResolvedRoute
from proxyless.mesh.effective.gateway_rules import WRITTEN
from proxyless.mesh.effective.matches import ALL, For, SentMatch, is_for, sent
from proxyless.mesh.effective.routing import Routing
from proxyless.mesh.effective.scope import VisibleHost
from proxyless.model.path import FieldPath
from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping, sequence

HostLookup = Callable[[str], VisibleHost | None]
"""A host on the asked listener and port, None where it is not there."""
_DURATION = pattern(r"([0-9.]+)(ms|us|µs|ns|h|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


class WeightedCluster(NamedTuple):
    """One destination of a route."""

    name: str
    """``outbound|port|subset|host``."""
    weight: int | None
    """None where a single destination is sent without one."""
    path: FieldPath
    """The entry of ``route`` or ``backendRefs`` in the object that holds the route."""
    entry: int = 0
    """Its place among the ``route`` of :attr:`Route.body`."""


class Route(NamedTuple):
    """One route as the client gets it."""

    name: str
    match: SentMatch
    clusters: tuple[WeightedCluster, ...]
    action: str = ""
    """``redirect`` or ``direct_response`` where it sends calls nowhere (gRPC takes neither)."""
    timeout: str = "0s"
    """``0s``: none."""
    body: Mapping[str, object] = {}
    """Fields of the entry of ``spec.http``; retries, fault and the rest are read there."""
    resource: Resource | None = None
    """The object that holds it; None: istiod's default route of a Service."""
    path: FieldPath = ()
    match_path: FieldPath = ()
    """The entry of ``match`` that it stands for; empty where the route has none."""
    root: str = ""
    """``namespace/name`` by which istiod calls what won the host: not ``resource`` for a delegate's route."""


class Routes(NamedTuple):
    """All routes of a VirtualService for one client and port."""

    sent: tuple[Route, ...]
    unreached: tuple[tuple[Resource, FieldPath], ...] = ()
    """Entries of ``http`` behind the route that takes every call: never sent."""
    others: tuple[tuple[Resource, FieldPath], ...] = ()
    """Entries of ``http`` or ``match`` that are for other ports, gateways or sources."""


def routes_of(routing: Routing, asking: For, known: HostLookup) -> Routes:
    """The routes in order, cut after the first one that takes every call."""
    found: list[Route] = []
    others: list[tuple[Resource, FieldPath]] = []
    for index, rule in enumerate(routing.rules):
        done = not rule.matches
        for match in rule.matches or (None,):
            if match is not None and not is_for(match.body, asking, rule.resource.namespace):
                others.append((rule.resource, match.path))
                continue
            route = _route(routing, rule, match, asking.port, known)
            found.append(route)
            if match is not None and route.match.takes_all:
                done = True
                break
        if done:
            unreached = tuple((item.resource, item.path) for item in routing.rules[index + 1 :])
            return Routes(tuple(found), unreached, tuple(others))
    return Routes(tuple(found), (), tuple(others))


def _route(routing: Routing, rule: ResolvedRoute, match: Match | None, port: int, known: HostLookup) -> Route:
    body = rule.body
    name = str(body.get("name") or "")
    inner = str(match.body.get("name") or "") if match is not None else ""
    action = next(
        (
            word
            for key, word in (("redirect", "redirect"), ("directResponse", "direct_response"))
            if isinstance(body.get(key), dict)
        ),
        "",
    )
    return Route(
        name=f"{name}.{inner}" if inner else name,
        match=ALL if match is None else sent(match.body, separated=routing.is_gateway),
        clusters=() if action else tuple(_clusters(rule, port, known)),
        action=action,
        timeout=duration(body.get("timeout")),
        body=body,
        resource=rule.resource,
        path=rule.path,
        match_path=() if match is None else match.path,
        root=routing.name,
    )


def _clusters(rule: ResolvedRoute, port: int, known: HostLookup) -> Iterator[WeightedCluster]:
    entries = list(enumerate(map(mapping, sequence(rule.body.get("route")))))
    for index, entry in entries:
        weight = entry.get("weight") or 0
        if len(entries) > 1 and not weight:
            continue
        name = cluster_of(mapping(entry.get("destination")), port, known)
        path = (*rule.path, *(entry.get(WRITTEN) or ("route", index)))
        yield WeightedCluster(name, int(weight) if len(entries) > 1 and isinstance(weight, int) else None, path, index)


def cluster_of(destination: Mapping[str, object], port: int, known: HostLookup) -> str:
    """The cluster that a destination means on a listener: without a port of its own, the listener's.

    Only a listener of all ports (an HTTP proxy, ``port`` 0) takes the single port of the Service instead. An ExternalName
    stands for the host that it names.
    """
    host = str(destination.get("host") or "")
    if not host:
        return "UnknownService"
    number = mapping(destination.get("port")).get("number")
    seen = known(host)
    if not isinstance(number, int) or not number:
        number = seen.ports[0].number if seen is not None and len(seen.ports) == 1 else port
    named = (seen.registered.external_name if seen is not None else "") or host
    return f"outbound|{number}|{destination.get('subset') or ''}|{named}"


def duration(value: object) -> str:
    """A duration as istiod sends it: ``250ms`` is ``0.250s``. What cannot be read stays as it is."""
    if value is None:
        return "0s"
    parts = _DURATION.findall(str(value))
    if not parts or "".join(number + unit for number, unit in parts) != str(value):
        return str(value)
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    if seconds == int(seconds):
        return f"{int(seconds)}s"
    nine = f"{seconds:.9f}"
    digits = next(length for length in (3, 6, 9) if float(nine[: len(nine) - 9 + length]) == float(nine))
    return f"{nine[: len(nine) - 9 + digits]}s"


def default_route(host: str, port: int) -> Route:
    """The route of a Service that no VirtualService routes."""
    return Route("default", ALL, (WeightedCluster(f"outbound|{port}||{host}", None, ()),))
