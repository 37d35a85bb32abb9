"""PX851: two entries of ProxylessPolicies say opposite things of the same pods, and only the first counts."""

from collections.abc import Iterator

from proxyless.lint.policies import contradicted
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field that another entry contradicts, on either side."""
    for item in contradicted(subject, world):
        related = (item.other,) if item.other != subject.ref else ()
        yield Hit(item.path, item.sentence(subject.ref), related=related)


RULE = Rule(
    code="PX851",
    slug="policies-contradict",
    summary="Two entries of ProxylessPolicies contradict each other on the same pods.",
    severity=Severity.WARNING,
    kinds=("ProxylessPolicy",),
    check=check,
    remedy="Let one entry say it, or put an entry with more labels before the one that it is an exception to.",
    evidence=("of several entries that select a pod the first counts",),
    reads=("ProxylessPolicy", *WORKLOADS),
)
