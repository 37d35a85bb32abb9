"""PX509: a route whose destinations all have weight 0 sends calls nowhere; clients reject it with the host's routes."""

from collections.abc import Iterator

from proxyless.lint.clients import in_use, rejected, titles
from proxyless.lint.routes import api_rules, mesh_routes, of_routes, reaches_clients, weighted
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Language
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping, sequence


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per route without any weight."""
    if subject.kind == "VirtualService":
        yield from _virtual_service(subject, world)
    else:
        yield from _gateway_api(subject, world)


def _virtual_service(subject: Resource, world: World) -> Iterator[Hit]:
    """A single destination takes all calls whatever its weight; of several an absent weight is 0."""
    for path, _ in mesh_routes(subject):
        entries = weighted(subject, path)
        if len(entries) > 1 and not any(entry.get("weight") for _, entry in entries):
            written = "weight 0" if any("weight" in entry for _, entry in entries) else "no weight, which counts as 0"
            message = f"All {len(entries)} destinations have {written}: gRPC clients reject {rejected(world)}."
            yield Hit((*path, "route"), message)


def _gateway_api(subject: Resource, world: World) -> Iterator[Hit]:
    """An absent weight is 1 here; istiod answers for a rule without backends by itself."""
    for path, rule in api_rules(subject):
        backends = [mapping(entry) for entry in sequence(rule.get("backendRefs"))]
        filters = [mapping(entry).get("type") for entry in sequence(rule.get("filters"))]
        if "RequestRedirect" in filters or any(entry.get("weight", 1) != 0 for entry in backends):
            continue
        rejecting = in_use(world, (Language.JAVA, Language.NODE))
        more = f", and {titles(rejecting)} clients reject {rejected(world)}" if rejecting else ""
        what = "All backends have weight 0" if backends else "The rule has no backend"
        yield Hit(
            (*path, "backendRefs"),
            f"{what}: calls that match fail with UNAVAILABLE{more}.",
            remedy="Give the rule a backend with a weight above 0.",
        )


RULE = Rule(
    code="PX509",
    slug="all-weights-zero",
    summary="No destination of a route has a weight, so calls can go nowhere and clients reject the routes.",
    severity=Severity.ERROR,
    kinds=("VirtualService", "HTTPRoute", "GRPCRoute"),
    gate=reaches_clients,
    check=of_routes(check),
    remedy="Give at least one destination a weight above 0.",
    evidence=(
        "matrix istio VirtualService spec.http[].route[].weight",
        "matrix istio HTTPRoute spec.rules[].backendRefs[]",
        "matrix grpc route.action.weighted_clusters",
    ),
    deny=True,
    reads=("Service",),
)
