"""PX905: Dubbo takes the cluster of a route and little else: weights lose the providers, header matches the rule."""

from collections.abc import Iterator

from proxyless.lint.destinations import services_by_host
from proxyless.lint.frameworks import others, served_by
from proxyless.lint.routes import binds_mesh, matches, mesh_routes, weighted
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.version import Framework, Span

_STRING_MATCH = Span.parse("1.14..")
_IGNORED = ("timeout", "retries", "fault", "mirror", "mirrors", "headers", "rewrite")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per setting of a route for Dubbo providers that Dubbo consumers do not follow."""
    if not binds_mesh(subject) or not _for_dubbo(subject, world):
        return
    for path, route in mesh_routes(subject):
        if len([entry for _, entry in weighted(subject, path) if entry.get("weight")]) > 1:
            message = "Dubbo consumers look for one cluster in a route, and a weighted one names none there: they find no provider."
            yield Hit((*path, "route"), message, severity=Severity.ERROR)
        yield from _headers(subject, path, world)
        for key in _IGNORED:
            if route.get(key):
                yield Hit(
                    (*path, key),
                    f"Dubbo consumers do not read {key}: it has no effect.",
                    remedy=f"Configure it in Dubbo, and remove {key}.",
                )


def _headers(subject: Resource, route: FieldPath, world: World) -> Iterator[Hit]:
    istio = world.settings.istio
    if istio is not None and istio not in _STRING_MATCH:
        return
    for here, match in matches(subject, route):
        if mapping(match.get("headers")):
            yield Hit(
                (*here, "headers"),
                "Dubbo cannot read header matches as Istio has sent them since 1.14: all routes of the host are lost.",
                remedy="Remove the header match.",
                severity=Severity.ERROR,
            )


def _for_dubbo(subject: Resource, world: World) -> bool:
    """Whether a host of the VirtualService is a Service of Dubbo providers."""
    if not others(world):
        return False
    known = services_by_host(world)
    for host in sequence(subject.spec.get("hosts")):
        service = known.get(world.fqdn(str(host), subject.namespace))
        if service is not None and served_by(world, service, Framework.DUBBO):
            return True
    return False


RULE = Rule(
    code="PX905",
    slug="dubbo-routing",
    summary="A route for Dubbo providers uses what Dubbo consumers do not follow.",
    severity=Severity.WARNING,
    kinds=("VirtualService",),
    check=check,
    frameworks=(Framework.DUBBO,),
    remedy="Split traffic by separate Services, or by Dubbo's own routing rules.",
    evidence=(
        "matrix frameworks framework.weights",
        "matrix frameworks framework.match.headers",
        "https://github.com/apache/dubbo/issues/12437",
        "failure modes I4, I5 and I6",
    ),
    reads=("Service",),
)
