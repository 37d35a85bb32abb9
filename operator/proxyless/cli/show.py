"""What ``proxyless lint`` prints: findings to standard output, everything else to standard error."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from proxyless.adapters.files import Reading
from proxyless.errors import InputError
from proxyless.model.finding import Report
from proxyless.model.resource import Resource
from proxyless.report import text
from proxyless.report.wording import clean

if TYPE_CHECKING:
    from argparse import Namespace


def show(
    given: "Namespace",
    report: Report,
    reading: Reading,
    problems: Sequence[InputError],
    *,
    notes: Sequence[str] = (),
    server: str = "",
) -> None:
    """Print a run in the format asked for, then what could not be read, then the summary.

    Args:
        given: the arguments.
        report: what was found.
        reading: what was read.
        problems: what could not be read.
        notes: kinds of the cluster that could not be read.
        server: URL of the cluster that was read, empty for files alone.
    """
    sys.stdout.write(_formatted(given, report, reading, problems))
    sys.stdout.flush()
    for problem in problems:
        _tell(text.problem(problem))
    for remark in reading.remarks:
        _tell(text.problem(remark, "warning"))
    for note in notes:
        _tell(f"note: {note}")
    for before, after in reading.repeated:
        _tell(f"note: {after.ref} is given twice, {_where(before)} and {_where(after)}; the later one counts")
    for item in report.notices:
        if item.internal:
            _tell(f"internal error: {text.notice(item)}")
    if not reading.total and not problems:
        _tell("nothing was read: no object in what was given; expected *.yaml, *.yml or *.json with Kubernetes objects")
    _tell(text.summary(report, files=reading.files, objects=reading.total, problems=len(problems), cluster=server))


def _formatted(given: "Namespace", report: Report, reading: Reading, problems: Sequence[InputError]) -> str:
    """The report in the format that is asked for; only that one is imported."""
    match given.format:
        case "json":
            from proxyless.report import json_v1  # noqa: PLC0415

            counts = {"files": reading.files, "objects": reading.total, "ignored": reading.ignored}
            return json_v1.dumps(json_v1.document(report, **counts, problems=problems, remarks=reading.remarks))
        case "sarif":
            from proxyless.report import sarif  # noqa: PLC0415

            return sarif.dumps(report, problems=problems, remarks=reading.remarks)
        case "github":
            from proxyless.report import github  # noqa: PLC0415

            return github.annotations(report.findings)
        case _:
            return _text(given, report)


def _text(given: "Namespace", report: Report) -> str:
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    blocks = [text.text(report.findings, color=color)]
    if given.show_suppressed:
        blocks.append(text.text(report.suppressed, color=color, excused=True))
    if given.notices:
        blocks.append("".join(f"{text.notice(item)}\n" for item in report.notices if not item.internal))
    return "\n".join(block for block in blocks if block)


def _where(resource: Resource) -> str:
    return f"{resource.origin.file}:{resource.origin.line}" if resource.origin else "?"


def _tell(line: str) -> None:
    print(clean(line), file=sys.stderr)
