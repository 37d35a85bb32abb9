"""PX510: a fault without a percentage is one for 0 percent of the calls: nothing happens."""

from collections.abc import Iterator

from proxyless.lint.routes import mesh_routes, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, _: World) -> Iterator[Hit]:
    """One hit per delay or abort that is for no call."""
    for path, route in mesh_routes(subject):
        fault = mapping(route.get("fault"))
        for kind, doing in (("delay", "delayed"), ("abort", "aborted")):
            entry = mapping(fault.get(kind))
            if entry and "percent" not in entry and "value" not in mapping(entry.get("percentage")):
                share = put((*path, "fault", kind, "percentage", "value"), 100)
                message = f"The {kind} has no percentage, which counts as 0: no call is {doing}."
                yield Hit((*path, "fault", kind), message, fix=share)


RULE = Rule(
    code="PX510",
    slug="fault-without-percentage",
    summary="A fault has no percentage, so no call gets it.",
    severity=Severity.WARNING,
    kinds=("VirtualService",),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("fault",),
    remedy="Add percentage: {value: 100}, or the share of calls that is meant.",
    evidence=(
        "matrix istio VirtualService spec.http[].fault.delay.fixedDelay",
        "matrix istio VirtualService spec.http[].fault.abort.percentage",
        "matrix grpc filter.fault",
    ),
    reads=("Service",),
    fixes=("unsafe",),
)
