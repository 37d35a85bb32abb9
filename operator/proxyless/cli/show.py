"""What ``proxyless lint`` prints: findings in each format to where it goes, everything else to standard error."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from proxyless.adapters.reading import Reading
from proxyless.errors import InputError
from proxyless.model.finding import Finding, Report, Severity
from proxyless.report import text
from proxyless.report.wording import clean

if TYPE_CHECKING:
    from argparse import Namespace

    from proxyless.cli.outputs import Output
    from proxyless.model.resource import Origin, Ref, Resource
    from proxyless.report.lint_run import LintRun


def show(
    given: "Namespace",
    report: Report,
    reading: Reading,
    problems: Sequence[InputError],
    *,
    notes: Sequence[str] = (),
    server: str = "",
) -> bool:
    """Print a run in the formats asked for, then what could not be read, then the summary.

    Args:
        given: the arguments.
        report: what was found.
        reading: what was read.
        problems: what could not be read.
        notes: kinds of the cluster that could not be read.
        server: URL of the cluster that was read, empty for files alone.

    Returns:
        False where a result could not be written, which is told.
    """
    written = _results(given, report, reading, problems, server)
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
    return written


def _results(given: "Namespace", report: Report, reading: Reading, problems: Sequence[InputError], server: str) -> bool:
    """Write the result in each format; False where one could not be written."""
    if not given.output and given.format in (None, "text") and not _speaks(given, report):
        return True  # as most runs: nothing to say, in text
    from proxyless.cli.outputs import chosen, rendered, write  # noqa: PLC0415  as above

    outputs = chosen(given.format, given.output)
    run = _run(given, report, reading, problems, outputs)._replace(cluster=server)
    written = True
    for output in outputs:
        shown = _text(given, run, output) if output.format == "text" else rendered(output.format, run)
        try:
            write(output, shown)
        except InputError as error:
            written = False
            _tell(text.problem(error))
    return written


def _speaks(given: "Namespace", report: Report) -> bool:
    return bool(report.findings or (given.show_suppressed and report.suppressed) or given.notices)


def _run(
    given: "Namespace",
    report: Report,
    reading: Reading,
    problems: Sequence[InputError],
    outputs: Sequence["Output"],
) -> "LintRun":
    from proxyless.cli.input_summary import input_counts  # noqa: PLC0415  for what most runs do not meet
    from proxyless.report.lint_run import LintRun  # noqa: PLC0415

    def subject(finding: Finding) -> "Resource | None":
        return _object(reading, finding, finding.ref)

    def place(finding: Finding, ref: "Ref") -> "Origin | None":
        found = _object(reading, finding, ref)
        return found.origin if found else None

    pages = any(item.format in ("sarif", "html") for item in outputs)
    return LintRun(
        report,
        tuple(problems),
        reading.remarks,
        (*_notes(reading), *filter(None, [_line(reading)])),
        files=reading.files,
        objects=reading.total,
        ignored=reading.ignored,
        read=input_counts(reading),
        texts=reading.texts,
        places=place,
        subjects=subject,
        pages=_pages(report) if pages else {},
        fail_on=Severity[given.fail_on.upper()],
    )


def _object(reading: Reading, finding: Finding, ref: "Ref") -> "Resource | None":
    """An object that a finding names, of several copies the one in the finding's mesh."""
    for mesh in reading.meshes if len(reading.meshes) > 1 else ():
        own = mesh.snapshot.get(*finding.ref)
        if own is not None and own.origin == finding.origin:
            return mesh.snapshot.get(*ref)
    return reading.snapshot.get(*ref)


def _pages(report: Report) -> dict[str, str]:
    from proxyless.cli.explain import PAGES  # noqa: PLC0415

    codes = {item.code for item in (*report.findings, *report.suppressed)}
    return {
        code: page.read_text(encoding="utf-8") for code in sorted(codes) for page in PAGES.glob(f"{code.lower()}_*.md")
    }


def _notes(reading: Reading) -> list[str]:
    if not (reading.notes or reading.copies):
        return []
    from proxyless.cli.input_summary import input_notes  # noqa: PLC0415  for what most runs do not meet

    return list(input_notes(reading))


def _line(reading: Reading) -> str:
    if not (reading.built or reading.rendered or any(reading.left_out) or reading.ignored or len(reading.meshes) > 1):
        return ""
    from proxyless.cli.input_summary import input_line  # noqa: PLC0415  for what most runs do not meet

    return input_line(reading)


def _text(given: "Namespace", run: "LintRun", output: "Output") -> str:
    color = not output.file and _colored()
    from proxyless.report.finding_blocks import Style  # noqa: PLC0415  clean runs have none

    style = Style(
        color=color,
        verbose=given.verbose or run.fail_on is Severity.INFO,
        group_by=given.group_by,
        texts=run.texts,
        places=run.places,
    )
    blocks = [text.text(run.report.findings, style)]
    if given.show_suppressed:
        blocks.append(text.text(run.report.suppressed, style._replace(excused=True, verbose=True)))
    if given.notices:
        blocks.append("".join(f"{text.notice(item)}\n" for item in run.report.notices if not item.internal))
    if given.statistics:
        from proxyless.report.statistics import table  # noqa: PLC0415  only where it is asked for

        blocks.append(table(run.report.findings))
    return "\n".join(block for block in blocks if block)


def _colored() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _tell(line: str) -> None:
    print(clean(line), file=sys.stderr)
