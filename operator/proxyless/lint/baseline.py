"""A baseline: findings that were there before a project began to look, so that only new ones count. Pure.

Called by the command line. Findings are told apart by ``model.fingerprint``, and counted, since several can be alike.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from proxyless.errors import InputError
from proxyless.model.finding import Finding, Report
from proxyless.model.fingerprint import VERSION, fingerprint
from proxyless.model.path import show


def told_apart(report: Report, known: Mapping[str, int]) -> tuple[list[Finding], list[Finding], int]:
    """Findings that are new, those that a baseline knows, and how many of its entries are gone."""
    left = Counter(known)
    new, old = [], []
    for finding in report.findings:
        key = fingerprint(finding)
        if left[key] > 0:
            left[key] -= 1
            old.append(finding)
        else:
            new.append(finding)
    return new, old, sum(left.values())


def counted_prints(findings: Iterable[Finding]) -> Counter[str]:
    """How often each fingerprint is there."""
    return Counter(map(fingerprint, findings))


def written(findings: Iterable[Finding]) -> str:
    """The text of a baseline: one line per fingerprint, in an order that makes small diffs."""
    entries: dict[str, dict[str, Any]] = {}
    for item in sorted(findings, key=lambda each: (each.code, *each.ref, show(each.path))):
        entry = entries.setdefault(
            fingerprint(item), {"code": item.code, "object": str(item.ref), "path": show(item.path), "number": 0}
        )
        entry["number"] += 1
    lines = [f"    {json.dumps(key)}: {json.dumps(entry)}" for key, entry in entries.items()]
    body = "{\n" + ",\n".join(lines) + "\n  }" if lines else "{}"
    return f'{{\n  "version": {VERSION},\n  "findings": {body}\n}}\n'


def read(text: str, name: str) -> dict[str, int]:
    """How often each fingerprint of a baseline's text is accepted.

    Raises:
        InputError: it is no baseline, or one of another version.
    """
    remedy = "write it anew with --write-baseline"
    try:
        values = json.loads(text)
        entries = values["findings"]
        version = values["version"]
        found = {str(key): int(entry["number"]) for key, entry in entries.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"is no baseline of proxyless ({type(error).__name__}); {remedy}", where=name) from error
    if version != VERSION:
        raise InputError(
            f"is a baseline of version {version}, and this proxyless reads {VERSION}; {remedy}", where=name
        )
    return found
