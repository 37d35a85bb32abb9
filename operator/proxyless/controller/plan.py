"""Computes what to write into the status of an object, from its findings and its present status. Pure; called by ``controller.writer``.

Polite: only our own entry of ``status.conditions`` (of routes: entries of ``status.parents``) changes, all others stay in their place; ``validationMessages``,
spec and annotations are never touched; nothing is written that is already there.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from proxyless.controller.judge import Judged, generation_of
from proxyless.controller.relevant import relevant
from proxyless.controller.route_status import parents_of, planned
from proxyless.controller.statuses import status_of, workloads_by_namespace
from proxyless.model.kinds import KINDS, OWN_KINDS
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.report.condition import TYPE, condition

Plan = Callable[[Resource, datetime], dict[str, Any] | None]
"""Fields of ``status`` to write into an object as it is now; None: nothing."""


def planner(judged: Judged) -> Plan:
    """Returns the function that plans the status of one object. What all objects share is computed once."""
    workloads = lru_cache(maxsize=1)(lambda: workloads_by_namespace(judged.world))

    def plan(item: Resource, now: datetime) -> dict[str, Any] | None:
        if item.kind in OWN_KINDS:
            known = judged.gathered.snapshot.get(*item.ref)
            if not judged.whole or known is None or generation_of(known) != generation_of(item):
                return None
            return _own(item, status_of(item, judged, workloads(), now))
        verdict = judged.verdicts.get(item.ref)
        if verdict is None or verdict.generation != generation_of(item):
            return None  # it has changed since: it will be judged again, and written then
        matters = relevant(item, judged)

        def make(previous: Mapping[str, Any] | None) -> dict[str, Any]:
            return condition(
                verdict.findings,
                verdict.notices,
                generation=verdict.generation,
                now=now,
                suppressed=verdict.suppressed,
                previous=previous,
            )

        if KINDS[item.kind].by_parent:
            finds = bool(verdict.findings or verdict.suppressed)
            return planned(item, parents_of(item, finds=finds) if matters else (), make)
        present = sequence(mapping(item.body.get("status")).get("conditions"))
        previous = next((entry for entry in present if mapping(entry).get("type") == TYPE), None)
        if not matters:
            return None if previous is None else {"conditions": [entry for entry in present if entry is not previous]}
        wanted = make(previous)
        if wanted == previous:
            return None
        if previous is None:
            return {"conditions": [*present, wanted]}
        return {"conditions": [wanted if entry is previous else entry for entry in present]}

    return plan


def _own(item: Resource, wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    present = mapping(item.body.get("status"))
    return None if all(present.get(key) == value for key, value in wanted.items()) else dict(wanted)
