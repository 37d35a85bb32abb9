"""PX605: istiod does not read the dry-run annotation for proxyless servers, so the policy is enforced."""

from collections.abc import Iterator

from proxyless.lint.authorization import action_of, reaching
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource

_DRY_RUN = "istio.io/dry-run"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per policy with the annotation ``true`` and an action that proxyless servers enforce."""
    if str(subject.annotations.get(_DRY_RUN, "")).lower() != "true" or action_of(subject) not in ("ALLOW", "DENY"):
        return
    condition = reaching(subject, world)
    if condition is not None:
        yield Hit(
            ("metadata", "annotations", _DRY_RUN),
            f"Proxyless servers enforce this {action_of(subject)} policy: istiod does not read the annotation for them.",
            applies=condition,
            deny=world.declared(subject.namespace),
        )


RULE = Rule(
    code="PX605",
    slug="dry-run-enforced",
    summary="A policy that is meant to be a dry run is enforced by proxyless servers.",
    severity=Severity.ERROR,
    kinds=("AuthorizationPolicy",),
    check=check,
    remedy="Narrow the selector to workloads with sidecars, or try the policy in a namespace of its own.",
    evidence=('matrix istio AuthorizationPolicy metadata.annotations["istio.io/dry-run"]',),
    deny=True,
)
