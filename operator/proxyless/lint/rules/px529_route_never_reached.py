"""PX529: routes behind one that takes every call: istiod sends none of them."""

from collections.abc import Iterator

from proxyless.lint.routes import mesh_routes, of_routes, reaches_clients, takes_all
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.path import show
from proxyless.model.resource import Resource


def check(subject: Resource, _: World) -> Iterator[Hit]:
    """One hit per route behind the first one without a condition."""
    first = ""
    for path, _route in mesh_routes(subject):
        if first:
            yield Hit(path, f"{first} takes every call, so this route is never sent to a client.", deny=False)
            continue
        if takes_all(subject, path):
            first = show(path)


RULE = Rule(
    code="PX529",
    slug="route-never-reached",
    summary="A route stands behind one that takes every call.",
    severity=Severity.WARNING,
    kinds=("VirtualService",),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("http",),
    remedy="Move the route without a condition to the end, or delete what stands behind it.",
    evidence=("istio pilot/pkg/networking/core/route/route.go IsCatchAllRoute",),
    reads=("Service",),
)
