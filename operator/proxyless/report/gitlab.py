"""Findings as GitLab's Code Quality report, shown in merge requests and at the lines of a diff. Pure and deterministic.

Called by ``cli.show``. Format: GitLab documentation, "Code Quality", "Code Quality report format". It has no place for excused
findings, and objects of a cluster stand in no file: their path is kind, namespace and name.
"""

import json
from typing import Any

from proxyless.errors import InputError
from proxyless.model.finding import Finding, Severity
from proxyless.model.fingerprint import numbered
from proxyless.report.lint_run import LintRun
from proxyless.report.wording import clean, says

_LEVELS = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def render(run: LintRun) -> str:
    """A JSON list, with a line break at its end."""
    found = [_finding(item, identity) for item, identity in numbered(run.report.findings)]
    found += [_problem(item, number) for number, item in enumerate(run.problems, 1)]
    return json.dumps(found, indent=2, ensure_ascii=True) + "\n"


def _finding(item: Finding, identity: str) -> dict[str, Any]:
    return {
        "check_name": f"{item.code} {item.slug}",
        "description": clean(f"{item.ref}: {says(item)} Fix: {item.remedy}"),
        "fingerprint": identity,
        "severity": _LEVELS[item.severity],
        "location": {
            "path": _path(item.origin.file if item.origin else str(item.ref)),
            "lines": {"begin": item.line or (item.origin.line if item.origin else 1)},
        },
    }


def _problem(item: InputError, number: int) -> dict[str, Any]:
    return {
        "check_name": "input",
        "description": clean(f"cannot be read: {item.message}"),
        "fingerprint": f"input-{number}",
        "severity": "blocker",
        "location": {"path": _path(item.where or "input"), "lines": {"begin": item.line or 1}},
    }


def _path(file: str) -> str:
    """Relative to the repository, as GitLab wants it."""
    return clean(file.replace("\\", "/")).removeprefix("./")
