"""Makes the hits of rules that only read the feature table, for what clients read: routes, policies of hosts, endpoints.

A client is certainly concerned where it names the host, or where every client in the mesh is harmed alike.
"""

from collections.abc import Iterator, Sequence

from proxyless.lint.clients import grpc_clients
from proxyless.lint.destinations import callers_of
from proxyless.lint.field_rows import UnsupportedRow, concerns, unsupported_rows
from proxyless.lint.libraries import library
from proxyless.lint.routes import matches, mesh_parents, mesh_routes, route_condition
from proxyless.lint.rule import Hit
from proxyless.lint.world import World
from proxyless.model.client import Client
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, sequence

_ENTRY = 3
"""Steps of the path of one route, ``spec.http[0]``; a match of it has two more."""


def host_hits(
    code: str,
    subject: Resource,
    world: World,
    hosts: Sequence[str],
    doubts: Sequence[str] = (),
    *,
    clients: Sequence[Client] | None = None,
) -> Iterator[Hit]:
    """Hits for an object that configures hosts which clients dial; ``doubts`` are further conditions.

    ``clients``: of these alone, in place of all gRPC clients.
    """
    for item in unsupported_rows(code, subject, world, grpc_clients(world) if clients is None else clients):
        yield item.hit([*doubts, *_doubt(item, world, hosts)])


def route_hits(code: str, subject: Resource, world: World) -> Iterator[Hit]:
    """Hits for routes, of those that clients inside the mesh get."""
    if not concerns(code, subject, world):
        return
    condition = route_condition(subject, world)
    if condition is None:
        return
    hosts = _hosts(subject, world)
    for item in unsupported_rows(code, subject, world, grpc_clients(world)):
        if subject.kind != "VirtualService" or _is_for_mesh(subject, item.path):
            yield item.hit(_doubt(item, world, hosts) or [condition])


def _hosts(subject: Resource, world: World) -> list[str]:
    if subject.kind == "VirtualService":
        return [world.fqdn(str(host), subject.namespace) for host in sequence(subject.spec.get("hosts"))]
    return [
        world.fqdn(str(parent.get("name", "")), str(parent.get("namespace") or subject.namespace))
        for parent in mesh_parents(subject)
    ]


def _is_for_mesh(subject: Resource, path: FieldPath) -> bool:
    routes = dict(mesh_routes(subject))
    entry = path[:_ENTRY]
    if entry not in routes:
        return path[:2] != ("spec", "http")
    if path[_ENTRY : _ENTRY + 1] != ("match",):
        return True
    return path[: _ENTRY + 2] in dict(matches(subject, entry))


def _doubt(item: UnsupportedRow, world: World, hosts: Sequence[str]) -> list[str]:
    if set(item.harmed) >= set(grpc_clients(world)) or _callers(world, hosts) & set(item.harmed):
        return []
    names = " or ".join(sorted(library(client) for client in item.harmed))
    return [f"a client with {names} calls {hosts[0] if hosts else 'it'}"]


def _callers(world: World, hosts: Sequence[str]) -> set[Client]:
    return {world.client_of(workload) for host in hosts for workload in callers_of(world, host)}
