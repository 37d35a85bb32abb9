"""Findings as JSON, schema version 1. Pure and deterministic: the same input gives the same bytes.

Called by ``cli.show``. Within version 1 keys are only added. Lines and columns are 1-based, 0 where there is none.

    version      1
    tool         {name, version}
    schema       docs/schemas/lint-v1.schema.json describes all of it; a test holds the two together
    summary      {files, objects, ignored, checked, errors, warnings, infos, suppressed, problems, remarks, notices}: numbers,
                 and of the input: built {kustomizations, charts}, left_out {charts, kustomizations, templates, foreign,
                 excluded}, meshes (more than one where copies of an object contradict each other), copies
    findings     [finding]
    suppressed   [finding with reason], excused by annotation or ProxylessPolicy, in whose words the reason is
    statistics   [{code, slug, severity, number, fixable}], worst severity first
    problems     [{file, line, column, message}], input that cannot be read
    remarks      [{file, line, column, message}], what kubectl reads without a word: keys written twice
    notices      [{code, object or null, message, internal}], what was not checked; internal: a defect of ours

    finding      {code, slug, severity ("error", "warning", "info"), object, file, line, column, path, value, message,
                  applies (condition that could not be decided, else ""), remedy, command (does it on the live object, else ""),
                  evidence [text], related [object with file and line], deny, fingerprint (the same in each run that finds it),
                  fix ("safe", "unsafe": --fix repairs it; "" where it does not)}
    object       {kind, namespace, name}; Gateway API's Gateway has the kind KubernetesGateway
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from proxyless import __version__
from proxyless.errors import InputError
from proxyless.model.finding import Finding, Notice, Report, Severity
from proxyless.model.fingerprint import fingerprint
from proxyless.model.path import show
from proxyless.model.resource import Ref
from proxyless.report.lint_run import LintRun, PlaceOf, nowhere
from proxyless.report.statistics import statistics

VERSION = 1


def render(run: LintRun) -> str:
    """One run of lint as text."""
    return dumps(
        document(
            run.report,
            files=run.files,
            objects=run.objects,
            ignored=run.ignored,
            problems=run.problems,
            remarks=run.remarks,
            read=run.read,
            places=run.places,
        )
    )


def document(
    report: Report,
    *,
    files: int,
    objects: int,
    ignored: int,
    problems: Sequence[InputError],
    remarks: Sequence[InputError] = (),
    read: Mapping[str, Any] | None = None,
    places: PlaceOf = nowhere,
) -> dict[str, Any]:
    """The report as values that JSON can hold."""
    levels = {level: sum(finding.severity is level for finding in report.findings) for level in Severity}
    return {
        "version": VERSION,
        "tool": {"name": "proxyless", "version": __version__},
        "summary": {
            "files": files,
            "objects": objects,
            "ignored": ignored,
            "checked": report.checked,
            "errors": levels[Severity.ERROR],
            "warnings": levels[Severity.WARNING],
            "infos": levels[Severity.INFO],
            "suppressed": len(report.suppressed),
            "problems": len(problems),
            "remarks": len(remarks),
            "notices": len(report.notices),
            **(read or {}),
        },
        "findings": [_finding(item, places) for item in report.findings],
        "suppressed": [{**_finding(item, places), "reason": item.excuse} for item in report.suppressed],
        "statistics": [{**item._asdict(), "severity": item.severity.word} for item in statistics(report.findings)],
        "problems": [_input(item) for item in problems],
        "remarks": [_input(item) for item in remarks],
        "notices": [_notice(item) for item in report.notices],
    }


def dumps(values: dict[str, Any]) -> str:
    """The document as text, indented, ASCII only, with a line break at its end."""
    return json.dumps(values, indent=2, ensure_ascii=True) + "\n"


def _finding(item: Finding, places: PlaceOf) -> dict[str, Any]:
    return {
        "code": item.code,
        "slug": item.slug,
        "severity": item.severity.word,
        "object": _object(item.ref),
        "file": item.origin.file if item.origin else "",
        "line": item.line or (item.origin.line if item.origin else 0),
        "column": item.column,
        "path": show(item.path),
        "value": item.value,
        "message": item.message,
        "applies": item.applies,
        "remedy": item.remedy,
        "command": item.command,
        "evidence": list(item.evidence),
        "related": [{**_object(ref), **_place(item, ref, places)} for ref in item.related],
        "deny": item.deny,
        "fingerprint": fingerprint(item),
        "fix": "" if item.fix is None else "safe" if item.fix.safe else "unsafe",
    }


def _place(item: Finding, ref: Ref, places: PlaceOf) -> dict[str, Any]:
    origin = places(item, ref)
    return {"file": origin.file if origin else "", "line": origin.line if origin else 0}


def _input(item: InputError) -> dict[str, Any]:
    return {"file": item.where, "line": item.line, "column": item.column, "message": item.message}


def _notice(item: Notice) -> dict[str, Any]:
    return {
        "code": item.code,
        "object": _object(item.ref) if item.ref else None,
        "message": item.message,
        "internal": item.internal,
    }


def _object(ref: Ref) -> dict[str, str]:
    return {"kind": ref.kind, "namespace": ref.namespace, "name": ref.name}
