"""Findings as JUnit XML, which Jenkins, GitLab, Azure and others show as tests. Pure and deterministic.

Called by ``cli.show``. A finding that fails the run (``--fail-on``) is a failed test, one below that a passed one with its text
as output, an excused one a skipped one, input that cannot be read an error. A run that says nothing is one passed test,
since many readers take a file without any for a broken one.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from proxyless.errors import InputError
from proxyless.model.finding import Finding
from proxyless.report.lint_run import LintRun
from proxyless.report.wording import clean, place, says


def render(run: LintRun) -> str:
    """The whole document, with a line break at its end."""
    report = run.report
    failed = sum(item.severity >= run.fail_on for item in report.findings)
    cases = [
        *(_finding(item, failed=item.severity >= run.fail_on) for item in report.findings),
        *(_skipped(item) for item in report.suppressed),
        *(_problem(item) for item in run.problems),
        *(_defect(item.code, item.message) for item in report.notices if item.internal),
    ]
    defects = sum(item.internal for item in report.notices)
    if not cases:
        cases = ['<testcase classname="proxyless" name="no findings"/>']
    totals = f'tests="{len(cases)}" failures="{failed}" errors="{len(run.problems) + defects}" skipped="{len(report.suppressed)}"'
    body = "\n".join(f"    {case}" for case in cases)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="proxyless" {totals} time="0">\n'
        f'  <testsuite name="proxyless lint" {totals} time="0">\n{body}\n  </testsuite>\n</testsuites>\n'
    )


def _case(item: Finding, inner: str) -> str:
    where = item.origin.file if item.origin else item.ref.namespace or "cluster"
    return f"<testcase {_named(where, f'{item.code} {item.slug}: {item.ref} {place(item)}')}>{inner}</testcase>"


def _finding(item: Finding, *, failed: bool) -> str:
    text = escape("\n".join(_lines(item)))
    if not failed:
        return _case(item, f"<system-out>{text}</system-out>")
    return _case(
        item, f"<failure type={quoteattr(item.severity.word)} message={quoteattr(says(item))}>{text}</failure>"
    )


def _skipped(item: Finding) -> str:
    return _case(item, f"<skipped message={quoteattr(clean(item.excuse))}/>")


def _problem(item: InputError) -> str:
    where = ":".join(str(part) for part in (item.where, item.line, item.column) if part) or "input"
    message = quoteattr(clean(item.message))
    return f'<testcase {_named(where, "input that cannot be read")}><error type="input" message={message}/></testcase>'


def _defect(code: str, message: str) -> str:
    return (
        f'<testcase {_named("proxyless", code)}><error type="internal" message={quoteattr(clean(message))}/></testcase>'
    )


def _named(where: str, name: str) -> str:
    return f"classname={quoteattr(clean(where))} name={quoteattr(clean(name))}"


def _lines(item: Finding) -> Iterator[str]:
    if item.origin:
        yield f"{clean(item.origin.file)}:{item.line or item.origin.line}:{item.column or 1}"
    yield f"{clean(str(item.ref))}  {place(item)}" + (f" = {clean(item.value)}" if item.value else "")
    yield says(item)
    yield f"fix: {clean(item.remedy)}"
    if item.command:
        yield f"run: {clean(item.command)}"
    yield f"why: proxyless explain {item.code}"
