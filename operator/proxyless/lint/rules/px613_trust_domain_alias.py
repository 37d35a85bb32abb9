"""PX613: sidecars read cluster.local in a principal as the mesh's own trust domain; proxyless servers read it by letter."""

from collections.abc import Iterator

from proxyless.lint.authorization import RequestCondition, action_of, conditions, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.fix import Fix, Put
from proxyless.model.path import get
from proxyless.model.resource import Resource, sequence

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
            yield Hit(item.path, message, remedy, applies=condition, deny=False, fix=_fix(subject, item, own))


def _fix(policy: Resource, item: RequestCondition, own: str) -> Fix:
    """The same principals with the mesh's own trust domain."""
    name = "notValues" if item.negated else "values"
    path = (*item.path[:-1], name) if item.is_when else item.path
    listed = enumerate(sequence(get(policy.body, path)))
    return Fix(
        tuple(
            Put((*path, at), f"{own}/{text[len(_LOCAL) + 1 :]}")
            for at, text in listed
            if str(text).startswith(f"{_LOCAL}/")
        ),
        safe=True,
    )


RULE = Rule(
    code="PX613",
    slug="trust-domain-alias",
    summary="A rule names principals of cluster.local in a mesh with another trust domain.",
    severity=Severity.WARNING,
    kinds=("AuthorizationPolicy",),
    check=check,
    remedy="Write the mesh's real trust domain, one entry per alias.",
    evidence=("matrix istio AuthorizationPolicy spec.rules[].from[].source.principals[]",),
    fixes=("safe",),
)
