"""Makes in the background what later acts of the demo need, one thing after the other, and says how long the rest takes.

`lab.demo.play` opens it, shows something meanwhile, and waits here before each act. Only who waits prints, so what the
workshop does never gets between the lines of what is shown. The thread ends with the block: what is made stays in the
cache, what is half made is removed.
"""

import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from lab.demo.needed import Act, Task
from lab.progress import Pace, StoppedError, about, background, duration, say

_TELL_EVERY = 20.0
_LONGEST_END = 20.0
"""Seconds that what is being made gets to end."""


class Workshop:
    """One thread that works off a list of tasks."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.tasks = tuple(tasks)
        self.pace = Pace({task.name: task.seconds for task in tasks})
        self._done: dict[str, float] = {}
        self._shown: set[str] = set()
        self._failed: BaseException | None = None
        self._changed = threading.Condition()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="demo-workshop", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(_LONGEST_END)

    def seconds_to(self, act: Act) -> float:
        """Estimated seconds until an act has all that it needs."""
        wanted = self._needed_for(act)
        return self.pace.left(wanted[-1]) if set(wanted) - set(self._done) else 0.0

    def wait_for(self, act: Act, what: str) -> None:
        """Wait until an act has all it needs, telling what is made and when `what` begins; raises what making raised."""
        wanted = self._needed_for(act)
        told = 0.0
        while True:
            with self._changed:
                missing = set(wanted) - set(self._done)
                if self._failed is not None and missing:
                    raise self._failed
                if missing and not set(self._done) - self._shown:
                    self._changed.wait(1)
            for name in [name for name in self._done if name not in self._shown]:
                self._shown.add(name)
                say(f"{name}: there after {duration(self._done[name])}{self._rest(act, what)}")
                told = time.monotonic()
            if not missing:
                return
            if time.monotonic() - told >= _TELL_EVERY and self.pace.current:
                told = time.monotonic()
                say(f"{self.pace.current} for {duration(self.pace.elapsed)}{self._rest(act, what)}")

    def _rest(self, act: Act, what: str) -> str:
        seconds = self.seconds_to(act)
        return f"; {about(seconds)} to {what}" if seconds else ""

    def _needed_for(self, act: Act) -> list[str]:
        """Names of the tasks up to the last one of that act."""
        last = max((number for number, task in enumerate(self.tasks) if task.act is act), default=-1)
        return [task.name for task in self.tasks[: last + 1]]

    def _work(self) -> None:
        with background(self._stop):
            for task in self.tasks:
                started = time.monotonic()
                self.pace.begin(task.name)
                try:
                    if self._stop.is_set():
                        return
                    task.make()
                except StoppedError:
                    return
                except BaseException as error:  # noqa: BLE001  who waits for it raises it
                    with self._changed:
                        self._failed = error
                        self._changed.notify_all()
                    return
                self.pace.end(task.name)
                with self._changed:
                    self._done[task.name] = time.monotonic() - started
                    self._changed.notify_all()
