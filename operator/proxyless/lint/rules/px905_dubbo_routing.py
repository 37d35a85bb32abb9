"""PX905: Dubbo takes the cluster of a route and little else: weights lose the providers, header matches the rule."""

from collections.abc import Iterator

from proxyless.lint.destinations import services_by_host
from proxyless.lint.frameworks import frameworks_known, served_by
from proxyless.lint.routes import binds_mesh, matches, mesh_routes, weighted
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.matrix.verdict import Verdict
from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping, sequence

_WEIGHTS = "VirtualService.http.route.weight"
_HEADERS = "VirtualService.http.match.headers.exact"
_TIMEOUT = "VirtualService.http.timeout"
"""Stands for all of ``_IGNORED``."""
_IGNORED = ("timeout", "retries", "fault", "mirror", "mirrors", "headers", "rewrite")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per setting of a route for Dubbo providers that Dubbo consumers do not follow."""
    if not binds_mesh(subject) or not _for_dubbo(subject, world):
        return
    weights, headers = (_concerned(row, Verdict.BREAKS, world) for row in (_WEIGHTS, _HEADERS))
    ignores = _concerned(_TIMEOUT, Verdict.IGNORED, world)
    for path, route in mesh_routes(subject):
        if weights and len([entry for _, entry in weighted(subject, path) if entry.get("weight")]) > 1:
            message = f"{weights.who} look for one cluster in a route, and a weighted one names none there: they find no provider."
            yield Hit((*path, "route"), message, severity=Severity.ERROR, applies=weights.applies)
        if headers:
            yield from _headers(subject, path, headers, world)
        for key in _IGNORED:
            if ignores and route.get(key):
                yield Hit(
                    (*path, key),
                    f"{ignores.who} do not read {key}: it has no effect.",
                    remedy=f"Configure it in Dubbo, and remove {key}.",
                    applies=ignores.applies,
                )


class _Consumers(NamedTuple):
    """Consumers with whom a field fares badly, and under which condition."""

    who: str
    applies: str


def _concerned(row: str, verdict: Verdict, world: World) -> _Consumers | None:
    """Dubbo consumers in the mesh for which the table gives a field a verdict; None: for none of them."""
    certain: dict[str, None] = {}
    doubtful: dict[str, str] = {}
    for client in world.clients:
        if client.framework is not Framework.DUBBO:
            continue
        answers = world.matrix.judge(world.matrix.row(row), istio=world.settings.istio, client=client)
        broken = [item for item in answers if item.verdict is verdict]
        name = f"Dubbo {client.language.title}" if client.language else "Dubbo"
        if broken and len(broken) == len(answers):
            certain[name] = None
        elif broken:
            doubtful[name] = "; ".join(filter(None, (item.applies for item in broken)))
    if certain:
        return _Consumers(f"{' and '.join(certain)} consumers", "")
    if doubtful:
        name, applies = next(iter(doubtful.items()))
        return _Consumers(f"{name} consumers", applies)
    return None


def _headers(subject: Resource, route: FieldPath, harm: _Consumers, world: World) -> Iterator[Hit]:
    since = world.matrix.behavior("istio.header_string_match").releases.first
    for here, match in matches(subject, route):
        if mapping(match.get("headers")):
            yield Hit(
                (*here, "headers"),
                f"{harm.who} cannot read header matches as Istio has sent them since {since}: all routes of the host are lost.",
                remedy="Remove the header match.",
                severity=Severity.ERROR,
                applies=harm.applies,
            )


def _for_dubbo(subject: Resource, world: World) -> bool:
    """Whether a host of the VirtualService is a Service of Dubbo providers."""
    if not frameworks_known(world):
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
