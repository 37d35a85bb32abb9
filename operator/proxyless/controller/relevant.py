"""Which objects get a condition: those that affect proxyless workloads. Pure.

Others stay untouched: a mesh with three proxyless workloads must not get ten thousand conditions.
"""

from proxyless.controller.hosts import named_namespaces
from proxyless.controller.judge import Judged, ObjectFindings
from proxyless.lint.world import World
from proxyless.model.kinds import KINDS, OWN_KINDS
from proxyless.model.resource import Resource

CONDITION_KINDS = frozenset(name for name, kind in KINDS.items() if kind.conditions) - OWN_KINDS
"""Kinds with a list of conditions in their status. Gateway API routes keep theirs by parent and are left alone."""


def proxyless_namespaces(world: World) -> frozenset[str]:
    """Namespaces with proxyless workloads, or that are declared proxyless."""
    declared = {item.name for item in world.seen("Namespace") if world.declared(item.name)}
    return frozenset(declared | {workload.namespace for workload in world.proxyless_workloads})


def relevant(item: Resource, judged: Judged, namespaces: frozenset[str]) -> bool:
    """Whether an object should have our condition.

    Args:
        item: the object.
        judged: all verdicts.
        namespaces: of :func:`proxyless_namespaces`.
    """
    verdict = judged.verdicts.get(item.ref)
    if item.kind not in CONDITION_KINDS or verdict is None:
        return False
    return _says_something(verdict) or (bool(namespaces) and _concerns(item, judged.world, namespaces))


def _says_something(verdict: ObjectFindings) -> bool:
    return bool(verdict.findings or verdict.suppressed or any(notice.internal for notice in verdict.notices))


def _concerns(item: Resource, world: World, namespaces: frozenset[str]) -> bool:
    if item.namespace in namespaces or item.namespace == world.settings.root_namespace:
        return True
    return any(name in namespaces for name in named_namespaces(item, world))
