"""Contradictions between ProxylessPolicies, for the rule about them and for the operator's conditions.

Creates no findings.
"""

from collections.abc import Iterator

from proxyless.lint.world import World
from proxyless.mesh.contradiction import Contradiction, contradictions
from proxyless.model.resource import Resource


def contradicted(subject: Resource, world: World) -> Iterator[Contradiction]:
    """Fields of a policy that another entry contradicts; invalid policies are left out."""
    used = {profile.source for profile in world.settings.profiles}
    policies = [item for item in world.seen("ProxylessPolicy", subject.namespace) if item.ref in used]
    yield from contradictions(subject, policies, world.workloads_in(subject.namespace))
