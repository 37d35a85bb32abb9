"""Findings as one HTML page that needs nothing else: no script, no request to anywhere. Pure and deterministic.

Called by ``cli.show``. A policy in the page forbids what is not in it, in case that a name should ever get through.
"""

from collections.abc import Iterator
from html import escape

from proxyless import __version__
from proxyless.report.causes import Cause, causes
from proxyless.report.excerpt import Excerpts, MarkedLine
from proxyless.report.lint_run import LintRun
from proxyless.report.statistics import statistics
from proxyless.report.text import problem, summary
from proxyless.report.wording import clean, place, says

_STYLE = """\
:root { color-scheme: light dark; --line: #8884; --error: #c62828; --warning: #b26a00; --info: #1565c0; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); }
article { border-left: .2rem solid var(--line); padding: 0 1rem; margin: 2rem 0; }
article.error { border-color: var(--error); } article.warning { border-color: var(--warning); } article.info { border-color: var(--info); }
h3 { margin: 0; } pre { overflow-x: auto; padding: .2rem; border: 1px solid var(--line); }
mark { background: #ffd54f; color: #000; } .where { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def render(run: LintRun) -> str:
    """The whole page, with a line break at its end."""
    return "\n".join(_page(run)) + "\n"


def _page(run: LintRun) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>proxyless lint</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n<h1>proxyless lint</h1>"
    told = summary(run.report, files=run.files, objects=run.objects, problems=len(run.problems), cluster=run.cluster)
    yield f"<p>{_plain(told)}</p>"
    if run.problems:
        yield "<h2>Cannot be read</h2>\n<ul>"
        yield from (f"<li>{_plain(problem(item))}</li>" for item in run.problems)
        yield "</ul>"
    if run.report.findings:
        yield from _table(run)
    excerpts = Excerpts(run.texts)
    for cause in causes(run.report.findings):
        yield from _article(cause, run, excerpts)
    if run.report.suppressed:
        yield "<h2>Excused</h2>\n<ul>"
        yield from (
            f"<li>{item.code} {_plain(str(item.ref))} {_plain(place(item))}: {_plain(item.excuse)}</li>"
            for item in run.report.suppressed
        )
        yield "</ul>"
    yield f"<footer><p>proxyless {_plain(__version__)}</p></footer>\n</body>\n</html>"


def _table(run: LintRun) -> Iterator[str]:
    yield "<table>\n<thead><tr><th>severity</th><th>rule</th><th>findings</th></tr></thead>\n<tbody>"
    for item in statistics(run.report.findings):
        yield f"<tr><td>{item.severity.word}</td><td>{item.code} {_plain(item.slug)}</td><td>{item.number}</td></tr>"
    yield "</tbody>\n</table>"


def _article(cause: Cause, run: LintRun, excerpts: Excerpts) -> Iterator[str]:
    first = cause[0]
    yield f'<article class="{first.severity.word}">'
    yield f"<h3>{first.severity.word} {first.code} {_plain(first.slug)}</h3>"
    yield f"<p>{_plain(says(first))}</p>\n<p><strong>Fix:</strong> {_plain(first.remedy)}</p>"
    if first.command:
        yield f"<pre>{_plain(first.command)}</pre>"
    for item in cause:
        where = f"{item.origin.file}:{item.line or item.origin.line} " if item.origin else ""
        yield f'<p class="where">{_plain(where)}{_plain(str(item.ref))} {_plain(place(item))}</p>'
        if lines := excerpts.of(item):
            yield "<pre>" + "\n".join(map(_line, lines)) + "</pre>"
    if first.related:
        yield "<p>See also:</p>\n<ul>"
        for ref in first.related:
            origin = run.places(first, ref)
            there = f" ({_plain(origin.file)}:{origin.line})" if origin else ""
            yield f'<li class="where">{_plain(str(ref))}{there}</li>'
        yield "</ul>"
    if page := run.pages.get(first.code):
        yield f"<details><summary>{first.code}</summary><pre>{escape(page)}</pre></details>"
    yield "</article>"


def _line(line: MarkedLine) -> str:
    before, marked, after = line.text[: line.start], line.text[line.start : line.end], line.text[line.end :]
    return f"{line.number:>5} {escape(before)}" + (f"<mark>{escape(marked)}</mark>" if marked else "") + escape(after)


def _plain(text: str) -> str:
    return escape(clean(text))
