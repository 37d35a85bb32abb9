"""PX505: a CORS policy becomes a filter that no gRPC library knows: the client rejects all routes of the host."""

from collections.abc import Iterator

from proxyless.lint.clients import rejected
from proxyless.lint.routes import api_filters, mesh_routes, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource

_ROW = "VirtualService.http.corsPolicy"
"""Istio before its first release sends what gRPC ignores."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per CORS policy."""
    istio, sent = world.settings.istio, world.matrix.row(_ROW).istio
    for path in _places(subject):
        if istio is not None and istio not in sent:
            message = f"With Istio {istio} gRPC clients ignore the CORS policy; from Istio {sent.first} on they reject all routes of the host."
            yield Hit(path, message, severity=Severity.WARNING, deny=False)
        else:
            message = f"gRPC clients reject {rejected(world)} for a CORS policy: new pods cannot call, running ones get no more updates."
            yield Hit(path, message)


def _places(subject: Resource) -> Iterator[FieldPath]:
    if subject.kind == "HTTPRoute":
        for path, _ in api_filters(subject, "CORS"):
            yield path
        return
    for path, route in mesh_routes(subject):
        if "corsPolicy" in route:
            yield (*path, "corsPolicy")


RULE = Rule(
    code="PX505",
    slug="cors-policy",
    summary="A route has a CORS policy, for which gRPC clients reject all routes of the host.",
    severity=Severity.ERROR,
    kinds=("VirtualService", "HTTPRoute"),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("corsPolicy", "filters"),
    remedy="Move the CORS policy to a VirtualService that is bound to the ingress gateway only (gateways without mesh).",
    evidence=(
        "matrix istio VirtualService spec.http[].corsPolicy",
        "matrix grpc route.typed_per_filter_config",
        "matrix grpc filter.cors",
    ),
    deny=True,
    reads=("Service",),
)
