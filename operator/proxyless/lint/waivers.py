"""Excuses that stand outside the objects: in comments, in ``proxyless.yaml``, in a baseline; and what excuses nothing.

Called by the command line with a report that has lines. What the objects' own annotations excuse is the engine's
(``lint.select``); here it is only told where such an excuse ended or is no longer needed. Pure.
"""

from collections.abc import Callable, Iterable, Sequence

from proxyless.lint.excuse_texts import ExcuseText
from proxyless.lint.rules import CODES, RETIRED
from proxyless.lint.rules.px292_excuse_without_effect import RULE
from proxyless.model.finding import Finding, Report, Severity
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Origin, Ref

_LATE = "Remove it, or give it a later end after somebody looked at the finding again."
_NEEDLESS = "Remove it, so that the next finding of its kind is seen."


class Waiver(NamedTuple):
    """One code that is excused somewhere, and where it says so."""

    text: ExcuseText
    covers: Callable[[Finding], bool]
    """Whether a finding of the code is meant."""
    ref: Ref
    """What says it: an object, or a file."""
    origin: Origin | None
    line: int = 0
    path: FieldPath = ()
    in_engine: bool = False
    """The engine took it into account; only what it excuses is looked for here."""


class Waived(NamedTuple):
    """What became of a report."""

    report: Report
    used: frozenset[int]
    """Which of the waivers excused something, by number."""


def waive(report: Report, waivers: Sequence[Waiver], today: str) -> Waived:
    """Move what is excused to the suppressed findings."""
    by_code: dict[str, list[tuple[int, Waiver]]] = {}
    for number, waiver in enumerate(waivers):
        if not waiver.text.why_not and not waiver.text.ended(today):
            by_code.setdefault(waiver.text.code, []).append((number, waiver))
    used: set[int] = set()
    kept, excused = [], []
    for finding in report.findings:
        hit = next(
            (each for each in by_code.get(finding.code, ()) if not each[1].in_engine and each[1].covers(finding)), None
        )
        if hit is None:
            kept.append(finding)
        else:
            used.add(hit[0])
            excused.append(finding._replace(excuse=hit[1].text.reason))
    for finding in (*report.suppressed, *report.findings):  # what does not excuse by its author's right is told there
        used.update(
            number for number, waiver in by_code.get(finding.code, ()) if waiver.in_engine and waiver.covers(finding)
        )
    return Waived(report._replace(findings=tuple(kept), suppressed=(*report.suppressed, *excused)), frozenset(used))


def without_effect(
    waivers: Sequence[Waiver], used: Iterable[int], today: str, judged: Callable[[str, Ref], bool]
) -> list[Finding]:
    """A finding for each waiver that excuses nothing.

    Args:
        waivers: all of them.
        used: numbers of those that excused something.
        today: such as ``2027-03-31``.
        judged: whether a rule ran and could tell all it may have to say of an object; only then an excuse is known to be needless.
    """
    needed = set(used)
    found = []
    for number, waiver in enumerate(waivers):
        text = waiver.text
        if text.why_not:
            if not waiver.in_engine:  # the rule says it of annotations
                name = f"The excuse of {text.code}" if text.code else "An excuse"
                found.append(_finding(waiver, f"{name} {text.why_not}.", RULE.remedy))
        elif text.code not in CODES:
            why = f"is retired: {RETIRED[text.code]}" if text.code in RETIRED else "is the code of no rule."
            found.append(_finding(waiver, f"The excuse of {text.code} names no rule: {text.code} {why}", RULE.remedy))
        elif text.ended(today):
            found.append(_finding(waiver, f"The excuse of {text.code} ended on {text.until}: {text.reason}.", _LATE))
        elif number not in needed and judged(text.code, waiver.ref):
            told = f"The excuse of {text.code} excuses nothing: no such finding is there."
            found.append(_finding(waiver, told, _NEEDLESS)._replace(severity=Severity.INFO))
    return found


def _finding(waiver: Waiver, message: str, remedy: str) -> Finding:
    return Finding(
        code=RULE.code,
        slug=RULE.slug,
        severity=RULE.severity,
        ref=waiver.ref,
        path=waiver.path,
        message=message,
        remedy=remedy,
        evidence=RULE.evidence,
        origin=waiver.origin,
        line=waiver.line,
        column=1 if waiver.line else 0,
    )
