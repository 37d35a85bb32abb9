"""PX607: conditions that gRPC must reject take the whole listener with them, new policies of others included."""

from collections.abc import Iterator

from proxyless.lint.authorization import RequestCondition, action_of, conditions, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource

_HEADER = "request.headers["
_EFFECT = (
    "the server rejects its whole listener. A running one keeps its old policies, "
    "a restarted one never serves; the pod is Ready in both cases"
)


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per path template and per match on a header that gRPC keeps for itself."""
    if action_of(subject) not in ("ALLOW", "DENY"):
        return
    condition = reaching(subject, world)
    if condition is None:
        return
    proven = world.declared(subject.namespace)
    for item in conditions(subject):
        for cause, remedy in _rejected(item):
            yield Hit(item.path, f"{cause}: {_EFFECT}.", remedy, applies=condition, deny=proven)


def _rejected(condition: RequestCondition) -> Iterator[tuple[str, str]]:
    if condition.is_when:
        header = condition.name.removeprefix(_HEADER).rstrip("]").lower()
        if condition.name.startswith(_HEADER) and (header.startswith("grpc-") or header == ":scheme"):
            yield f"gRPC does not let policies match {header}", "Match a header of your own."
    elif condition.name == "paths":
        for value in condition.values:
            if "{*}" in value or "{**}" in value:
                yield f"gRPC does not know the path template {value}", "List prefixes, `/package.Service/*`."
                return


RULE = Rule(
    code="PX607",
    slug="rejected-condition",
    summary="A rule has a condition that makes gRPC servers reject their listener.",
    severity=Severity.ERROR,
    kinds=("AuthorizationPolicy",),
    check=check,
    needs=("paths", "notPaths", "when"),
    remedy="Write the condition without path templates and without headers that start with grpc-.",
    evidence=(
        "matrix istio AuthorizationPolicy spec.rules[].to[].operation.paths[] with {*} or {**}",
        "matrix istio AuthorizationPolicy spec.rules[].when[].key request.headers[grpc-*]",
        "gRFC A41",
    ),
    deny=True,
)
