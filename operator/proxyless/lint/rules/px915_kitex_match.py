"""PX915: Kitex matches methods exactly and headers; prefixes and expressions on the path never match."""

from collections.abc import Iterator

from proxyless.lint.destinations import services_by_host
from proxyless.lint.frameworks import frameworks_known, served_by
from proxyless.lint.routes import binds_mesh, matches, mesh_routes
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping, sequence


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per path match in front of Kitex servers that Kitex clients cannot use, and per fault."""
    if not binds_mesh(subject) or not _for_kitex(subject, world):
        return
    for path, route in mesh_routes(subject):
        if route.get("fault"):
            yield Hit(
                (*path, "fault"),
                "Kitex clients inject no faults: no call is delayed or aborted.",
                remedy="Remove the fault.",
            )
        for here, match in matches(subject, path):
            uri = mapping(match.get("uri"))
            for kind, value in uri.items():
                if kind == "regex" or (kind == "prefix" and value != "/"):
                    message = f"Kitex clients match paths exactly: the {kind} {value} never matches, and calls without another route fail."
                    yield Hit((*here, "uri", kind), message)


def _for_kitex(subject: Resource, world: World) -> bool:
    """Whether a host of the VirtualService is a Service of Kitex servers."""
    if not frameworks_known(world):
        return False
    known = services_by_host(world)
    for host in sequence(subject.spec.get("hosts")):
        service = known.get(world.fqdn(str(host), subject.namespace))
        if service is not None and served_by(world, service, Framework.KITEX):
            return True
    return False


RULE = Rule(
    code="PX915",
    slug="kitex-match",
    summary="A route for Kitex servers uses a match or a fault that Kitex clients do not know.",
    severity=Severity.WARNING,
    kinds=("VirtualService",),
    check=check,
    frameworks=(Framework.KITEX,),
    remedy="Match with uri.exact and headers, and let a last route without match take the rest.",
    evidence=("matrix frameworks framework.match.uri", "failure mode J8"),
    reads=("Service",),
)
