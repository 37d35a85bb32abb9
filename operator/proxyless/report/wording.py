"""Small pieces of text that all formats share, so that one finding reads alike everywhere. Pure.

Called by the other modules of this folder.
"""

from collections.abc import Iterable

from proxyless.model.finding import Finding
from proxyless.model.path import show


def clean(text: str) -> str:
    """Text in one line without control characters: line breaks become spaces, others are shown by their escapes.

    Names and values come from files and requests; they must not steer a terminal or break an HTTP header.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else " " if char.isspace() else char.encode("unicode_escape").decode()
        for char in text
    )


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` bytes of UTF-8, cut at a character, with an ellipsis where something is lost."""
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return text
    return data[: max(limit - 3, 0)].decode("utf-8", "ignore").rstrip() + "…" if limit >= 3 else ""  # noqa: PLR2004  the ellipsis has 3 bytes


def says(finding: Finding) -> str:
    """The message, with the condition that could not be decided."""
    return clean(f"{finding.message} Applies if {finding.applies}." if finding.applies else finding.message)


def place(finding: Finding) -> str:
    """The field as a user would type it, ``(whole object)`` where the finding has none."""
    return clean(show(finding.path)) or "(whole object)"


def importance(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, worst first; certain ones before those that may not apply; else as they were."""
    return sorted(findings, key=lambda item: (-item.severity, not item.deny, bool(item.applies)))


def counted(number: int, noun: str) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
