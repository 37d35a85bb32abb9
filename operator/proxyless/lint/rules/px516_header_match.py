"""PX516: since Istio 1.14 header matches are sent in a form that older libraries reject with all routes."""

from collections.abc import Iterator

from proxyless.lint.clients import lacking, rejected
from proxyless.lint.releases import first_with
from proxyless.lint.routes import api_matches, api_rules, mesh_matches, of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping
from proxyless.model.truth import Truth

_FEATURE = "route.match.header.string_match"
_SENT = "istio.header_string_match"
_PRESENCE = {"regex": "*"}


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per match on a header's value, where a library in use is too old for it."""
    if world.matrix.behavior(_SENT).holds(world.settings.istio) is Truth.NO:
        return
    old = lacking(world, _FEATURE)
    if not old:
        return
    names = " and ".join(old)
    remedy = f"Upgrade to {first_with(world, _FEATURE)} or later; until then match on uri."
    for path in _places(subject):
        yield Hit(path, f"{names} reject {rejected(world)} for a match on a header's value.", remedy, deny=False)


def _places(subject: Resource) -> Iterator[FieldPath]:
    if subject.kind != "VirtualService":
        for path, rule in api_rules(subject):
            for here, match in api_matches(path, rule):
                if match.get("headers"):
                    yield (*here, "headers")
        return
    for here, match in mesh_matches(subject):
        for key in ("headers", "withoutHeaders"):
            values = mapping(match.get(key)).values()
            if any(value and value != _PRESENCE for value in values):
                yield (*here, key)


def _matters(world: World) -> bool:
    sent = world.matrix.behavior(_SENT).holds(world.settings.istio)
    return sent is not Truth.NO and bool(lacking(world, _FEATURE))


RULE = Rule(
    code="PX516",
    slug="header-match",
    summary="A library in use is too old for header matches as Istio sends them.",
    severity=Severity.ERROR,
    kinds=("VirtualService", "HTTPRoute", "GRPCRoute"),
    gate=reaches_clients,
    awake=_matters,
    check=of_routes(check),
    needs=("headers", "withoutHeaders"),
    remedy="Upgrade the library; until then match on uri.",
    evidence=(
        "matrix grpc route.match.header.string_match",
        "matrix istio VirtualService spec.http[].match[].headers.*.exact",
        "https://github.com/istio/istio/issues/40001",
    ),
    reads=("Service",),
)
