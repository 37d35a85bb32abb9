"""Runs rules over a snapshot: complete, sorted, deterministic.

Called by every front door. A rule that raises becomes an internal notice that names it; all others still run.
"""

from collections.abc import Iterable, Iterator, Sequence

from proxyless.lint.rule import Hit, NotKnown, Rule
from proxyless.lint.select import Selection, excuse
from proxyless.lint.world import World
from proxyless.model.finding import Finding, Notice, Report, Severity
from proxyless.model.path import get
from proxyless.model.resource import Resource

SHOWN = 80
"""Characters of an offending value that are shown."""


def compile_rules(rules: Sequence[Rule]) -> dict[str, tuple[Rule, ...]]:
    """Rules by the kind that they start from, so that an object meets only rules of its kind."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        for kind in rule.kinds:
            found.setdefault(kind, []).append(rule)
    return {kind: tuple(items) for kind, items in found.items()}


def run(
    rules: Sequence[Rule], world: World, subjects: Iterable[Resource], selection: Selection | None = None
) -> Report:
    """All findings and notices of the subjects, in order of object, code and path.

    Args:
        rules: the rules to run; see ``proxyless.lint.rules.ALL``.
        world: everything that is known.
        subjects: the objects to judge, usually all of the snapshot or one reviewed object.
        selection: which codes run and what is excused.
    """
    chosen = selection or Selection()
    by_kind = compile_rules([rule for rule in rules if chosen.runs(rule.code)])
    findings: list[Finding] = []
    suppressed: list[Finding] = []
    notices: dict[Notice, None] = {}
    checked = 0
    for subject in subjects:
        mine = by_kind.get(subject.kind, ())
        checked += bool(mine)
        for rule in mine:
            for item in _run_one(rule, subject, world):
                if isinstance(item, Notice):
                    notices[item] = None
                elif excuse(item, subject, chosen):
                    suppressed.append(item)
                else:
                    findings.append(item)
    return Report(tuple(sorted(findings, key=_order)), tuple(notices), tuple(sorted(suppressed, key=_order)), checked)


def _run_one(rule: Rule, subject: Resource, world: World) -> Iterator[Finding | Notice]:
    try:
        for hit in rule.check(subject, world):
            yield _finding(rule, subject, hit)
    except NotKnown as missing:
        yield Notice(rule.code, subject.ref, f"not checked: {missing}")
    except Exception as error:  # noqa: BLE001  one rule's defect must not hide the others' findings
        yield Notice(
            rule.code,
            subject.ref,
            f"rule {rule.code} failed on this object and was skipped ({type(error).__name__}: {error}); "
            "please report it, the other rules ran",
            internal=True,
        )


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
        origin=subject.origin,
        deny=rule.deny and hit.deny and not hit.applies,
    )


def shorten(value: object) -> str:
    """A value as one short line, empty for None."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _order(finding: Finding) -> tuple[str, str, str, str, str, str]:
    where = finding.origin
    file = f"{where.file}\0{where.line:09d}\0{where.item:06d}" if where else ""
    return (
        file,
        *finding.ref,
        finding.code,
        "\0".join(f"{step:06d}" if isinstance(step, int) else step for step in finding.path),
    )
