"""Runs rules over a snapshot: complete, sorted, deterministic.

Called by every front door. A rule that raises becomes an internal notice that names it; all others still run.
"""

from collections.abc import Iterable, Sequence

from proxyless.lint.not_known import NotKnown
from proxyless.lint.rule import Gate, Hit, Rule, UnreadRule
from proxyless.lint.rules_of_kind import RulesOfKind
from proxyless.lint.select import Selection, excuse
from proxyless.lint.world import World
from proxyless.model.finding import Finding, Notice, Report, Severity
from proxyless.model.path import get, show
from proxyless.model.resource import Resource
from proxyless.model.scalar import is_template

SHOWN = 80
"""Characters of an offending value that are shown."""


def run(
    rules: Sequence[Rule | UnreadRule], world: World, subjects: Iterable[Resource], selection: Selection | None = None
) -> Report:
    """All findings and notices of the subjects, in order of object, code and path.

    Args:
        rules: the rules to run; see ``proxyless.lint.rules.ALL`` and ``for_objects``.
        world: everything that is known.
        subjects: the objects to judge, usually all of the snapshot or one reviewed object.
        selection: which codes run and what is excused.
    """
    chosen = selection or Selection()
    running = [rule for rule in rules if chosen.runs(rule.code)]
    by_kind: dict[str, RulesOfKind] = {}
    made = _Made(chosen)
    checked = 0
    for subject in subjects:
        mine = by_kind.get(subject.kind)
        if mine is None:
            mine = by_kind[subject.kind] = RulesOfKind(subject.kind, running, world)
        checked += mine.looked_at
        for group in mine.for_body(subject.body):
            if group.gate is not None and not _passes(group.gate, subject, world):
                continue
            for rule in group.rules or group.read():
                try:
                    for hit in rule.check(subject, world):
                        made.take(rule, subject, hit)  # what it yields before it raises counts
                except NotKnown as missing:
                    made.notice(rule, subject, f"not checked: {missing}")
                except Exception as error:  # noqa: BLE001  one rule's defect must not hide the others' findings
                    message = (
                        f"rule {rule.code} failed on this object and was skipped ({type(error).__name__}: {error}); "
                        "please report it, the other rules ran"
                    )
                    made.notice(rule, subject, message, internal=True)
    return Report(
        tuple(sorted(made.findings, key=order)),
        tuple(made.notices),
        tuple(sorted(made.suppressed, key=order)),
        checked,
    )


def _passes(gate: Gate, subject: Resource, world: World) -> bool:
    try:
        return gate(subject, world)
    except Exception:  # noqa: BLE001  the rule meets the same, and is named with it
        return True


class _Made:
    """What the rules of one run have said so far."""

    def __init__(self, selection: Selection) -> None:
        self.findings: list[Finding] = []
        self.suppressed: list[Finding] = []
        self.notices: dict[Notice, None] = {}
        self._selection = selection

    def take(self, rule: Rule, subject: Resource, hit: Hit) -> None:
        """Keep one hit as a finding, or as an excused one."""
        if rule.by_value and is_template(get(subject.body, hit.path)):
            self.notice(
                rule, subject, f"not checked: {show(hit.path)} is a template or encrypted; render or decrypt it first"
            )
            return
        finding = _finding(rule, subject, hit)
        excused = excuse(finding, subject, self._selection)
        if excused.reason:
            self.suppressed.append(finding._replace(excuse=excused.reason))
        elif excused.refused:
            self.findings.append(finding._replace(message=f"{finding.message} {excused.refused}"))
        else:
            self.findings.append(finding)

    def notice(self, rule: Rule, subject: Resource, message: str, *, internal: bool = False) -> None:
        """Keep what a rule could not say; the same words once."""
        self.notices[Notice(rule.code, subject.ref, message, internal=internal)] = None


def _finding(rule: Rule, subject: Resource, hit: Hit) -> Finding:
    severity = hit.severity or rule.severity
    if hit.applies and severity is Severity.ERROR:
        severity = Severity.WARNING
    return Finding(
        code=rule.code,
        slug=rule.slug,
        severity=severity,
        ref=subject.ref,
        path=hit.path,
        message=hit.message,
        remedy=hit.remedy or rule.remedy,
        value=shorten(get(subject.body, hit.path)),
        applies=hit.applies,
        evidence=rule.evidence,
        related=hit.related,
        command=hit.command,
        origin=subject.origin,
        deny=rule.deny and hit.deny and not hit.applies,
        fix=hit.fix,
    )


def shorten(value: object) -> str:
    """A value as one short line, as JSON writes it; empty for None."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value
    else:
        import json  # noqa: PLC0415  few runs need it

        text = json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def order(finding: Finding) -> tuple[str, str, str, str, str, str]:
    """The place of a finding in a report: file, object, code, path."""
    where = finding.origin
    file = f"{where.file}\0{where.line:09d}\0{where.item:06d}" if where else ""
    return (
        file,
        *finding.ref,
        finding.code,
        "\0".join(f"{step:06d}" if isinstance(step, int) else step for step in finding.path),
    )
