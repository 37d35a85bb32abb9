"""PX504: header operations of routes are not known to gRPC: no metadata is added, set or removed."""

from collections.abc import Iterator, Mapping

from proxyless.lint.routes import api_filters, mesh_routes, of_routes, reaches_clients, weighted
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence

_FILTERS = {"RequestHeaderModifier": "requestHeaderModifier", "ResponseHeaderModifier": "responseHeaderModifier"}
SHOWN = 4
"""Header operations that a message names."""


def check(subject: Resource, _: World) -> Iterator[Hit]:
    """One hit per ``headers`` block or header filter that does something."""
    for path, operations in _blocks(subject):
        if operations:
            listed = ", ".join(operations[:SHOWN]) + (" ..." if len(operations) > SHOWN else "")
            whole = path if subject.kind == "VirtualService" else path[:-1]
            yield Hit(path, f"gRPC clients change no headers: not done are {listed}.", fix=drop(whole))


def _blocks(subject: Resource) -> Iterator[tuple[FieldPath, list[str]]]:
    if subject.kind != "VirtualService":
        for path, entry in api_filters(subject, *_FILTERS):
            key = _FILTERS[str(entry["type"])]
            yield (*path, key), _operations(mapping(entry.get(key)))
        return
    for path, route in mesh_routes(subject):
        for here, holder in ((path, route), *weighted(subject, path)):
            headers = mapping(holder.get("headers"))
            sides = (mapping(headers.get("request")), mapping(headers.get("response")))
            yield (*here, "headers"), [word for side in sides for word in _operations(side)]


def _operations(side: Mapping[str, object]) -> list[str]:
    """What a block does, e.g. ``set x-user``; maps (Istio) and lists of names (Gateway API) read alike."""
    found = []
    for action in ("set", "add", "remove"):
        entries = side.get(action)
        names = list(entries) if isinstance(entries, dict) else sequence(entries)
        found += [f"{action} {mapping(name).get('name') or name}" for name in names]
    return found


RULE = Rule(
    code="PX504",
    slug="headers",
    summary="A route changes headers, which gRPC clients do not do.",
    severity=Severity.WARNING,
    kinds=("VirtualService", "HTTPRoute", "GRPCRoute"),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("set", "add", "remove"),
    remedy="Set metadata in an interceptor of the client or the server; let no server trust a header that only the mesh would set.",
    evidence=("matrix istio VirtualService spec.http[].headers", "matrix grpc route.headers_mutation"),
    reads=("Service",),
    fixes=("unsafe",),
)
