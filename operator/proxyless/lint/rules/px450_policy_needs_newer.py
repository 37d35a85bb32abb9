"""PX450: fields of a traffic policy that gRPC honors, but not with this value or not in the libraries in use."""

from collections.abc import Iterator

from proxyless.lint.destinations import caller_condition, host_of_rule
from proxyless.lint.field_hits import host_hits
from proxyless.lint.field_rows import concerns, keys_for
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field that a library in use does not honor."""
    if not concerns("PX450", subject, world):
        return
    condition = caller_condition(subject, world)
    if condition is not None:
        yield from host_hits("PX450", subject, world, [host_of_rule(subject, world)], [condition])


RULE = Rule(
    code="PX450",
    slug="policy-needs-newer",
    summary="A DestinationRule has a field or value that a library in use does not honor.",
    severity=Severity.ERROR,
    kinds=("DestinationRule",),
    needs=keys_for("PX450"),
    check=check,
    remedy="Upgrade the library, or choose a smaller value.",
    evidence=("matrix istio: the rows that name PX450", "matrix grpc cds.lb_ring_hash"),
    reads=("Service",),
)
