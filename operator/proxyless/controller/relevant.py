"""Which objects get a condition: those that affect proxyless workloads. Pure.

Others stay untouched: a mesh with three proxyless workloads must not get ten thousand conditions.
"""

from proxyless.controller.hosts import named_namespaces
from proxyless.controller.judge import Judged, ObjectFindings
from proxyless.lint.world import World
from proxyless.model.kinds import KINDS, OWN_KINDS
from proxyless.model.resource import Resource

CONDITION_KINDS = frozenset(name for name, kind in KINDS.items() if kind.conditions) - OWN_KINDS
"""Kinds of others that get our condition. Gateway API routes get it by parent (``route_status``)."""


def relevant(item: Resource, judged: Judged) -> bool:
    """Whether an object should have our condition.

    Args:
        item: the object.
        judged: all verdicts.
    """
    verdict = judged.verdicts.get(item.ref)
    if item.kind not in CONDITION_KINDS or verdict is None:
        return False
    return _says_something(verdict) or (bool(judged.concerned) and _concerns(item, judged.world, judged.concerned))


def _says_something(verdict: ObjectFindings) -> bool:
    return bool(verdict.findings or verdict.suppressed or any(notice.internal for notice in verdict.notices))


def _concerns(item: Resource, world: World, namespaces: frozenset[str]) -> bool:
    if item.namespace in namespaces or item.namespace == world.settings.root_namespace:
        return True
    return any(name in namespaces for name in named_namespaces(item, world))
