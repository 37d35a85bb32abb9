"""PX551: fields of routes that gRPC honors, but not the libraries, or the Istio, that are in use."""

from collections.abc import Iterator

from proxyless.lint.field_hits import route_hits
from proxyless.lint.field_rows import keys_for
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field that a library in use, or this Istio, does not honor."""
    yield from route_hits("PX551", subject, world)


RULE = Rule(
    code="PX551",
    slug="route-needs-newer",
    summary="A route has a field that a library in use, or this Istio, does not honor.",
    severity=Severity.WARNING,
    kinds=("VirtualService", "HTTPRoute"),
    needs=keys_for("PX551"),
    check=check,
    remedy="Upgrade what is too old, or do it in the client's code.",
    evidence=("matrix istio: the rows that name PX551", "matrix grpc route.action.retry_policy, filter.fault"),
    reads=("Service",),
)
