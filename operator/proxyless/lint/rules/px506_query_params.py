"""PX506: gRPC calls have no query string: a match on it kills the route, in Node it matches everything."""

from collections.abc import Iterator

from proxyless.lint.clients import any_speaks, grpc_clients
from proxyless.lint.routes import api_matches, api_rules, matches, mesh_routes, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Language
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource
from proxyless.model.truth import Truth

_SKIPPED = "clients skip this match, its calls take the next route"
_DROPPED = "Node clients drop the condition, so the match is wider than written"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per match with query parameters."""
    for path, named in _matches(subject):
        if named:
            yield Hit(path, f"gRPC calls have no query string: {_consequence(world)}.", fix=drop(path))


def _matches(subject: Resource) -> Iterator[tuple[FieldPath, object]]:
    if subject.kind == "HTTPRoute":
        for path, rule in api_rules(subject):
            for here, match in api_matches(path, rule):
                yield (*here, "queryParams"), match.get("queryParams")
        return
    for path, _ in mesh_routes(subject):
        for here, match in matches(subject, path):
            yield (*here, "queryParams"), match.get("queryParams")


def _consequence(world: World) -> str:
    if any_speaks(world, [Language.NODE]) is Truth.NO:
        return _SKIPPED
    if all(client.language is Language.NODE for client in grpc_clients(world)):
        return _DROPPED
    return f"{_SKIPPED}; {_DROPPED}"


RULE = Rule(
    code="PX506",
    slug="query-params",
    summary="A route matches on query parameters, which gRPC calls do not have.",
    severity=Severity.ERROR,
    kinds=("VirtualService", "HTTPRoute"),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("queryParams",),
    remedy="Remove the query parameters; match on the method (uri) or on a metadata key (headers).",
    evidence=(
        "matrix istio VirtualService spec.http[].match[].queryParams",
        "matrix grpc route.match.query_parameters",
    ),
    reads=("Service",),
    fixes=("unsafe",),
)
