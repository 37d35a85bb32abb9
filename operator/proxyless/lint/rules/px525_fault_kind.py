"""PX525: two kinds of fault exist in the API and are dropped by istiod."""

from collections.abc import Iterator

from proxyless.lint.routes import mesh_routes, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.fix import rename
from proxyless.model.resource import Resource, mapping

_DROPPED = {"delay": ("exponentialDelay", "fixedDelay"), "abort": ("http2Error", "grpcStatus")}


def check(subject: Resource, _: World) -> Iterator[Hit]:
    """One hit per fault that is dropped."""
    for path, route in mesh_routes(subject):
        for kind, (dropped, instead) in _DROPPED.items():
            if dropped in mapping(mapping(route.get("fault")).get(kind)):
                message = f"istiod drops a fault by {dropped}: no call gets the {kind}."
                here = (*path, "fault", kind, dropped)
                known = instead in route["fault"][kind] or kind == "abort"
                fix = None if known else rename(here, instead)
                yield Hit(here, message, remedy=f"Use {instead}.", fix=fix)


RULE = Rule(
    code="PX525",
    slug="fault-kind",
    summary="A fault is of a kind that istiod drops.",
    severity=Severity.WARNING,
    kinds=("VirtualService",),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("fault",),
    remedy="Use fixedDelay for delays and grpcStatus for aborts.",
    evidence=(
        "matrix istio VirtualService spec.http[].fault.delay.exponentialDelay",
        "matrix istio VirtualService spec.http[].fault.abort.http2Error",
    ),
    reads=("Service",),
    fixes=("unsafe",),
)
