"""PX613: sidecars read cluster.local in a principal as the mesh's own trust domain; proxyless servers read it by letter."""

from collections.abc import Iterator

from proxyless.lint.authorization import action_of, conditions, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource

_LOCAL = "cluster.local"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per condition on principals of cluster.local in a mesh with another trust domain."""
    own = world.settings.trust_domain
    if own == _LOCAL or action_of(subject) not in ("ALLOW", "DENY"):
        return
    condition = reaching(subject, world)
    if condition is None:
        return
    for item in conditions(subject):
        if item.name not in ("principals", "source.principal"):
            continue
        wrong = [value for value in item.values if value.startswith(f"{_LOCAL}/")]
        if wrong:
            message = f"Proxyless servers take {_LOCAL} by letter, but callers are of the trust domain {own}: {wrong[0]} matches nobody."
            remedy = f"Write `{wrong[0].replace(_LOCAL, own, 1)}`."
            yield Hit(item.path, message, remedy, applies=condition, deny=False)


RULE = Rule(
    code="PX613",
    slug="trust-domain-alias",
    summary="A rule names principals of cluster.local in a mesh with another trust domain.",
    severity=Severity.WARNING,
    kinds=("AuthorizationPolicy",),
    check=check,
    remedy="Write the mesh's real trust domain, one entry per alias.",
    evidence=("matrix istio AuthorizationPolicy spec.rules[].from[].source.principals[]",),
)
