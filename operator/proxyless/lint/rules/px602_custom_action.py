"""PX602: external authorization does not exist for gRPC, so a CUSTOM policy lets every call through."""

from collections.abc import Iterator

from proxyless.lint.authorization import action_of, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per policy with the action CUSTOM."""
    if action_of(subject) != "CUSTOM":
        return
    condition = reaching(subject, world)
    if condition is None:
        return
    provider = mapping(subject.spec.get("provider")).get("name") or "its provider"
    yield Hit(
        ("spec", "action"),
        f"Proxyless servers never ask {provider}: istiod drops CUSTOM policies for them, and calls pass unchecked.",
        applies=condition,
        deny=world.declared(subject.namespace),
    )


RULE = Rule(
    code="PX602",
    slug="custom-action",
    summary="A CUSTOM policy asks an external authorizer, which proxyless servers never call.",
    severity=Severity.ERROR,
    kinds=("AuthorizationPolicy",),
    check=check,
    remedy="Check in the application (a server interceptor that asks the authorizer), or write the rules as ALLOW or DENY.",
    evidence=("matrix istio AuthorizationPolicy spec.action CUSTOM", "matrix istio AuthorizationPolicy spec.provider"),
    deny=True,
)
