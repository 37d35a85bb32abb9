"""Runs a piece of work in a forked child, beside this process, and takes its answer through a pipe.

Called by ``cli.judging``. The child sees everything that was read before, costs no import, and ends with its answer: it flushes no
buffer of the parent's, runs none of its exit handlers and leaves nothing behind.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


def cores() -> int:
    """How many processes can run at the same time here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_fork() -> bool:
    """Whether a child can be made by fork. Not of a process with threads: the child would have their locks without them."""
    threading = sys.modules.get("threading")
    return hasattr(os, "fork") and (threading is None or threading.active_count() == 1)


class Child(Generic[T]):
    """One forked child at its work.

    Args:
        work: what it does; its answer must be a value that ``pickle`` takes.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._answer, end = os.pipe()
        self.process = os.fork()
        """Its id; 0 when it has ended."""
        if self.process == 0:
            os.close(self._answer)
            _work(work, end)
        os.close(end)

    def answer(self) -> T | None:
        """The answer, waited for. None where the child ended without a whole one: it was killed, or lacked memory."""
        from pickle import loads  # noqa: PLC0415  small runs need none of it

        with open(self._answer, "rb") as pipe:  # noqa: PTH123  a descriptor is no path
            data = pipe.read()
        self._answer = -1
        _, status = os.waitpid(self.process, 0)
        self.process = 0
        if status:
            return None
        found: T = loads(data)  # noqa: S301  our own child's
        return found

    def end(self) -> None:
        """Stop it where it still works."""
        if self.process:
            from signal import SIGKILL  # noqa: PLC0415  likewise

            os.kill(self.process, SIGKILL)
            os.waitpid(self.process, 0)
            self.process = 0
        if self._answer >= 0:
            os.close(self._answer)
            self._answer = -1


@contextmanager
def children(work: Sequence[Callable[[], T]]) -> Iterator[list[Child[T]]]:
    """Children at several pieces of work; none outlives the block, whatever ends it. Fewer than asked for where the system
    gives no more processes.
    """
    made: list[Child[T]] = []
    try:
        for piece in work:
            try:
                made.append(Child(piece))
            except OSError:
                break
        yield made
    finally:
        for child in made:
            child.end()


def _work(work: Callable[[], T], end: int) -> None:
    """What the child does, from its first step to its last."""
    code = 1
    try:
        from pickle import dumps  # noqa: PLC0415  small runs need none of it
        from signal import SIG_DFL, SIGINT, signal  # noqa: PLC0415

        signal(SIGINT, SIG_DFL)  # Ctrl-C is the parent's to tell of
        data = memoryview(dumps(work(), 5))
        while data:
            data = data[os.write(end, data) :]
        code = 0
    finally:
        os._exit(code)
