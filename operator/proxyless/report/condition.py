"""Makes the status condition ``ProxylessReady`` from all findings about one object. Pure.

Called by ``controller``. The shape is Istio's ``IstioCondition``, which fits our own kinds as well.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from proxyless.model.finding import Finding, Notice, Severity
from proxyless.model.record import NamedTuple
from proxyless.report.wording import clean, counted, importance, place, says, shorten

TYPE = "ProxylessReady"
MESSAGE_BYTES = 1024
"""Longest message; Kubernetes allows 32 KiB, but it is read in a terminal."""

OF_PODS = frozenset({"PX129", "PX130"})
"""Rules that speak of the pods that run now; what is written is right all the while."""


class _Answer(NamedTuple):
    status: str
    reason: str
    message: str


def condition(
    findings: Sequence[Finding],
    notices: Sequence[Notice] = (),
    *,
    generation: int | None,
    now: datetime,
    suppressed: Sequence[Finding] = (),
    previous: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The condition of one object.

    Args:
        findings: what is wrong with it.
        notices: what could not be checked about it.
        generation: ``metadata.generation`` of the object that was judged; None where it has none.
        now: the current time, timezone-aware.
        suppressed: findings that are excused.
        previous: the condition that the object has now. Where the content is the same, its ``lastTransitionTime`` stays,
            so that the result equals ``previous`` and nothing need be written.

    Returns:
        ``True`` with reason Ready or Exempted, ``False`` with WillNotWork (an error), PodsLackAgent (no error but that of pods
        that run without the agent) or FieldsIgnored (warnings),
        ``Unknown`` with NotDecided (whether a finding applies depends on what is not known), NotChecked or InternalError.
    """
    answer = _answer(findings, notices, suppressed)
    made: dict[str, Any] = {
        "type": TYPE,
        "status": answer.status,
        "reason": answer.reason,
        "message": shorten(answer.message, MESSAGE_BYTES),
    }
    if generation is not None:
        made["observedGeneration"] = generation
    same = previous is not None and previous.get("status") == answer.status and previous.get("lastTransitionTime")
    made["lastTransitionTime"] = same or now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return made


def _answer(findings: Sequence[Finding], notices: Sequence[Notice], suppressed: Sequence[Finding]) -> _Answer:
    ordered = importance(findings)
    worst = ordered[0].severity if ordered else None
    if worst is Severity.ERROR:
        errors = [finding for finding in ordered if finding.severity is worst]
        if all(finding.code in OF_PODS for finding in errors):
            remedies = dict.fromkeys(clean(finding.remedy) for finding in errors)
            return _Answer("False", "PodsLackAgent", " ".join([_listed(ordered), *remedies]))
        return _Answer("False", "WillNotWork", _listed(ordered))
    if worst is Severity.WARNING and all(finding.applies for finding in ordered if finding.severity is worst):
        return _Answer("Unknown", "NotDecided", _listed(ordered))
    if worst is Severity.WARNING:
        return _Answer("False", "FieldsIgnored", _listed(ordered))
    if broken := [notice for notice in notices if notice.internal]:
        return _Answer("Unknown", "InternalError", broken[0].message)
    if missing := list(dict.fromkeys(f"{notice.code} {notice.message}" for notice in notices)):
        return _Answer("Unknown", "NotChecked", "; ".join([*missing, *map(_brief, ordered)]))
    if ordered:
        return _Answer("True", "Ready", _listed(ordered))
    if suppressed:
        excused = ", ".join(sorted({f"{finding.code} ({clean(finding.excuse)})" for finding in suppressed}))
        return _Answer("True", "Exempted", f"{counted(len(suppressed), 'finding')} excused: {excused}.")
    return _Answer("True", "Ready", "Everything in it takes effect on proxyless clients and servers.")


def _listed(ordered: Sequence[Finding]) -> str:
    """All codes and paths first, since they must survive shortening; then each message."""
    if len(ordered) == 1:
        return f"{_brief(ordered[0])}: {says(ordered[0])}"
    names = shorten(", ".join(dict.fromkeys(map(_brief, ordered))), MESSAGE_BYTES // 2)
    return f"{counted(len(ordered), 'finding')}: {names}. " + " ".join(dict.fromkeys(map(says, ordered)))


def _brief(finding: Finding) -> str:
    return f"{finding.code} {place(finding)}"
