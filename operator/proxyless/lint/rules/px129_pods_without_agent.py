"""PX129: pods that run lack the agent that their template or namespace asks for: injection happens only when a pod is made."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.running import COUNTS, cure, lack_at, may_lack
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per workload that has such pods."""
    lack = lack_at(subject.ref, world)
    if lack is None:
        return
    words = lack.words
    harm = (
        f"{lack.serve} plaintext, and no policy or route is in effect there"
        if lack.bare
        else "the application gets no bootstrap there, and xds:/// targets fail"
    )
    text, command = cure(lack.workload, world)
    yield Hit(lack.path, f"{words[0].upper()}{words[1:]}: {harm}.", text, command=command, deny=False)


def awake(world: World) -> bool:
    """Whether any workload may have such pods."""
    return may_lack(world)


RULE = Rule(
    code="PX129",
    slug="pods-without-agent",
    summary="Pods that run lack the agent that is asked for them.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    awake=awake,
    remedy="Replace the pods, with `kubectl rollout restart` where their owner knows it.",
    evidence=("failure mode A6", "measured: pods older than the namespace's label serve plaintext under STRICT"),
    reads=COUNTS,
)
