"""Joins findings that have one cause, so that people read it once, with all its places. Pure.

Called by the formats for people. Formats for machines list each finding.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import Literal

from proxyless.model.finding import Finding
from proxyless.report.wording import counted, importance

GroupBy = Literal["object", "rule", "namespace"]
Cause = Sequence[Finding]
"""Findings that say the same of several places; never empty, all of one rule and severity."""
PER_NAMESPACE = frozenset({"PX109"})
"""Rules about the deployment as a whole rather than one object: told once for a namespace, behind what is about single objects."""


def causes(findings: Iterable[Finding]) -> list[Cause]:
    """Worst first; certain ones before those that may not apply; else in the order given."""
    found: dict[Hashable, list[Finding]] = {}
    for item in importance(findings):
        found.setdefault(_cause(item), []).append(item)
    return sorted(found.values(), key=lambda items: (-items[0].severity, items[0].code in PER_NAMESPACE))


def by_namespace(cause: Cause) -> bool:
    """Whether a cause is told in one line for its namespace."""
    return len(cause) > 1 and cause[0].code in PER_NAMESPACE


def groups(findings: Iterable[Finding], by: GroupBy) -> list[tuple[str, list[Finding]]]:
    """Findings under headings, the group with the worst finding first."""
    found: dict[str, list[Finding]] = {}
    for item in importance(findings):
        found.setdefault(_heading(item, by), []).append(item)
    return [(f"{name}: {counted(len(items), 'finding')}", items) for name, items in found.items()]


def _cause(item: Finding) -> Hashable:
    if item.code in PER_NAMESPACE:
        return item.code, item.severity, item.ref.namespace, item.remedy
    return item.code, item.severity, item.message, item.applies, item.remedy, item.command, item.related, item.excuse


def _heading(item: Finding, by: GroupBy) -> str:
    match by:
        case "object":
            return str(item.ref)
        case "rule":
            return f"{item.code} {item.slug}"
        case "namespace":
            return f"namespace {item.ref.namespace}" if item.ref.namespace else "cluster scope"
