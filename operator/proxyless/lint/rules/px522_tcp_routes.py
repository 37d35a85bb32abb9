"""PX522: istiod sends proxyless clients HTTP routes only; tcp and tls routes are left out."""

from collections.abc import Iterator

from proxyless.lint.routes import reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, sequence


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per list of routes that proxyless clients do not get."""
    if not reaches_clients(subject, world):
        return
    for kind in ("tcp", "tls"):
        if sequence(subject.spec.get(kind)):
            default = "" if sequence(subject.spec.get("http")) else ", calls to the host take the default route"
            yield Hit(("spec", kind), f"Proxyless clients get no {kind} routes{default}.")


RULE = Rule(
    code="PX522",
    slug="tcp-routes",
    summary="A VirtualService has tcp or tls routes, which proxyless clients do not get.",
    severity=Severity.WARNING,
    kinds=("VirtualService",),
    check=check,
    needs=("tcp", "tls"),
    remedy="Write the routes as http routes for gRPC services; other protocols of proxyless pods are not routed by the mesh.",
    evidence=("matrix istio VirtualService spec.tcp[]", "matrix istio VirtualService spec.tls[]"),
)
