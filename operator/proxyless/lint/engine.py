"""Runs rules over a snapshot: complete, sorted, deterministic.

Called by every front door. A rule that raises becomes an internal notice that names it; all others still run.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from proxyless.lint.rule import Hit, NotKnown, Rule
from proxyless.lint.select import Selection, excuse
from proxyless.lint.world import World
from proxyless.model.finding import Finding, Notice, Report, Severity
from proxyless.model.path import get
from proxyless.model.resource import Resource

SHOWN = 80
"""Characters of an offending value that are shown."""


_Compiled = dict[str, list[tuple[Rule, frozenset[str]]]]
"""Rules by the kind that they start from, each with the keys that it needs."""


def compile_rules(rules: Iterable[Rule]) -> _Compiled:
    """Rules by kind, so that an object meets only rules of its kind."""
    found: _Compiled = {}
    for rule in rules:
        for kind in rule.kinds:
            found.setdefault(kind, []).append((rule, frozenset(rule.needs)))
    return found


def keys_of(body: dict[str, Any]) -> set[str]:
    """All keys in an object, at any depth. What aliases of YAML repeat is looked at once: it may hold itself."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting: list[Any] = [body]
    for value in waiting:  # grows while it is walked
        if not isinstance(value, dict | list) or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            found.update(value)
            waiting.extend(value.values())
        else:
            waiting.extend(value)
    return found


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
    by_kind = compile_rules(rule for rule in rules if chosen.runs(rule.code))
    made = _Made(chosen)
    checked = 0
    for subject in subjects:
        mine = by_kind.get(subject.kind)
        if mine is None:
            continue
        checked += 1
        keys = keys_of(subject.body)
        for rule, needs in mine:
            if not needs or not needs.isdisjoint(keys):
                made.run_one(rule, subject, world)
    return Report(
        tuple(sorted(made.findings, key=_order)),
        tuple(made.notices),
        tuple(sorted(made.suppressed, key=_order)),
        checked,
    )


class _Made:
    """What the rules of one run have said so far."""

    def __init__(self, selection: Selection) -> None:
        self.findings: list[Finding] = []
        self.suppressed: list[Finding] = []
        self.notices: dict[Notice, None] = {}
        self._selection = selection

    def run_one(self, rule: Rule, subject: Resource, world: World) -> None:
        """Ask one rule about one object. What it yields before it raises counts."""
        try:
            for hit in rule.check(subject, world):
                finding = _finding(rule, subject, hit)
                if excused := excuse(finding, subject, self._selection):
                    self.suppressed.append(finding._replace(excuse=excused))
                else:
                    self.findings.append(finding)
        except NotKnown as missing:
            self.notices[Notice(rule.code, subject.ref, f"not checked: {missing}")] = None
        except Exception as error:  # noqa: BLE001  one rule's defect must not hide the others' findings
            message = (
                f"rule {rule.code} failed on this object and was skipped ({type(error).__name__}: {error}); "
                "please report it, the other rules ran"
            )
            self.notices[Notice(rule.code, subject.ref, message, internal=True)] = None


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
    )


def shorten(value: object) -> str:
    """A value as one short line, as JSON writes it; empty for None."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
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
