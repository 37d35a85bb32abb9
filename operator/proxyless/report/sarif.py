"""Findings as SARIF 2.1.0 (OASIS), which code scanning services of GitHub, GitLab and Azure read. Pure and deterministic.

Called by ``cli.show``. Excused findings are in it as suppressed ones, with their reason; input that cannot be read makes
the invocation an unsuccessful one.
"""

import json
from collections.abc import Sequence
from typing import Any

from proxyless import __version__
from proxyless.errors import InputError
from proxyless.model.finding import Finding, Report, Severity
from proxyless.model.path import show
from proxyless.report.wording import clean, says

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_STDIN = "-"


def dumps(
    report: Report, *, problems: Sequence[InputError], remarks: Sequence[InputError] = (), notes: Sequence[str] = ()
) -> str:
    """One run as text, with a line break at its end."""
    shown = (*report.findings, *report.suppressed)
    run = {
        "tool": {"driver": {"name": "proxyless", "version": __version__, "rules": _rules(shown)}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(item) for item in shown],
        "invocations": [
            {
                "executionSuccessful": not problems and not any(item.internal for item in report.notices),
                "toolExecutionNotifications": [
                    *(_notification(item, "error") for item in problems),
                    *(_notification(item, "warning") for item in remarks),
                    *(_notification(InputError(note), "note") for note in notes),
                ],
            }
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=True) + "\n"


def _rules(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    slugs = {item.code: item.slug for item in findings}
    return [
        {"id": code, "name": slug, "help": {"text": f"proxyless explain {code}"}}
        for code, slug in sorted(slugs.items())
    ]


def _result(item: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": item.code,
        "level": _LEVELS[item.severity],
        "message": {"text": clean(f"{says(item)} Fix: {item.remedy}")},
        "locations": [_location(item)],
    }
    if item.excuse:
        result["suppressions"] = [{"kind": "inSource", "justification": clean(item.excuse)}]
    return result


def _location(item: Finding) -> dict[str, Any]:
    path = show(item.path)
    location: dict[str, Any] = {
        "logicalLocations": [{"kind": "resource", "fullyQualifiedName": f"{item.ref} {path}".rstrip()}]
    }
    if item.origin and item.origin.file != _STDIN:
        location["physicalLocation"] = _place(item.origin.file, item.line or item.origin.line, item.column)
    return location


def _notification(item: InputError, level: str) -> dict[str, Any]:
    told: dict[str, Any] = {"level": level, "message": {"text": clean(item.message)}}
    if item.where and item.where != _STDIN:
        told["locations"] = [{"physicalLocation": _place(item.where, item.line, item.column)}]
    return told


def _place(file: str, line: int, column: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(file)}}
    region = {name: value for name, value in (("startLine", line), ("startColumn", column)) if value}
    return place | ({"region": region} if line else {})


def _uri(file: str) -> str:
    """A path as a URI reference: relative ones stay relative, to the folder where the run was started."""
    from urllib.parse import quote  # noqa: PLC0415  only this format needs it

    relative = file.replace("\\", "/").removeprefix("./").encode("utf-8", "surrogateescape")  # names are bytes
    return f"file://{quote(relative)}" if relative.startswith(b"/") else quote(relative)
