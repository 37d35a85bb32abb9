"""Which findings are new: against a baseline, or against a revision of the repository. Called by ``lint``, only where asked for."""

import os
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

from proxyless.adapters.config_file import ConfigFile
from proxyless.adapters.git_tree import tree_of
from proxyless.adapters.reading import Reading
from proxyless.adapters.result_files import read_result, write_result
from proxyless.cli.configured import read_configured
from proxyless.cli.narrowing import at_least
from proxyless.errors import InputError
from proxyless.lint import baseline
from proxyless.model.finding import Finding, Report
from proxyless.report.wording import counted
from proxyless.yamltext.lines import with_lines

if TYPE_CHECKING:
    from argparse import Namespace


def limited(
    given: "Namespace",
    report: Report,
    judge_read: Callable[[Reading, ConfigFile | None], Report],
    file: ConfigFile | None,
) -> tuple[Report, tuple[str, ...]]:
    """The report with what is new and bad enough, and notes about the rest."""
    notes = []
    if given.diff_base:

        def judged(paths: list[str], top: str, folder: str) -> Report:
            moved = file._replace(folder=file.folder.replace(top, folder, 1)) if file else None
            read = read_configured(given, paths, moved)
            found = judge_read(read, moved)
            return found._replace(findings=with_lines(found.findings, read.texts))

        report, note = against_revision(given, report, judged)
        notes.append(note)
    if given.min_severity:
        report = at_least(report, given.min_severity)
    if given.baseline:
        report, note = against_baseline(given, report)
        notes.append(note)
    return report, tuple(notes)


def against_baseline(given: "Namespace", report: Report) -> tuple[Report, str]:
    """The report with what the baseline knows among the excused, and a note about it; writes the baseline where asked to.

    Raises:
        InputError: the baseline cannot be read or written.
    """
    name = given.baseline
    if given.write_baseline:
        write_result(name, baseline.written(report.findings))
        new: list[Finding] = []
        old, gone = list(report.findings), 0
    else:
        new, old, gone = baseline.told_apart(report, baseline.read(read_result(name), name))
        if given.prune_baseline:
            write_result(name, baseline.written(old))
    excused = tuple(item._replace(excuse=f"known by {name}") for item in old)
    what = f"{name}: {counted(len(old), 'finding')} known"
    if gone:
        told = "removed" if given.prune_baseline else "not found any more; --prune-baseline removes them"
        what += f", {gone} {told}"
    return report._replace(findings=tuple(new), suppressed=(*report.suppressed, *excused)), what


def against_revision(
    given: "Namespace", report: Report, judge: Callable[[list[str], str, str], Report]
) -> tuple[Report, str]:
    """The report with only what the revision does not have, and a note about it.

    Args:
        given: the arguments.
        report: of the files as they are.
        judge: reads and judges paths from the current folder as the run does; takes the top of the repository and the folder
            that stands in its place, for the configuration.

    Raises:
        InputError: there is no such revision, or a path outside of the repository.
    """
    with tree_of(given.diff_base) as (top, folder):
        here = os.path.relpath(Path.cwd(), top)
        if here.startswith(".."):
            raise InputError("--diff-base works inside of the repository; run it there")
        there = Path(folder, here)
        there.mkdir(parents=True, exist_ok=True)
        paths = [_moved(path, top, folder) for path in given.path]
        with chdir(there):
            before = judge([path for path in paths if Path(path).exists()], top, folder)
    new, old, _ = baseline.told_apart(report, baseline.counted_prints(before.findings))
    known = f"{given.diff_base}: {counted(len(old), 'finding')} known there"
    return report._replace(findings=tuple(new)), f"only what is new since {known}"


def _moved(path: str, top: str, folder: str) -> str:
    """A path in the revision's folder; relative ones stay as they are, seen from the same place in it."""
    whole = os.path.relpath(Path(path).absolute(), top)
    if whole.startswith(".."):
        raise InputError("lies outside of the repository, so --diff-base has nothing to compare it with", where=path)
    return str(Path(folder, whole)) if Path(path).is_absolute() else path
