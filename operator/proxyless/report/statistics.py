"""Counts findings by rule. Pure; called by the formats."""

from collections.abc import Iterable

from proxyless.model.finding import Finding, Severity
from proxyless.model.record import NamedTuple


class RuleCount(NamedTuple):
    """How often one rule speaks with one severity."""

    code: str
    slug: str
    severity: Severity
    number: int
    fixable: int
    """How many of them ``--fix`` or ``--unsafe-fixes`` can repair."""


def statistics(findings: Iterable[Finding]) -> list[RuleCount]:
    """Worst severity first, then the most frequent rule."""
    found: dict[tuple[str, Severity], list[Finding]] = {}
    for item in findings:
        found.setdefault((item.code, item.severity), []).append(item)
    counts = [
        RuleCount(code, items[0].slug, severity, len(items), sum(item.fix is not None for item in items))
        for (code, severity), items in found.items()
    ]
    return sorted(counts, key=lambda item: (-item.severity, -item.number, item.code))


def table(findings: Iterable[Finding]) -> str:
    """The counts as lines for a terminal, empty without findings."""
    return "".join(
        f"{item.number:6}  {item.severity.word:7}  {item.code}  {item.slug}"
        + (f"  ({item.fixable} with a fix)" if item.fixable else "")
        + "\n"
        for item in statistics(findings)
    )
