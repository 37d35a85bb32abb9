"""PX906: Dubbo and Kitex balance, eject and limit by their own settings, not by a DestinationRule."""

from collections.abc import Iterator

from proxyless.lint.destinations import services_of_rule
from proxyless.lint.frameworks import OTHERS, frameworks_known, served_by, title
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.traffic import levels
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource

_FIELDS = ("loadBalancer", "connectionPool", "outlierDetection")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field of a traffic policy for a Service of these frameworks."""
    written = [(level, field) for level in levels(subject) for field in _FIELDS if level.policy.get(field)]
    if not written or not frameworks_known(world):
        return
    for framework in OTHERS:
        if any(served_by(world, service, framework) for service in services_of_rule(subject, world)):
            for level, field in written:
                yield Hit(
                    (*level.path, field), f"{title(framework)} clients do not read {field}: it has no effect for them."
                )


RULE = Rule(
    code="PX906",
    slug="framework-traffic-policy",
    summary="A DestinationRule for Dubbo or Kitex servers sets what their clients do not read.",
    severity=Severity.WARNING,
    kinds=("DestinationRule",),
    check=check,
    frameworks=OTHERS,
    remedy="Configure it in the framework.",
    evidence=("matrix frameworks framework.lb.round_robin", "failure modes I6 and J13"),
    reads=("Service",),
)
