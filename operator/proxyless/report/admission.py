"""Findings as ``kubectl`` shows them at apply: warnings, and the reason of a rejection. Pure.

Called by ``webhook.admit``. The API server passes warnings on whole while all of a request together have at most 4096 bytes;
beyond that it cuts each at 256. It drops what holds control characters. So lines stand here with their remedy as far as all
fit, the most important first; the rest is kept within 255 bytes.
Source: ``pkg/endpoints/filters/warning.go`` of k8s.io/apiserver 0.36.
"""

from collections.abc import Sequence

from proxyless.model.finding import Finding
from proxyless.report.wording import clean, importance, place, says, shorten

SHORT = 255
"""Longest warning where not all can be told whole."""
ALL_BYTES = 3800
"""Most bytes of all warnings of one answer: other webhooks and the API server itself may have some of the 4096."""
MOST = 12
"""Warnings of one answer, the count of the rest included; 12 short ones stay below :data:`ALL_BYTES`."""
_DENIED = 8
"""Findings that a rejection spells out."""


def warnings(findings: Sequence[Finding], *, limit: int = MOST) -> tuple[str, ...]:
    """One warning per cause, most important first; what exceeds ``limit`` is counted in the last one.

    Findings of one rule that say the same of several places of the object are one cause.
    """
    causes: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in importance(findings):
        causes.setdefault((finding.code, says(finding), finding.remedy), []).append(finding)
    ordered = list(causes.values())
    told = ordered if len(ordered) <= limit else ordered[: limit - 1]
    rest = sum(map(len, ordered[len(told) :]))
    lines = [f"proxyless: ... and {rest} more: run proxyless lint"] if rest else []
    left = ALL_BYTES - sum(len(line.encode()) for line in lines)
    said = []
    for index, places in enumerate(told):
        room = left - SHORT * (len(told) - index - 1)
        said.append(_warning(places, room))
        left -= len(said[-1].encode())
    return (*said, *lines)


def denial(findings: Sequence[Finding]) -> str:
    """Why a request is rejected: object, field, reason, remedy and where to read more. Several lines for several findings."""
    ordered = importance(findings)
    lines = [_reason(finding) for finding in ordered[:_DENIED]]
    if len(ordered) > _DENIED:
        lines.append(f"... and {len(ordered) - _DENIED} more: run proxyless lint")
    return lines[0] if len(lines) == 1 else "\n".join(["", *(f"- {line}" for line in lines)])


def _warning(places: Sequence[Finding], room: int) -> str:
    """Code, object and field always; consequence and remedy where all of it fits into ``room`` bytes, else cut."""
    finding = places[0]
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    head = shorten(f"{finding.code} {clean(str(finding.ref))} {place(finding)}", 110 - len(more)) + f"{more}: "
    message = says(finding)
    whole = f"{head}{message.rstrip()} Fix: {clean(finding.remedy)}"
    if len(whole.encode()) <= max(room, SHORT):
        return whole
    hint = f" (proxyless explain {finding.code})"
    return shorten(head + message, SHORT - len(hint)) + hint


def _reason(finding: Finding) -> str:
    value = f" is {clean(finding.value)}" if finding.value else ""
    return (
        f"{clean(str(finding.ref))}, {place(finding)}{value}: {says(finding)} "
        f"Fix: {clean(finding.remedy)} ({finding.code}; proxyless explain {finding.code})"
    )
