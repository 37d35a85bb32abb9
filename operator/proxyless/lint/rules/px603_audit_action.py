"""PX603: AUDIT policies are not sent to proxyless servers, so nothing is audited."""

from collections.abc import Iterator

from proxyless.lint.authorization import action_of, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per policy with the action AUDIT."""
    if action_of(subject) != "AUDIT":
        return
    condition = reaching(subject, world)
    if condition is not None:
        message = "Proxyless servers do not audit: istiod drops AUDIT policies for them."
        yield Hit(("spec", "action"), message, applies=condition)


RULE = Rule(
    code="PX603",
    slug="audit-action",
    summary="An AUDIT policy selects proxyless servers, which audit nothing.",
    severity=Severity.INFO,
    kinds=("AuthorizationPolicy",),
    check=check,
    remedy="Log the calls in a server interceptor, and narrow the selector to workloads with sidecars.",
    evidence=("matrix istio AuthorizationPolicy spec.action AUDIT",),
)
