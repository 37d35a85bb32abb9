"""Findings as Markdown, for the summary of a pipeline run or a comment in a review. Pure and deterministic.

Called by ``cli.show``. CommonMark with GitHub's tables. Names and values come from files and must make neither markup nor HTML,
nor call anybody by name.
"""

import re
from collections.abc import Iterator

from proxyless.model.finding import Finding
from proxyless.report.causes import Cause, causes
from proxyless.report.lint_run import LintRun
from proxyless.report.text import problem, summary
from proxyless.report.wording import clean, place, says

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+!|~$-])")
_PLACES = 10


def render(run: LintRun) -> str:
    """A heading, one table with a row for each cause, worst first, then details of each."""
    lines = ["## proxyless lint", "", _plain(_summary(run)), ""]
    for item in run.problems:
        lines += [f"- **cannot be read**: {_plain(problem(item))}"]
    lines += [""] if run.problems else []
    told = causes(run.report.findings)
    if told:
        lines += ["| severity | rule | object | place |", "|---|---|---|---|", *map(_row, told), ""]
    for cause in told:
        lines += [*_details(cause), ""]
    if run.report.suppressed:
        lines += ["### Excused", ""]
        lines += [
            f"- {item.code} {_plain(str(item.ref))} {_plain(place(item))}: {_plain(item.excuse)}"
            for item in run.report.suppressed
        ]
        lines += [""]
    return "\n".join(lines)


def _summary(run: LintRun) -> str:
    return summary(run.report, files=run.files, objects=run.objects, problems=len(run.problems), cluster=run.cluster)


def _row(cause: Cause) -> str:
    first = cause[0]
    more = f" and {len(cause) - 1} more" if len(cause) > 1 else ""
    cells = (
        first.severity.word,
        f"{first.code} {_plain(first.slug)}",
        f"{_plain(str(first.ref))}{more}",
        _plain(_where(first)),
    )
    return f"| {' | '.join(cells)} |"


def _details(cause: Cause) -> Iterator[str]:
    first = cause[0]
    yield f"### {first.severity.word}: {first.code} {_plain(first.slug)}"
    yield ""
    for item in cause[:_PLACES]:
        value = f" = {_plain(item.value)}" if item.value else ""
        yield f"- {_plain(_where(item))} {_plain(str(item.ref))} {_plain(place(item))}{value}"
    if len(cause) > _PLACES:
        yield f"- and {len(cause) - _PLACES} more"
    yield ""
    yield _plain(says(first))
    yield ""
    yield f"**Fix:** {_plain(first.remedy)}"


def _where(item: Finding) -> str:
    return f"{item.origin.file}:{item.line or item.origin.line}" if item.origin else ""


def _plain(text: str) -> str:
    """Text that Markdown shows as it stands."""
    text = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKUP.sub(r"\\\1", text).replace("@", "@\u200b").replace("://", ":\u200b//")
