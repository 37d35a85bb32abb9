"""Comments in files that speak to the linter, ``# proxyless: ignore PX502=reason``. Pure; called by the command line.

A comment behind a field is about that line, one on a line of its own about the next line that is not a comment, and
``# proxyless: ignore-file`` about the whole file. JSON has no comments.
"""

from collections.abc import Iterator

from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple

MARK = "proxyless: ignore"
"""What each of them holds; looked for first, since most texts have none."""
_COMMENT = pattern(r"(?:\A|(?<=\s))#\s*proxyless: ignore(-file)?(?=\s|\Z)\s*(.*)\Z")


class IgnoreComment(NamedTuple):
    """One comment."""

    line: int
    """Where it stands, 1-based."""
    about: int
    """The line that it is about; 0: the whole file."""
    text: str
    """What follows, ``PX502=reason``."""


def ignore_comments(text: str) -> Iterator[IgnoreComment]:
    """All of them, in order."""
    if MARK not in text:
        return
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        found = _COMMENT.search(line.rstrip("\r")) if MARK in line else None
        if found is None:
            continue
        whole, said = found.groups()
        alone = not line[: found.start()].strip()
        about = 0 if whole else _next(lines, number) if alone else number
        yield IgnoreComment(number, about, said)


def _next(lines: list[str], number: int) -> int:
    """The first line behind a comment that is none."""
    for index in range(number, len(lines)):
        if lines[index].strip() and not lines[index].lstrip().startswith("#"):
            return index + 1
    return number
