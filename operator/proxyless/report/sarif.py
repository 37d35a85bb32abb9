"""Findings as SARIF 2.1.0 (OASIS), which code scanning services of GitHub, GitLab and Azure read. Pure and deterministic.

Called by ``cli.show``. Excused findings are in it as suppressed ones, with their reason; input that cannot be read makes
the invocation an unsuccessful one.
"""

import json
from typing import Any

from proxyless import __version__
from proxyless.errors import InputError
from proxyless.model.finding import Finding, Severity
from proxyless.model.fingerprint import VERSION, numbered
from proxyless.model.path import show
from proxyless.model.resource import Ref
from proxyless.report.lint_run import LintRun, PlaceOf
from proxyless.report.replacements import Replacement, replacement
from proxyless.report.wording import clean, says

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_STDIN = "-"


def render(run: LintRun) -> str:
    """One run as text, with a line break at its end."""
    report = run.report
    shown = (*report.findings, *report.suppressed)
    codes = sorted({item.code for item in shown})
    index = {code: number for number, code in enumerate(codes)}
    slugs = {item.code: item.slug for item in shown}
    rules = [_rule(code, slugs[code], run.pages.get(code, "")) for code in codes]
    told = {
        "tool": {"driver": {"name": "proxyless", "version": __version__, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, identity, index[item.code], run) for item, identity in numbered(shown)],
        "invocations": [
            {
                "executionSuccessful": not run.problems and not any(item.internal for item in report.notices),
                "toolExecutionNotifications": [
                    *(_notification(item, "error") for item in run.problems),
                    *(_notification(InputError(item.message), "error") for item in report.notices if item.internal),
                    *(_notification(item, "warning") for item in run.remarks),
                    *(_notification(InputError(note), "note") for note in run.notes),
                ],
            }
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [told]}, indent=2, ensure_ascii=True) + "\n"


def _rule(code: str, slug: str, page: str) -> dict[str, Any]:
    """A rule with its page as help, which code scanning shows beside a finding."""
    title, _, body = page.partition("\n")
    help_text = {"text": f"proxyless explain {code}"} | ({"markdown": page} if page else {})
    name = "".join(word.capitalize() for word in slug.split("-"))
    rule: dict[str, Any] = {"id": code, "name": name, "help": help_text}
    if page:
        summary = next((line for line in body.splitlines() if line.strip() and line[0] not in "|#`<-"), title)
        rule["shortDescription"] = {"text": clean(title.lstrip("# "))}
        rule["fullDescription"] = {"text": clean(summary)}
    return rule


def _result(item: Finding, identity: str, rule: int, run: LintRun) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": item.code,
        "ruleIndex": rule,
        "level": _LEVELS[item.severity],
        "message": {"text": clean(f"{says(item)} Fix: {item.remedy}")},
        "locations": [_location(item)],
        "partialFingerprints": {f"proxyless/v{VERSION}": identity},
        "properties": {"object": clean(str(item.ref)), "remedy": clean(item.remedy), "fix": _fix(item)},
    }
    if item.related:
        result["relatedLocations"] = [
            _related(number, item, ref, run.places) for number, ref in enumerate(item.related, 1)
        ]
    if found := replacement(item, run.subjects(item), run.texts):
        result["fixes"] = [_fixes(item, found)]
    if item.excuse:
        result["suppressions"] = [{"kind": "inSource", "justification": clean(item.excuse)}]
    return result


def _fix(item: Finding) -> str:
    return "" if item.fix is None else "safe" if item.fix.safe else "unsafe"


def _fixes(item: Finding, found: Replacement) -> dict[str, Any]:
    region = {"startLine": found.first, "startColumn": 1, "endLine": found.end, "endColumn": found.column}
    change = {
        "artifactLocation": {"uri": _uri(item.origin.file if item.origin else "")},
        "replacements": [{"deletedRegion": region, "insertedContent": {"text": found.text}}],
    }
    return {"description": {"text": clean(f"{_fix(item)}: {item.remedy}")}, "artifactChanges": [change]}


def _related(number: int, item: Finding, ref: Ref, places: PlaceOf) -> dict[str, Any]:
    origin = places(item, ref)
    location: dict[str, Any] = {
        "id": number,
        "message": {"text": clean(str(ref))},
        "logicalLocations": [{"kind": "resource", "fullyQualifiedName": clean(str(ref))}],
    }
    if origin and origin.file != _STDIN:
        location["physicalLocation"] = _place(origin.file, origin.line, 0)
    return location


def _location(item: Finding) -> dict[str, Any]:
    path = show(item.path)
    location: dict[str, Any] = {
        "logicalLocations": [{"kind": "resource", "fullyQualifiedName": clean(f"{item.ref} {path}".rstrip())}]
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
