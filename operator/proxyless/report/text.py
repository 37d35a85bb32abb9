"""Findings for people in a terminal, and the single lines around them. Pure.

Called by the command line, which decides on color and on the stream.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from proxyless.errors import InputError
from proxyless.model.finding import Finding, Notice, Report, Severity
from proxyless.report.wording import clean, counted

if TYPE_CHECKING:
    from proxyless.report.finding_blocks import Style


def text(findings: Iterable[Finding], style: "Style | None" = None) -> str:
    """One block per cause, worst first, a blank line between them. Empty for no findings."""
    from proxyless.report import finding_blocks  # noqa: PLC0415  clean runs need the single lines alone

    return finding_blocks.blocks_of(findings, style or finding_blocks.Style())


def notice(item: Notice) -> str:
    """One line for something that was not checked or went wrong."""
    return clean(" ".join(part for part in (item.code, str(item.ref or ""), item.message) if part))


def problem(item: InputError, level: str = "error") -> str:
    """One line for input that cannot be read, ``file:line:column: error: ...``, or that is read with a warning."""
    where = ":".join(str(part) for part in (clean(item.where), item.line, item.column) if part)
    return f"{where}: {level}: {clean(item.message)}" if where else f"{level}: {clean(item.message)}"


def levels(findings: Iterable[Finding]) -> str:
    """``1 error, 2 warnings``, worst first; empty for none."""
    found: dict[Severity, int] = {}
    for item in findings:
        found[item.severity] = found.get(item.severity, 0) + 1
    return ", ".join(
        counted(found[level], level.word) if level is not Severity.INFO else f"{found[level]} info"
        for level in sorted(found, reverse=True)
    )


def summary(report: Report, *, files: int, objects: int, problems: int, cluster: str = "") -> str:
    """The last line: how much was found in how much. ``cluster`` is the URL of one that was read."""
    by_level = levels(report.findings)
    parts = [counted(len(report.findings), "finding") + (f" ({by_level})" if by_level else "")]
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
