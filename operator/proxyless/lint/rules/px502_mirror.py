"""PX502: traffic mirroring is not known to gRPC, so no copy is ever sent."""

from collections.abc import Iterator

from proxyless.lint.routes import binds_mesh, http_routes
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping
from proxyless.model.truth import Truth


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per route that has ``mirror`` or ``mirrors``."""
    if not binds_mesh(subject) or world.has_clients is Truth.NO:
        return
    for path, route in http_routes(subject):
        for key in ("mirror", "mirrors"):
            if route.get(key):
                target = mapping(route[key]).get("host") or "the listed hosts"
                yield Hit((*path, key), f"gRPC clients do not mirror: no request is copied to {target}.")


RULE = Rule(
    code="PX502",
    slug="mirror",
    summary="A route mirrors traffic, which gRPC clients do not do.",
    severity=Severity.WARNING,
    kinds=("VirtualService",),
    check=check,
    remedy="Remove the mirror; copy requests in a client interceptor or replay them from a log.",
    evidence=("matrix istio VirtualService spec.http[].mirror",),
)
