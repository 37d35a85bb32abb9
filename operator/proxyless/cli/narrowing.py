"""What counts of the findings, by ``proxyless.yaml`` and by comments: severities and codes by path, and excuses of all kinds.

Called by ``lint`` after the rules, before anything is fixed or shown. Imported only where one of these is there.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from proxyless.adapters.config_file import ConfigFile
from proxyless.adapters.ignore import PathPatterns
from proxyless.adapters.reading import Reading
from proxyless.lint.config import LintConfig, Override, Suppression
from proxyless.lint.engine import order
from proxyless.lint.excuse_texts import ExcuseText, excuse_texts
from proxyless.lint.select import IGNORE, Selection
from proxyless.lint.waivers import Waiver, waive, without_effect
from proxyless.model.finding import Finding, Report, Severity
from proxyless.model.resource import Origin, Ref, mapping, sequence
from proxyless.yamltext.comments import ignore_comments
from proxyless.yamltext.lines import with_lines

if TYPE_CHECKING:
    from proxyless.model.resource import Resource


POLICIES = ("ProxylessMesh", "ProxylessPolicy")
"""Kinds that hold exceptions."""


def narrowed(
    reading: Reading, reports: Sequence[Report], file: ConfigFile | None, selection: Selection
) -> tuple[Report, ...]:
    """One report for each mesh, with lines: with what the configuration makes of its findings, without what is excused.

    Args:
        reading: what was read.
        reports: one for each of its meshes.
        file: the configuration.
        selection: which codes run.
    """
    today = datetime.now(UTC).date().isoformat()
    waivers = list(_waivers(reading, file))
    tuning = _Tuning(file)
    used: set[int] = set()
    made = []
    for report in reports:
        found = report._replace(
            findings=with_lines(report.findings, reading.texts), suppressed=with_lines(report.suppressed, reading.texts)
        )
        waived = waive(tuning.applied(found), waivers, today)
        used |= waived.used
        made.append(waived.report)

    open_questions = {(item.code, item.ref) for report in reports for item in report.notices}
    said = {(item.code, item.ref) for report in reports for item in (*report.findings, *report.suppressed)}
    asked = {code for code, _ in open_questions}

    def judged(code: str, ref: Ref) -> bool:
        """Whether all is known that the rule may say there, and it said nothing that another word stands against."""
        if not selection.runs(code):
            return False
        own = ref.kind not in ("File", *POLICIES)
        return (code, ref) not in open_questions | said if own else code not in asked

    told = without_effect(waivers, used, today, judged)
    told = list(with_lines(told, reading.texts))
    if told and made and selection.runs(told[0].code):
        made[0] = made[0]._replace(findings=tuple(sorted((*made[0].findings, *told), key=order)))
    return tuple(made)


class _Tuning:
    """What a configuration says of severities and codes, by path."""

    def __init__(self, file: ConfigFile | None) -> None:
        config = file.config if file else LintConfig()
        folder = file.folder if file else ""
        self._all = Override((), severity=config.severity)
        self._some = [(PathPatterns(folder, item.paths), item) for item in config.overrides]

    def applied(self, report: Report) -> Report:
        """The report as the configuration wants it."""
        if not (self._some or self._all.severity):
            return report
        return report._replace(
            findings=tuple(item for each in report.findings if (item := self._one(each)) is not None)
        )

    def _one(self, finding: Finding) -> Finding | None:
        levels = dict(self._all.severity)
        for patterns, item in self._some:
            if finding.origin is None or not patterns.fit(finding.origin.file):
                continue
            if item.select and not finding.code.startswith(item.select):
                return None
            if item.ignore and finding.code.startswith(item.ignore):
                return None
            levels.update(item.severity)
        fitting = [code for code in levels if finding.code.startswith(code)]
        return finding._replace(severity=levels[max(fitting, key=len)]) if fitting else finding


def _waivers(reading: Reading, file: ConfigFile | None) -> Iterator[Waiver]:
    for name, text in reading.texts.items():
        yield from _of_comments(name, text)
    if file is not None:
        for number, suppression in enumerate(file.config.suppressions):
            yield _of_config(file, suppression, number)
    if any(IGNORE in text for text in reading.texts.values()):
        for item in dict.fromkeys(each for mesh in reading.meshes for each in mesh.subjects):
            yield from _of_annotation(item)
    for kind in POLICIES:
        for item in dict.fromkeys(each for mesh in reading.meshes for each in mesh.subjects.of_kind(kind)):
            yield from _of_policy(item)


def _of_comments(name: str, text: str) -> Iterator[Waiver]:
    for comment in ignore_comments(text):
        for entry in list(excuse_texts(comment.text)) or [ExcuseText("", "nothing follows it")]:
            covers = partial(_is_at, name, comment.about)
            yield Waiver(entry, covers, Ref("File", "", name), Origin(name, comment.line, 0), comment.line)


def _of_config(file: ConfigFile, item: Suppression, number: int) -> Waiver:
    patterns = PathPatterns(file.folder, item.paths) if item.paths else None

    def covers(finding: Finding) -> bool:
        fits = patterns is None or (finding.origin is not None and patterns.fit(finding.origin.file))
        return fits and item.object in ("", str(finding.ref))

    text = ExcuseText(item.code, f"{item.reason} until {item.expires}" if item.expires else item.reason, item.expires)
    path = ("suppressions", number)
    line = file.line(path)
    return Waiver(text, covers, Ref("File", "", file.name), Origin(file.name, line, 0), line, path)


def _of_annotation(item: "Resource") -> Iterator[Waiver]:
    said = item.annotations.get(IGNORE)
    for entry in excuse_texts(str(said)) if said else ():
        yield Waiver(
            entry,
            lambda finding: finding.ref == item.ref and finding.origin == item.origin,
            item.ref,
            item.origin,
            path=("metadata", "annotations", IGNORE),
            in_engine=True,
        )


def _of_policy(item: "Resource") -> Iterator[Waiver]:
    """Exceptions of a ProxylessPolicy or ProxylessMesh that can be used; of others the reading of these kinds tells."""
    for number, entry in enumerate(sequence(item.spec.get("exceptions"))):
        said = mapping(entry)
        code, reason, end = (str(said.get(name) or "").strip() for name in ("rule", "reason", "expires"))
        if code and reason:
            namespace = str(said.get("namespace") or "") or item.namespace
            yield Waiver(
                ExcuseText(code, reason, _ended_on(end)),
                partial(_is_meant, namespace, str(said.get("kind") or ""), str(said.get("name") or "")),
                item.ref,
                item.origin,
                path=("spec", "exceptions", number),
                in_engine=True,
            )


def _ended_on(expires: str) -> str:
    """The day on which an exception ended; empty where it did not yet, or is written in another way."""
    try:
        return expires[:10] if datetime.fromisoformat(expires) <= datetime.now(UTC) else ""
    except (ValueError, TypeError):  # TypeError: without a time zone, which the reading of the kind refuses
        return ""


def _is_meant(namespace: str, kind: str, name: str, finding: Finding) -> bool:
    """Whether an exception is about a finding's object; what is empty fits any."""
    ref = finding.ref
    return namespace in ("", ref.namespace) and kind in ("", ref.kind) and name in ("", ref.name)


def _is_at(file: str, line: int, finding: Finding) -> bool:
    """Whether a finding is in a file and, where it is not 0, in a line."""
    return finding.origin is not None and finding.origin.file == file and line in (0, finding.line)


def at_least(report: Report, level: str) -> Report:
    """The report without findings below a severity."""
    least = Severity[level.upper()]
    return report._replace(findings=tuple(item for item in report.findings if item.severity >= least))
