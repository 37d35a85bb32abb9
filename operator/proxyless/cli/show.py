"""What ``proxyless lint`` prints: findings to standard output, everything else to standard error."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, assert_never, cast, get_args

from proxyless.adapters.reading import Reading
from proxyless.errors import InputError
from proxyless.model.finding import Report
from proxyless.report import text
from proxyless.report.wording import clean

if TYPE_CHECKING:
    from argparse import Namespace

Format = Literal["text", "json", "sarif", "github"]
"""What ``--format`` takes. A format without a case in :func:`_formatted` is an error of types."""
FORMATS: tuple[Format, ...] = get_args(Format)


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
    for note in _notes(reading):
        _tell(f"note: {note}")
    for item in report.notices:
        if item.internal:
            _tell(f"internal error: {text.notice(item)}")
    if not reading.total and not problems:
        _tell("nothing was read: no object in what was given; expected *.yaml, *.yml or *.json with Kubernetes objects")
    if line := _line(reading):
        _tell(line)
    _tell(text.summary(report, files=reading.files, objects=reading.total, problems=len(problems), cluster=server))


def _formatted(given: "Namespace", report: Report, reading: Reading, problems: Sequence[InputError]) -> str:
    """The report in the format that is asked for; only that one is imported."""
    match cast("Format", given.format):
        case "json":
            from proxyless.cli.input_summary import input_counts  # noqa: PLC0415
            from proxyless.report import json_v1  # noqa: PLC0415

            return json_v1.dumps(
                json_v1.document(
                    report,
                    files=reading.files,
                    objects=reading.total,
                    ignored=reading.ignored,
                    problems=problems,
                    remarks=reading.remarks,
                    read=input_counts(reading),
                )
            )
        case "sarif":
            from proxyless.report import sarif  # noqa: PLC0415

            return sarif.dumps(
                report,
                problems=problems,
                remarks=reading.remarks,
                notes=[*_notes(reading), *filter(None, [_line(reading)])],
            )
        case "github":
            from proxyless.report import github  # noqa: PLC0415

            return github.annotations(report.findings)
        case "text":
            return _text(given, report)
        case never:
            assert_never(never)


def _notes(reading: Reading) -> list[str]:
    if not (reading.notes or reading.copies):
        return []
    from proxyless.cli.input_summary import input_notes  # noqa: PLC0415  for what most runs do not meet

    return list(input_notes(reading))


def _line(reading: Reading) -> str:
    if not (reading.built or reading.rendered or any(reading.left_out) or len(reading.meshes) > 1):
        return ""
    from proxyless.cli.input_summary import input_line  # noqa: PLC0415  for what most runs do not meet

    return input_line(reading)


def _text(given: "Namespace", report: Report) -> str:
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    blocks = [text.text(report.findings, color=color)]
    if given.show_suppressed:
        blocks.append(text.text(report.suppressed, color=color, excused=True))
    if given.notices:
        blocks.append("".join(f"{text.notice(item)}\n" for item in report.notices if not item.internal))
    return "\n".join(block for block in blocks if block)


def _tell(line: str) -> None:
    print(clean(line), file=sys.stderr)
