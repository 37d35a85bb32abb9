"""Findings as workflow commands of GitHub Actions, which show them at the lines of a pull request. Pure.

Called by ``cli.show``. Format: GitHub documentation, "Workflow commands for GitHub Actions".
"""

from collections.abc import Iterable

from proxyless.model.finding import Finding, Severity
from proxyless.report.wording import clean, says

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def annotations(findings: Iterable[Finding]) -> str:
    """One line for each finding."""
    return "".join(f"{_annotation(item)}\n" for item in findings)


def _annotation(item: Finding) -> str:
    text = clean(f"{item.ref}: {says(item)} Fix: {item.remedy} (proxyless explain {item.code})")
    places = {"title": f"{item.code} {item.slug}"}
    if item.origin:
        places |= {"file": clean(item.origin.file), "line": str(item.line or item.origin.line)}
        if item.column:
            places["col"] = str(item.column)
    properties = ",".join(f"{name}={_property(value)}" for name, value in places.items())
    return f"::{_COMMANDS[item.severity]} {properties}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
