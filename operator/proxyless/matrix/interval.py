"""Intervals of releases over which an answer stays the same, as in "Go below 1.56". Used by ``judge``."""

from collections.abc import Iterable

from proxyless.model.record import NamedTuple
from proxyless.model.version import Span, Version


class Interval(NamedTuple):
    """From ``start`` (included) to ``stop`` (excluded); None: without a border."""

    start: Version | None = None
    stop: Version | None = None

    @property
    def words(self) -> str:
        """For people: ``below 1.56``, ``from 1.73``, ``1.73 to 1.76``; empty where there is no border."""
        if self.start is None:
            return "" if self.stop is None else f"below {_short(self.stop)}"
        if self.stop is None:
            return f"from {_short(self.start)}"
        first, last = _short(self.start), str(_before(self.stop))
        return first if first == last else f"{first} to {last}"

    @property
    def span(self) -> Span:
        """The same with both ends included."""
        return Span(self.start, None if self.stop is None else _before(self.stop))


def cut(floor: Version, spans: Iterable[Span]) -> list[tuple[Version, Interval]]:
    """All releases from ``floor`` on, cut where a span begins or ends: a release of each stretch, and the stretch.

    The first stretch has no start, since earlier releases are not in question.
    """
    borders: set[Version] = set()
    for span in spans:
        if span.first is not None:
            borders.add(_exact(span.first))
        if span.last is not None:
            borders.add(_after(span.last))
    lowest = _exact(floor)
    starts = [lowest, *sorted(border for border in borders if border > lowest)]
    stops = [*starts[1:], None]
    return [
        (start, Interval(None if start is lowest else start, stop)) for start, stop in zip(starts, stops, strict=True)
    ]


def _exact(version: Version) -> Version:
    return Version(version.major, version.minor, version.patch or 0)


def _after(last: Version) -> Version:
    """First release after a span's last one, whose line is wholly inside where it names no patch."""
    if last.patch is None:
        return Version(last.major, last.minor + 1, 0)
    return Version(last.major, last.minor, last.patch + 1)


def _before(stop: Version) -> Version:
    """Last release before a border; of the line before where the border is the first of a line."""
    if stop.patch:
        return Version(stop.major, stop.minor, stop.patch - 1)
    return Version(stop.major, max(stop.minor - 1, 0))


def _short(version: Version) -> str:
    return str(version) if version.patch else f"{version.major}.{version.minor}"
