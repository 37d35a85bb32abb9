"""Findings as workflow commands of GitHub Actions, which show them at the lines of a pull request. Pure.

Called by ``cli.show``. Format: GitHub documentation, "Workflow commands for GitHub Actions". GitHub shows the first ten of a
step, so the worst come first.
"""

from proxyless.errors import InputError
from proxyless.model.finding import Finding, Severity
from proxyless.report.lint_run import LintRun
from proxyless.report.wording import clean, importance, says

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(run: LintRun) -> str:
    """One line for each input that cannot be read and for each finding."""
    problems = [_problem(item, "error") for item in run.problems]
    remarks = [_problem(item, "warning") for item in run.remarks]
    found = [_finding(item) for item in importance(run.report.findings)]
    return "".join(f"{line}\n" for line in (*problems, *found, *remarks))


def _finding(item: Finding) -> str:
    text = clean(f"{item.ref}: {says(item)} Fix: {item.remedy} (proxyless explain {item.code})")
    places = {"title": f"{item.code} {item.slug}"}
    if item.origin:
        places |= {"file": clean(item.origin.file), "line": str(item.line or item.origin.line)}
        if item.column:
            places["col"] = str(item.column)
    return _command(_COMMANDS[item.severity], places, text)


def _problem(item: InputError, level: str) -> str:
    places = {"title": "proxyless: input"}
    if item.where:
        places["file"] = clean(item.where)
        places |= {name: str(value) for name, value in (("line", item.line), ("col", item.column)) if value}
    return _command(level, places, clean(item.message))


def _command(level: str, places: dict[str, str], text: str) -> str:
    properties = ",".join(f"{name}={_property(value)}" for name, value in places.items())
    return f"::{level} {properties}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
