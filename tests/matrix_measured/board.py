"""What a run has seen so far: kept in memory, written to disk every few seconds, and told as a line of progress. Called by `run`.

Writing the whole file for each result would cost more than the measurement.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from matrix_measured import record
from matrix_measured.case import ClientCase, ServerCase
from matrix_measured.cases import CASES, MESH
from matrix_measured.progress import Progress
from matrix_measured.record import Measurement

_EVERY = 20.0
"""Seconds between two writes, each with a line."""
_PARTS = ("clients", "policies", "istiod", "mesh")


class Board:
    """Results of one run. A context manager: writes and tells while it is open, and once more at its end."""

    def __init__(self, wanted: Iterable[str], progress: Progress | None) -> None:
        """``wanted``: what is to be played, as ``case with go 1.85.0``; ``progress``: None where the run is a partial one."""
        self._parts = {case.name: _part(case) for case in CASES}
        self._wanted, self._progress = set(wanted), progress
        self.done = set(progress.done) if progress else set[str]()
        self._fresh: dict[record.Key, Measurement] = {}
        self._lock, self._writing, self._closing = threading.Lock(), threading.Lock(), threading.Event()
        self._begun = time.monotonic()
        self._teller = threading.Thread(target=self._tell, name="progress", daemon=True)

    def __enter__(self) -> Self:
        self._teller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._teller.join()
        self.write()

    def save(self, found: Sequence[Measurement]) -> None:
        """Keep results; they are on disk some seconds later."""
        with self._lock:
            self._fresh.update({item.key: item for item in found})
            self.done.update(f"{item.case} with {item.library}" for item in found)

    def write(self) -> None:
        """Put on disk what is not there yet."""
        with self._writing:
            with self._lock:
                fresh, self._fresh = self._fresh, {}
                done = set(self.done)
            if fresh:
                record.merge(fresh.values())
                if self._progress:
                    self._progress.add(done)

    def line(self) -> str:
        """``12:40  813 of 2018 played: clients 700/1548, policies 62/357, istiod 51/93, mesh 0/17; behind: node 1.14.1``."""
        with self._lock:
            done = self.done & self._wanted
        total, here = Counter(map(self._part, self._wanted)), Counter(map(self._part, done))
        parts = ", ".join(f"{part} {here[part]}/{total[part]}" for part in _PARTS if total[part])
        minutes, seconds = divmod(int(time.monotonic() - self._begun), 60)
        open_ = sorted(name for name in self._wanted - done if self._part(name) == "clients")
        left = Counter(name.partition(" with ")[2] for name in open_)
        behind = f"; behind: {left.most_common(1)[0][0]}" if left else ""
        return f"{minutes:3d}:{seconds:02d}  {len(done)} of {len(self._wanted)} played: {parts}{behind}"

    def _part(self, name: str) -> str:
        return self._parts[name.partition(" with ")[0]]

    def _tell(self) -> None:
        told = ""
        while not self._closing.wait(_EVERY):
            self.write()
            line = self.line()
            if line[6:] != told:
                print(line, flush=True)
            told = line[6:]


def _part(case: object) -> str:
    if isinstance(case, ClientCase):
        return "clients"
    if isinstance(case, ServerCase):
        return "policies"
    return "mesh" if case in MESH else "istiod"
