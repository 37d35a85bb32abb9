"""Versions and ranges of versions.

Used by the matrix, by ProxylessPolicy hints, by image and build information. No I/O, and no knowledge of what any
version can do: that is data (``matrix``).
"""

import re
from functools import lru_cache, total_ordering
from typing import Final

from proxyless.errors import InputError
from proxyless.model.pattern import pattern

_VERSION = pattern(
    r"[vV]?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?(?:\.\d{1,9})*"
    r"(?:[-+~_]([0-9A-Za-z][0-9A-Za-z.+_~-]*)|\.?((?:rc|a|b|alpha|beta|dev|post)\d*))?\Z",
    re.ASCII,
)
_PRERELEASE = pattern(r"(?:dev|alpha|beta|rc|pre|preview|snapshot|nightly|master|[ab]\d)", re.ASCII | re.IGNORECASE)


@total_ordering
class Version:
    """A release number, e.g. ``1.66.3``, ``v1.31-dev``, ``1.31.0-rc.0``; immutable.

    A missing patch number counts as 0 when ordered, a pre-release comes before its release. Suffixes of vendors and
    images (``1.27.3-distroless``, ``1.22.5-asm-1``) do not make a pre-release. :class:`Span` decides what
    "from 1.31" means for a pre-release or a missing patch number.
    """

    __slots__ = ("_key", "major", "minor", "patch", "pre")

    major: int
    minor: int
    patch: int | None
    """None where only ``major.minor`` is known: some patch release of that line."""
    pre: str
    """Pre-release as written, e.g. ``rc.0``; empty for a release."""

    def __init__(self, major: int, minor: int = 0, patch: int | None = None, pre: str = "") -> None:
        if min(major, minor, patch or 0) < 0:
            raise InputError(f"a version number cannot be negative: {major}.{minor}.{patch}")
        order = (major, minor, patch or 0, *_pre_key(pre))
        for name, value in (("major", major), ("minor", minor), ("patch", patch), ("pre", pre), ("_key", order)):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Version does not change: {name} = {value!r}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a Version does not change: {name}")

    @classmethod
    def parse(cls, text: str) -> "Version":
        """A version as people, tags and packages write it.

        Raises:
            InputError: the text holds no version.
        """
        return _parsed(text if isinstance(text, str) else repr(text))

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Version) else NotImplemented

    def __lt__(self, other: object) -> bool:
        return self._key < other._key if isinstance(other, Version) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    def __str__(self) -> str:
        """Normal form: no ``v``, the patch number only where it is known."""
        patch = "" if self.patch is None else f".{self.patch}"
        return f"{self.major}.{self.minor}{patch}{'-' if self.pre else ''}{self.pre}"

    def __repr__(self) -> str:
        return f"Version({str(self)!r})"

    def __reduce__(self) -> tuple[type["Version"], tuple[int, int, int | None, str]]:
        """Copies and pickles are made anew, since attributes cannot be set."""
        return Version, (self.major, self.minor, self.patch, self.pre)

    _key: tuple[object, ...]


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Version:
    match = _VERSION.match(text.strip())
    if match is None:
        raise InputError(f"{text!r} is not a version; write for example 1.66.3, v1.31 or 1.31.0-rc.0")
    major, minor, patch, dashed, attached = match.groups()
    suffix = dashed or attached or ""
    pre = suffix if _PRERELEASE.match(suffix) else ""
    return Version(int(major), int(minor or 0), None if patch is None else int(patch), pre)


def _pre_key(pre: str) -> tuple[object, ...]:
    """Orders a release after its pre-releases, numbers inside as numbers."""
    if not pre:
        return (1,)
    parts = re.findall(r"\d+|[A-Za-z]+", pre)
    return (0, tuple((0, int(part), "") if part.isdigit() else (1, 0, part.lower()) for part in parts))


_OPEN = (1 << 31, 1 << 31, 1 << 31)


class Span:
    """A range of releases, both ends included: ``1.41..1.72``, ``1.77..``, ``..1.28``, ``..`` (all).

    An end without a patch number includes all patches of its line. Pre-releases count as their release, since they
    carry its features. A version whose patch is not known counts as the newest patch of its line.

    Args:
        first: first release inside; None: from the beginning.
        last: last release inside; None: no end known.
    """

    __slots__ = ("_least", "_most", "first", "last")

    def __init__(self, first: Version | None = None, last: Version | None = None) -> None:
        self.first: Final = first
        self.last: Final = last
        self._least: Final = (-1,) if first is None else _floor(first)
        self._most: Final = (_OPEN[0] + 1,) if last is None else _ceiling(last)

    def __eq__(self, other: object) -> bool:
        return (self.first, self.last) == (other.first, other.last) if isinstance(other, Span) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.first, self.last))

    def __repr__(self) -> str:
        return f"Span({str(self)!r})"

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Reads ``first..last``; a text without dots pairs (``1.30``) is that line alone.

        Raises:
            InputError: an end is no version, or the ends are in the wrong order.
        """
        first, dots, last = text.partition("..")
        if not dots:
            last = first
        span = cls(
            Version.parse(first) if first.strip() else None,
            Version.parse(last) if last.strip() else None,
        )
        if span.first is not None and span.last is not None and _floor(span.first) > _ceiling(span.last):
            raise InputError(f"{text!r} is not a range of versions: it ends before it starts")
        return span

    def __contains__(self, version: Version) -> bool:
        return self._least <= _ceiling(version) <= self._most

    def __str__(self) -> str:
        """As :meth:`parse` reads it."""
        return f"{self.first or ''}..{self.last or ''}"

    @property
    def words(self) -> str:
        """For people: ``from 1.77``, ``up to 1.28``, ``1.41 to 1.72``; empty for all versions."""
        if self.first is None and self.last is None:
            return ""
        if self.last is None:
            return f"from {self.first}"
        if self.first is None:
            return f"up to {self.last}"
        return str(self.first) if str(self.first) == str(self.last) else f"{self.first} to {self.last}"

    def before(self, of: str = "") -> str:
        """What comes before it, for people: ``up to Istio 1.28`` for a range from 1.29 on, ``below 1.29.2`` from 1.29.2 on.

        Args:
            of: whose releases they are.
        """
        first, name = self.first, f"{of} " if of else ""
        if first is None:
            return ""
        if first.patch is None and first.minor:
            return f"up to {name}{first.major}.{first.minor - 1}"
        return f"below {name}{first}"


def _floor(version: Version) -> tuple[int, int, int]:
    return (version.major, version.minor, version.patch or 0)


def _ceiling(version: Version) -> tuple[int, int, int]:
    return (version.major, version.minor, _OPEN[2] if version.patch is None else version.patch)
