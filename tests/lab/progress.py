"""What the lab says while it works, how long the rest will take, and work in a thread that is quiet and can be stopped.

Called by whatever in the lab takes long: `lab.build`, `lab.node.external`, `lab.node.needs`, and by the demo, which has such
work done beside what it shows.
"""

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from lab.errors import LabError

_SLOWEST, _FASTEST = 8.0, 0.05
"""Bounds of how an estimate is corrected: one odd task says little."""
_TELLING = 20.0
"""Seconds of estimated work from which finished tasks tell how fast this machine is."""
_LEAST, _OVERRUN = 3.0, 0.1
"""What an unfinished task is always said to take still: so many seconds, and this part of what it has taken."""

_thread = threading.local()


class StoppedError(LabError):
    """Work in the background was told to end."""


@contextmanager
def background(stop: threading.Event) -> Iterator[None]:
    """What this thread does in the block is quiet, and ends soon after `stop` is set."""
    _thread.stop = stop
    try:
        yield
    finally:
        _thread.stop = None


def in_background() -> bool:
    """Whether this thread works beside another one that has the screen."""
    return getattr(_thread, "stop", None) is not None


def raise_if_stopped() -> None:
    """Raise StoppedError where this thread works in the background and was told to end."""
    stop = getattr(_thread, "stop", None)
    if stop is not None and stop.is_set():
        raise StoppedError("stopped")


def say(text: str) -> None:
    """A line for the person who waits; nothing from a thread in the background."""
    if not in_background():
        print(f"lab: {text}", file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Seconds as people say them, to the second."""
    whole = round(seconds)
    return f"{whole} s" if whole < 100 else f"{whole // 60} min {whole % 60} s"


def about(seconds: float) -> str:
    """Seconds of an estimate, no more exact than it is."""
    if seconds < 95:
        return f"about {max(5, 5 * round(seconds / 5))} s"
    return f"about {round(seconds / 60)} min"


class Pace:
    """How long tasks that are done one after the other will still take.

    It begins with estimates in seconds (measured cold, on 2 cores) and corrects them by how long the finished ones took here.
    One thread works and calls `begin` and `end`, any other may ask.
    """

    def __init__(self, estimates: Mapping[str, float]) -> None:
        self._estimates = dict(estimates)
        self._took: dict[str, float] = {}
        self._now: tuple[str, float] | None = None

    def begin(self, name: str) -> None:
        """A task starts."""
        self._now = (name, time.monotonic())

    def end(self, name: str) -> None:
        """It is done."""
        if self._now is not None and self._now[0] == name:
            self._took[name] = time.monotonic() - self._now[1]
        self._now = None

    @property
    def current(self) -> str:
        """The task that is being done; empty between two."""
        now = self._now
        return now[0] if now else ""

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        now = self._now
        return time.monotonic() - now[1] if now else 0.0

    def left(self, last: str = "") -> float:
        """Seconds until all tasks, or those up to and with `last`, are done."""
        factor = self._factor()
        current, elapsed = self.current, self.elapsed
        seconds = 0.0
        for name, estimate in self._estimates.items():
            if name == current:
                seconds += max(_LEAST, _OVERRUN * elapsed, estimate * factor - elapsed)
            elif name not in self._took:
                seconds += estimate * factor
            if name == last:
                break
        return seconds

    def _factor(self) -> float:
        """How much longer than estimated things take here, by what is done and by what already takes too long."""
        took, estimated = sum(self._took.values()), sum(self._estimates[name] for name in self._took)
        measured = took / estimated if estimated >= _TELLING else 1.0
        current, elapsed = self.current, self.elapsed
        if current and elapsed > self._estimates[current] * measured:
            late = (took + elapsed) / max(estimated + self._estimates[current], 1.0)
            measured = max(measured, late)
        return min(_SLOWEST, max(_FASTEST, measured))
