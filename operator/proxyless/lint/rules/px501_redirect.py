"""PX501: redirects and direct responses are no answer that gRPC understands; Java and Node reject all routes for them."""

from collections.abc import Iterator

from proxyless.lint.clients import grpc_clients, in_use, rejected, titles
from proxyless.lint.routes import api_filters, mesh_routes, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Language
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource

_REJECTING = (Language.JAVA, Language.NODE)
_FAILING = "every call that matches fails with UNAVAILABLE"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per redirect or direct response."""
    if reaches_clients(subject, world):
        for path, what in _places(subject):
            yield Hit(path, f"gRPC clients cannot follow a {what}: {_consequence(world)}.")


def _places(subject: Resource) -> Iterator[tuple[FieldPath, str]]:
    if subject.kind == "HTTPRoute":
        for path, _ in api_filters(subject, "RequestRedirect"):
            yield path, "redirect"
        return
    for path, route in mesh_routes(subject):
        if "redirect" in route:
            yield (*path, "redirect"), "redirect"
        if "directResponse" in route:
            yield (*path, "directResponse"), "direct response, its status and body are not used"


def _consequence(world: World) -> str:
    rejecting = in_use(world, _REJECTING)
    if not rejecting:
        return _FAILING
    rejects = f"{titles(rejecting)} clients reject {rejected(world)}"
    if all(client.language in _REJECTING for client in grpc_clients(world)):
        return rejects
    return f"{_FAILING}, and {rejects}"


RULE = Rule(
    code="PX501",
    slug="redirect",
    summary="A route answers with a redirect or a fixed response, which gRPC clients cannot use.",
    severity=Severity.ERROR,
    kinds=("VirtualService", "HTTPRoute"),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("redirect", "directResponse", "filters"),
    remedy="Route to a destination; to answer with an error, use fault.abort.grpcStatus with percentage 100.",
    evidence=(
        "matrix istio VirtualService spec.http[].redirect",
        "matrix istio VirtualService spec.http[].directResponse",
        "matrix grpc route.action.redirect",
        "matrix grpc route.action.direct_response",
    ),
    deny=True,
    reads=("Service",),
)
