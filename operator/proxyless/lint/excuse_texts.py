"""Reads what authors write to excuse findings: the annotation, comments and suppressions of ``proxyless.yaml`` share one form.

``PX502=mirror is for the gateway only until 2027-03-31; PX503=...``: a reason is required, ``until`` and a date lets it end.
Called by the rule about excuses without effect and by the command line. Pure.
"""

from collections.abc import Iterator
from datetime import date

from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple

_UNTIL = pattern(r"(?:\A|\s+)until\s+(\S+)\Z")


class ExcuseText(NamedTuple):
    """One code that is excused, as it is written."""

    code: str
    reason: str
    """With its end, as findings show it."""
    until: str = ""
    """``2027-03-31``, or what stands in its place; empty where it never ends."""

    @property
    def why_not(self) -> str:
        """Why it has no effect by its form, whatever is found; empty where it may have one. Reads on from "The excuse of PX502"."""
        if not self.code:
            return f"names no rule: {self.reason}"
        if not self.reason or _UNTIL.fullmatch(self.reason):
            return "gives no reason, so it does not count"
        if self.until and _day(self.until) is None:
            return f"ends at {self.until!r}, which is no date"
        return ""

    def ended(self, today: str) -> bool:
        """Whether it ended, on a day such as ``2027-03-31``."""
        return bool(self.until) and today >= self.until


def excuse_texts(text: str) -> Iterator[ExcuseText]:
    """Each entry of a text; those that cannot be read too, without a code."""
    for entry in text.split(";"):
        if entry.strip():
            code, _, reason = (part.strip() for part in entry.partition("="))
            end = _UNTIL.search(reason)
            known = code.upper() if code.upper()[:2] == "PX" and " " not in code else ""
            yield ExcuseText(known, reason if known else entry.strip(), end.group(1) if end else "")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2027-03-31") else None
    except ValueError:
        return None
