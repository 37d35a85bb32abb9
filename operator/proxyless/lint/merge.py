"""Merges the reports of several meshes that share objects. Called by ``cli.lint``; pure."""

from collections.abc import Sequence

from proxyless.lint.engine import order
from proxyless.model.finding import Finding, Report


def merged(reports: Sequence[Report]) -> Report:
    """All findings in order; what several meshes say alike of an object is said once."""
    return Report(
        _once([finding for report in reports for finding in report.findings]),
        tuple(dict.fromkeys(notice for report in reports for notice in report.notices)),
        _once([finding for report in reports for finding in report.suppressed]),
        sum(report.checked for report in reports),
    )


def _once(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(dict.fromkeys(findings), key=order))
