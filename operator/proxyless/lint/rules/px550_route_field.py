"""PX550: fields of routes that gRPC clients do not honor and that no other rule is about."""

from collections.abc import Iterator

from proxyless.lint.field_hits import route_hits
from proxyless.lint.field_rows import keys_for
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field of which the feature table says so."""
    yield from route_hits("PX550", subject, world)


RULE = Rule(
    code="PX550",
    slug="route-field",
    summary="A route has a field that gRPC clients do not honor.",
    severity=Severity.WARNING,
    kinds=("VirtualService", "HTTPRoute", "GRPCRoute"),
    needs=keys_for("PX550"),
    check=check,
    remedy="Remove the field, and do in the application what it was meant to do.",
    evidence=("matrix istio: the rows that name PX550",),
    reads=("Service",),
)
