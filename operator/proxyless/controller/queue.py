"""Objects that wait for their status to be written: the newest first, some at the end, some not before a certain time. For ``writer``, in one thread.

Each call costs as much as what it is given, however many wait.
"""

from collections import OrderedDict
from collections.abc import Sequence
from heapq import heappop, heappush

from proxyless.model.resource import Ref


class Queue:
    """Each object waits once: in line, or for its time.

    Times are those of ``time.monotonic()``.
    """

    def __init__(self) -> None:
        self._line: OrderedDict[Ref, None] = OrderedDict()
        self._times: dict[Ref, float] = {}
        self._heap: list[tuple[float, Ref]] = []
        self._blocked: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._line) + len(self._times)

    def put_first(self, refs: Sequence[Ref]) -> None:
        """Put these at the head of the line, in their order, whatever they waited for."""
        for ref in reversed(refs):
            self._times.pop(ref, None)
            self._line[ref] = None
            self._line.move_to_end(ref, last=False)

    def put_last(self, refs: Sequence[Ref]) -> None:
        """Put these at the end of the line, in their order; those that stand in it stay where they are."""
        for ref in refs:
            self._times.pop(ref, None)
            self._line.setdefault(ref)

    def put_later(self, ref: Ref, at: float) -> None:
        """Let an object wait until a time; one that waits already stays where it is."""
        if ref not in self._line and ref not in self._times:
            self._wait(ref, at)

    def block(self, kind: str, until: float) -> None:
        """Hand out no object of a kind before a time; of two times the later one counts."""
        self._blocked[kind] = max(until, self._blocked.get(kind, 0.0))

    def drop(self, ref: Ref) -> None:
        """Forget an object."""
        self._line.pop(ref, None)
        self._times.pop(ref, None)

    def take(self, now: float) -> Ref | None:
        """Take the next object out; None where all have to wait."""
        while self._heap and self._heap[0][0] <= now:
            at, ref = heappop(self._heap)
            if self._times.get(ref) == at:  # else it was put in line, or dropped, since
                del self._times[ref]
                self._line[ref] = None
        while self._line:
            ref, _ = self._line.popitem(last=False)
            until = self._blocked.get(ref.kind, 0.0)
            if until <= now:
                return ref
            self._wait(ref, until)
        return None

    def _wait(self, ref: Ref, at: float) -> None:
        self._times[ref] = at
        heappush(self._heap, (at, ref))
