"""Findings for people in a terminal: grouped by file, each with place, field, consequence and remedy. Pure.

Called by ``cli.lint``, which decides on color and on the stream.
"""

from collections.abc import Iterable, Iterator

from proxyless.errors import InputError
from proxyless.model.finding import Finding, Notice, Report, Severity
from proxyless.report.wording import clean, counted, place, says

_COLORS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}


def text(findings: Iterable[Finding], *, color: bool = False, excused: bool = False) -> str:
    """One block per finding, in the given order, a blank line between objects. Empty for no findings.

    Args:
        findings: sorted as the engine does.
        color: whether to use ANSI colors.
        excused: whether these are suppressed findings, which is said on each with the reason.
    """
    lines: list[str] = []
    before: Finding | None = None
    for finding in findings:
        if before is None or (before.origin, before.ref) != (finding.origin, finding.ref):
            lines += [""] if before else []
        lines += _block(finding, color=color, excused=excused)
        before = finding
    return "\n".join([*lines, ""]) if lines else ""


def _block(finding: Finding, *, color: bool, excused: bool) -> Iterator[str]:
    word = finding.severity.word
    if color:
        word = f"\x1b[{_COLORS[finding.severity]};1m{word}\x1b[0m"
    where = clean(finding.origin.file) if finding.origin else clean(str(finding.ref))
    if finding.origin:
        where += f":{finding.line or finding.origin.line}:{finding.column or 1}"
    name = f"\x1b[1m{where}\x1b[0m" if color else where
    yield f"{name}  {word} {finding.code} {finding.slug}" + (f" (excused: {clean(finding.excuse)})" if excused else "")
    value = f" = {clean(finding.value)}" if finding.value else ""
    yield f"    {clean(str(finding.ref))}  {place(finding)}{value}"
    yield f"    {says(finding)}"
    yield f"    fix: {clean(finding.remedy)}"
    if finding.command:
        yield f"    run: {clean(finding.command)}"
    if finding.related:
        yield f"    see: {clean(', '.join(map(str, finding.related)))}"
    yield f"    why: proxyless explain {finding.code}"


def notice(item: Notice) -> str:
    """One line for something that was not checked or went wrong."""
    return clean(" ".join(part for part in (item.code, str(item.ref or ""), item.message) if part))


def problem(item: InputError, level: str = "error") -> str:
    """One line for input that cannot be read, ``file:line:column: error: ...``, or that is read with a warning."""
    where = ":".join(str(part) for part in (clean(item.where), item.line, item.column) if part)
    return f"{where}: {level}: {clean(item.message)}" if where else f"{level}: {clean(item.message)}"


def summary(report: Report, *, files: int, objects: int, problems: int, cluster: str = "") -> str:
    """The last line: how much was found in how much. ``cluster`` is the URL of one that was read."""
    levels = [
        counted(number, level.word) if level is not Severity.INFO else f"{number} info"
        for level in sorted(Severity, reverse=True)
        if (number := sum(finding.severity is level for finding in report.findings))
    ]
    parts = [counted(len(report.findings), "finding") + (f" ({', '.join(levels)})" if levels else "")]
    read = [counted(files, "file")] if files or not cluster else []
    read += [f"the cluster at {cluster}"] if cluster else []
    parts[0] += f" in {counted(objects, 'object')} of {' and '.join(read)}, {report.checked} checked"
    if report.suppressed:
        parts.append(f"{len(report.suppressed)} excused")
    if problems:
        parts.append(f"{counted(problems, 'problem')} reading the input")
    if open_questions := sum(not item.internal for item in report.notices):
        parts.append(f"{counted(open_questions, 'question')} not decided (--notices)")
    return "; ".join(parts) + "."
