"""PX502: traffic mirroring is not known to gRPC, so no copy is ever sent."""

from collections.abc import Iterator

from proxyless.lint.routes import api_filters, mesh_routes, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per route that has ``mirror`` or ``mirrors``, or per mirror filter."""
    if reaches_clients(subject, world):
        for path, target in _mirrors(subject):
            message = f"gRPC clients do not mirror: no request is copied to {target or 'the listed hosts'}."
            yield Hit(path, message, fix=drop(path))


def _mirrors(subject: Resource) -> Iterator[tuple[FieldPath, object]]:
    if subject.kind != "VirtualService":
        for path, entry in api_filters(subject, "RequestMirror"):
            yield path, mapping(mapping(entry.get("requestMirror")).get("backendRef")).get("name")
        return
    for path, route in mesh_routes(subject):
        for key in ("mirror", "mirrors"):
            if route.get(key):
                yield (*path, key), mapping(route[key]).get("host")


RULE = Rule(
    code="PX502",
    slug="mirror",
    summary="A route mirrors traffic, which gRPC clients do not do.",
    severity=Severity.WARNING,
    kinds=("VirtualService", "HTTPRoute", "GRPCRoute"),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("mirror", "mirrors", "filters"),
    remedy="Remove the mirror; copy requests in a client interceptor or replay them from a log.",
    evidence=("matrix istio VirtualService spec.http[].mirror", "matrix grpc route.action.mirror"),
    reads=("Service",),
    fixes=("unsafe",),
)
