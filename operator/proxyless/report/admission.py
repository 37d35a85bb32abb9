"""Findings as ``kubectl`` shows them at apply: warnings, and the reason of a rejection. Pure.

Called by ``webhook.admit``. The API server cuts a warning over 256 bytes and all of them at 4096, and drops what holds
control characters; nothing here exceeds that.
"""

from collections.abc import Sequence

from proxyless.model.finding import Finding
from proxyless.report.wording import clean, importance, place, says, shorten

WARNING_BYTES = 255
"""Longest warning."""
MOST = 12
"""Warnings of one answer, the count of the rest included; 12 of them stay below 4096 bytes."""
_DENIED = 8
"""Findings that a rejection spells out."""


def warnings(findings: Sequence[Finding], *, limit: int = MOST) -> tuple[str, ...]:
    """One warning per finding, most important first; what exceeds ``limit`` is counted in the last one."""
    ordered = importance(findings)
    told = ordered if len(ordered) <= limit else ordered[: limit - 1]
    lines = [_warning(finding) for finding in told]
    if len(told) < len(ordered):
        lines.append(f"proxyless: ... and {len(ordered) - len(told)} more: run proxyless lint")
    return tuple(lines)


def denial(findings: Sequence[Finding]) -> str:
    """Why a request is rejected: object, field, reason, remedy and where to read more. Several lines for several findings."""
    ordered = importance(findings)
    lines = [_reason(finding) for finding in ordered[:_DENIED]]
    if len(ordered) > _DENIED:
        lines.append(f"... and {len(ordered) - _DENIED} more: run proxyless lint")
    return lines[0] if len(lines) == 1 else "\n".join(["", *(f"- {line}" for line in lines)])


def _warning(finding: Finding) -> str:
    """Code, object and field always; the consequence as far as it fits; the remedy where all of it fits."""
    head = shorten(f"{finding.code} {clean(str(finding.ref))} {place(finding)}: ", 120)
    message = says(finding)
    whole = f"{head}{message} Fix: {clean(finding.remedy)}"
    if len(whole.encode()) <= WARNING_BYTES:
        return whole
    hint = f" (proxyless explain {finding.code})"
    return shorten(head + message, WARNING_BYTES - len(hint)) + hint


def _reason(finding: Finding) -> str:
    value = f" is {clean(finding.value)}" if finding.value else ""
    return (
        f"{clean(str(finding.ref))}, {place(finding)}{value}: {says(finding)} "
        f"Fix: {clean(finding.remedy)} ({finding.code}; proxyless explain {finding.code})"
    )
