"""Computes the status of ProxylessMesh and ProxylessPolicy: counts and conditions. Pure; called by ``controller.plan``."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from proxyless.adapters.effective_settings import shown_settings
from proxyless.controller.counts import ScopeCounts
from proxyless.controller.judge import Judged, generation_of
from proxyless.lint.policies import contradicted
from proxyless.lint.world import World, proxyless
from proxyless.mesh.contradiction import Contradiction
from proxyless.model.finding import Severity
from proxyless.model.kinds import INNER
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.report.condition import TYPE

OURS = frozenset({"Accepted", "Complete", TYPE})
"""Types of the conditions that we write; all others belong to others."""
_NAMED = 5
"""Objects that a message names; the rest is counted."""
_LINES = 20
"""Entries of notChecked."""


def workloads_by_namespace(world: World) -> Mapping[str, int]:
    """Proxyless workloads of each namespace; those of the mesh under the empty name."""
    groups, found = proxyless(world), Counter[str]()
    for namespace, client in groups:
        found.update(dict.fromkeys(("", namespace), len(groups.get((namespace, client)))))
    return found


def status_of(item: Resource, judged: Judged, workloads: Mapping[str, int], now: datetime) -> dict[str, Any]:
    """The status that one of our own objects should have; what has not changed keeps its times."""
    scope = judged.counts.of(item.namespace)
    mesh = item.kind == "ProxylessMesh"
    answers = [_accepted(item, judged), _ready(scope)]
    if mesh:
        answers.append(_complete(judged))
    old = {entry.get("type"): entry for entry in _conditions(item.body)}
    foreign = [entry for entry in _conditions(item.body) if entry.get("type") not in OURS]
    generation = generation_of(item)
    status: dict[str, Any] = {
        "workloads": workloads.get(item.namespace, 0),
        "findings": {severity.word: scope.findings[severity] for severity in Severity},
        "excused": scope.excused,
        "conditions": [*foreign, *(_dated(answer, old.get(answer["type"]), generation, now) for answer in answers)],
    }
    if mesh:
        status["settings"] = shown_settings(judged.gathered.effective)
        status["notChecked"] = [f"{kind}: {reason}"[:1024] for kind, reason in judged.gathered.missing[:_LINES]]
    if generation is not None:
        status["observedGeneration"] = generation
    return status


def _conditions(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [mapping(entry) for entry in sequence(mapping(body.get("status")).get("conditions"))]


def _accepted(item: Resource, judged: Judged) -> dict[str, str]:
    problems = [
        problem
        for problem in judged.gathered.problems
        if problem.ref == item.ref or (item.kind == "ProxylessMesh" and problem.ref.kind in INNER)
    ]
    if not problems:
        against = [entry.sentence(item.ref) for entry in _contradicted(item, judged)]
        if against:
            return _answer("Accepted", "True", "Contradicted", " ".join(against))
        return _answer("Accepted", "True", "Accepted", "The object is valid and in use.")
    used = all(problem.used for problem in problems)
    text = "; ".join(problem.message for problem in problems)
    foreign = any(problem.ref.kind in INNER for problem in problems)
    return _answer("Accepted", str(used), "Invalid" if not used else "PartlyUsed" if foreign else "UnknownFields", text)


def _contradicted(item: Resource, judged: Judged) -> Iterable[Contradiction]:
    return contradicted(item, judged.world) if item.kind == "ProxylessPolicy" else ()


def _ready(scope: ScopeCounts) -> dict[str, str]:
    errors, warnings = scope.findings[Severity.ERROR], scope.findings[Severity.WARNING]
    if errors:
        return _answer(TYPE, "False", "WillNotWork", f"{_count(errors, 'error')}: {_named(scope)}.")
    if warnings:
        text = f"{_count(warnings, 'warning')}: some of what is written does not take effect."
        return _answer(TYPE, "True", "FieldsIgnored", text)
    return _answer(TYPE, "True", "Ready", "Nothing is wrong.")


def _complete(judged: Judged) -> dict[str, str]:
    missing = judged.gathered.missing
    if not missing:
        return _answer("Complete", "True", "Complete", "Everything that the rules need could be read.")
    kinds = ", ".join(kind for kind, _ in missing)
    return _answer("Complete", "False", "KindsNotChecked", f"Not checked: {kinds}; status.notChecked says why.")


def _named(scope: ScopeCounts) -> str:
    names = ", ".join(f"{ref} ({', '.join(codes)})" for ref, codes in scope.first_broken(_NAMED))
    more = len(scope.broken) - _NAMED
    return f"{names} and {_count(more, 'more object')}" if more > 0 else names


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _answer(kind: str, status: str, reason: str, message: str) -> dict[str, str]:
    return {"type": kind, "status": status, "reason": reason, "message": message[:32768]}


def _dated(
    answer: Mapping[str, str], old: Mapping[str, Any] | None, generation: int | None, now: datetime
) -> dict[str, Any]:
    same = old is not None and old.get("status") == answer["status"] and old.get("lastTransitionTime")
    seen = {} if generation is None else {"observedGeneration": generation}
    return {**answer, **seen, "lastTransitionTime": same or now.strftime("%Y-%m-%dT%H:%M:%SZ")}
