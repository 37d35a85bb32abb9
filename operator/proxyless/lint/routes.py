"""Helpers that rules share to read routes of VirtualServices and of the Gateway API, with field paths; they never create findings."""

from collections.abc import Iterator, Mapping
from typing import Any

from proxyless.lint.clients import has_grpc_clients, unseen
from proxyless.lint.destinations import host_condition
from proxyless.lint.rule import Check, Hit
from proxyless.lint.servers import selects_grpc
from proxyless.lint.world import World
from proxyless.model.grouping import grouped, itself
from proxyless.model.memory import for_each
from proxyless.model.path import FieldPath
from proxyless.model.pattern import pattern
from proxyless.model.resource import Ref, Resource, kept, mapping, sequence
from proxyless.model.truth import Truth

GATEWAY_API = ("HTTPRoute", "GRPCRoute")
"""Kinds of the Gateway API that istiod turns into routes of mesh clients."""

RouteEntry = tuple[FieldPath, dict[str, Any]]
"""A mapping inside an object, with its path."""

_HARMLESS = {"name", "gateways", "statPrefix", "ignoreUriCase"}
"""Keys of a match that restrict no call of a mesh client."""
_DURATION = pattern(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|m|s|us|ns)")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


def binds_mesh(virtual_service: Resource) -> bool:
    """Whether a VirtualService applies to clients inside the mesh: ``gateways`` absent, empty or holding ``mesh``."""
    gateways = sequence(virtual_service.spec.get("gateways"))
    return not gateways or "mesh" in gateways


@for_each
def reaches_clients(subject: Resource, world: World) -> bool:
    """Whether proxyless gRPC clients may get the routes of a VirtualService, HTTPRoute or GRPCRoute.

    False only where that is certain: bound to gateways alone, exported to none of their namespaces, or no such client.
    """
    if has_grpc_clients(world, subject.namespace) is Truth.NO:
        return False
    if subject.kind in GATEWAY_API:
        return any(mesh_parents(subject))
    return binds_mesh(subject) and _delegated_to_mesh(subject, world) and _exported(subject, world)


@for_each
def route_condition(subject: Resource, world: World) -> str | None:
    """The condition under which proxyless clients get routes; None: never, empty: certainly.

    As ``destinations.host_condition`` says for the hosts. Where a proxyless client is known, taken as certain: a VirtualService
    without hosts, which others use, and a route for a ServiceEntry, whose hosts stand elsewhere.
    """
    if not reaches_clients(subject, world):
        return None
    some = unseen(world, subject.namespace, does="gets these routes")
    if any(parent.get("kind") != "Service" for parent in mesh_parents(subject)):
        return some
    hosts = list(_hosts(subject, world))
    visible = (
        frozenset(map(str, sequence(subject.spec.get("exportTo")))) if subject.kind == "VirtualService" else frozenset()
    )
    found = [host_condition(world, host, subject.namespace, visible=visible) for host in hosts]
    if not found or "" in found:
        return some if not found else ""
    return next((condition for condition in found if condition is not None), None)


def _hosts(subject: Resource, world: World) -> Iterator[str]:
    if subject.kind == "VirtualService":
        for host in sequence(subject.spec.get("hosts")):
            yield world.fqdn(str(host), subject.namespace)
        return
    for parent in mesh_parents(subject):
        yield world.fqdn(str(parent.get("name", "")), str(parent.get("namespace") or subject.namespace))


def of_routes(check: Check) -> Check:
    """A check of routes whose hits hold where proxyless clients get the routes, certainly or under a condition."""

    def checked(subject: Resource, world: World) -> Iterator[Hit]:
        condition: str | None = "?"
        for hit in check(subject, world):
            condition = route_condition(subject, world) if condition == "?" else condition
            if condition is None:
                return
            yield hit._replace(applies=" and ".join(filter(None, (condition, hit.applies)))) if condition else hit

    return checked


def _exported(virtual_service: Resource, world: World) -> bool:
    export = {str(item) for item in sequence(virtual_service.spec.get("exportTo"))}
    if not export or "*" in export or world.settings.clients or not world.has_proxyless_workloads:
        return True
    namespaces = {virtual_service.namespace if item == "." else item for item in export}
    return any(selects_grpc(world, namespace, {}) is not Truth.NO for namespace in namespaces)


def _delegated_to_mesh(virtual_service: Resource, world: World) -> bool:
    """A VirtualService without hosts is used by others that name it: false where all of those are for gateways."""
    if sequence(virtual_service.spec.get("hosts")):
        return True
    roots = delegating(world).get(virtual_service.ref)
    return not roots or any(map(binds_mesh, roots))


@grouped("VirtualService", of=itself)
def delegating(root: Resource, _: World) -> list[Ref]:
    """VirtualServices by those that they delegate to."""
    named = (mapping(route.get("delegate")) for _, route in http_routes(root))
    return [
        Ref("VirtualService", str(item.get("namespace") or root.namespace), str(item.get("name")))
        for item in named
        if item
    ]


@grouped("VirtualService", of=itself, settings=("domain",))
def routes_by_host(virtual_service: Resource, world: World) -> list[str]:
    """VirtualServices of mesh clients by the full names of their hosts."""
    hosts = sequence(virtual_service.spec.get("hosts")) if binds_mesh(virtual_service) else []
    return [world.fqdn(str(host), virtual_service.namespace) for host in hosts]


@kept
def http_routes(virtual_service: Resource) -> tuple[RouteEntry, ...]:
    """Each entry of ``spec.http`` with its path."""
    routes = enumerate(sequence(virtual_service.spec.get("http")))
    return tuple((("spec", "http", index), mapping(route)) for index, route in routes)


@kept
def mesh_routes(virtual_service: Resource) -> tuple[RouteEntry, ...]:
    """Entries of ``spec.http`` that clients inside the mesh get: not those whose every match names gateways alone."""
    return tuple(
        (path, route)
        for path, route in http_routes(virtual_service)
        if not sequence(route.get("match")) or matches(virtual_service, path)
    )


def matches(virtual_service: Resource, route: FieldPath) -> list[RouteEntry]:
    """Each match of the route at a path that clients inside the mesh get, with its path."""
    return _matches(virtual_service)[route]


@kept
def _matches(virtual_service: Resource) -> Mapping[FieldPath, list[RouteEntry]]:
    return {
        path: [
            ((*path, "match", index), entry)
            for index, entry in enumerate(map(mapping, sequence(route.get("match"))))
            if _match_binds_mesh(entry)
        ]
        for path, route in http_routes(virtual_service)
    }


@kept
def mesh_matches(virtual_service: Resource) -> tuple[RouteEntry, ...]:
    """Each match in a VirtualService that clients inside the mesh get, with its path."""
    return tuple(entry for path, _ in mesh_routes(virtual_service) for entry in matches(virtual_service, path))


def _match_binds_mesh(match: dict[str, Any]) -> bool:
    gateways = sequence(match.get("gateways"))
    return not gateways or "mesh" in gateways


def takes_all(virtual_service: Resource, route: FieldPath) -> bool:
    """Whether the route at a path certainly takes every call of every client; not said of one that delegates."""
    entries = matches(virtual_service, route)
    body = mapping(sequence(virtual_service.spec.get("http"))[int(route[-1])])
    if isinstance(body.get("delegate"), dict):
        return False
    return not entries or any(_is_open(match) for _, match in entries)


def _is_open(match: dict[str, Any]) -> bool:
    conditions = {key: value for key, value in match.items() if key not in _HARMLESS and value}
    uri = mapping(conditions.pop("uri", None))
    return not conditions and (not uri or uri.get("prefix") == "/" or uri.get("regex") in (".*", "/.*"))


def destinations(virtual_service: Resource) -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    """Each weighted destination entry (``{destination, weight, headers}``) with its path."""
    for entries in _weighted(virtual_service).values():
        yield from entries


def weighted(virtual_service: Resource, route: FieldPath) -> list[RouteEntry]:
    """The weighted destination entries of the route at a path, with their paths."""
    return _weighted(virtual_service)[route]


@kept
def _weighted(virtual_service: Resource) -> Mapping[FieldPath, list[RouteEntry]]:
    return {
        path: [((*path, "route", index), mapping(entry)) for index, entry in enumerate(sequence(route.get("route")))]
        for path, route in http_routes(virtual_service)
    }


def mesh_parents(route: Resource) -> Iterator[dict[str, Any]]:
    """Parents of a Gateway API route that make it one of mesh clients: a Service or ServiceEntry."""
    for entry in sequence(route.spec.get("parentRefs")):
        if mapping(entry).get("kind") in ("Service", "ServiceEntry"):
            yield mapping(entry)


def api_rules(route: Resource) -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    """Each rule of an HTTPRoute or GRPCRoute with its path."""
    for index, entry in enumerate(sequence(route.spec.get("rules"))):
        yield ("spec", "rules", index), mapping(entry)


def api_matches(path: FieldPath, rule: dict[str, Any]) -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    """Each match of a Gateway API rule with its path."""
    for index, entry in enumerate(sequence(rule.get("matches"))):
        yield (*path, "matches", index), mapping(entry)


def api_filters(route: Resource, *types: str) -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    """Filters of the named types in a Gateway API route, those of single backends included."""
    for path, rule in api_rules(route):
        backends = [
            ((*path, "backendRefs", index), mapping(entry))
            for index, entry in enumerate(sequence(rule.get("backendRefs")))
        ]
        for here, holder in [(path, rule), *backends]:
            for index, entry in enumerate(sequence(holder.get("filters"))):
                if mapping(entry).get("type") in types:
                    yield (*here, "filters", index), mapping(entry)


def seconds(duration: object) -> float | None:
    """Length of a duration as Istio and the Gateway API write it (``1.5s``, ``1m30s``), None where it is none."""
    text = str(duration).strip()
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
