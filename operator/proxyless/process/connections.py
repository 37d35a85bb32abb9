"""Who is connected to one port, how far each has come, and which connection is closed when there are too many.

Filled by ``process.listener`` and ``process.protocol``; does no I/O but through each connection's ``end``. All in one loop.

Order of closing: connections that have not sent one whole request, first those of the address that has most of them, oldest
first; then connections that have, longest unused first. One whose request is being answered is never closed. So a client that
opens thousands takes its own connections away, and new ones are always accepted.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from proxyless.process.limits import Limits


class Stage(Enum):
    """How far a connection has come; the value is its label in metrics."""

    HANDSHAKE = "handshake"
    SILENT = "silent"
    """Nothing of a request has come since the handshake or the last answer."""
    HEAD = "head"
    BODY = "body"
    REVIEW = "review"
    """A whole request is here and not answered yet; at the reviews port that is a review."""


FULL, FULL_UNFINISHED, MEMORY = "full", "full_unfinished", "memory"
HANDSHAKE_TIME, HEAD_TIME, BODY_TIME, IDLE_TIME = "handshake_time", "head_time", "body_time", "idle_time"
HANDSHAKE_FAILED = "handshake_failed"
REASONS = (FULL, FULL_UNFINISHED, MEMORY, HANDSHAKE_TIME, HANDSHAKE_FAILED, HEAD_TIME, BODY_TIME, IDLE_TIME)
"""Why we close connections, as labels of the metric."""
FOR_ROOM = frozenset({FULL, FULL_UNFINISHED, MEMORY})
"""Reasons that mean that a limit was reached."""


@dataclass(slots=True, eq=False)
class Connection:
    """One connection, from ``accept`` to its end."""

    peer: str
    end: Callable[[], object]
    """Closes it at once; replaced when the handshake is done."""
    since: float
    """When it came to its stage, by the monotonic clock."""
    stage: Stage = Stage.HANDSHAKE
    proven: bool = False
    """Whether it has sent one whole request."""


@dataclass(slots=True)
class Connections:
    """All connections to one port.

    Args:
        limits: how many there may be, and for how long in each stage.
        closed: called with the reason and the address for each one that we close.
    """

    limits: Limits
    closed: Callable[[str, str], None]
    unfinished: int = 0
    """How many are not proven."""
    _by_peer: dict[str, dict[Connection, None]] = field(default_factory=dict)
    """Those that are not proven, oldest first."""
    _proven: dict[Connection, None] = field(default_factory=dict)
    """Longest unused first."""

    def __len__(self) -> int:
        return self.unfinished + len(self._proven)

    def stages(self) -> Counter[Stage]:
        """How many are at each stage."""
        return Counter(one.stage for one in self._all())

    def add(self, peer: str, end: Callable[[], object]) -> Connection | None:
        """A connection that was just accepted; another one is closed for it where a limit is reached.

        None where it cannot be had: every other one has a request that is being answered.
        """
        if self.unfinished >= self.limits.unfinished:
            self._end_first_unfinished(FULL_UNFINISHED)
        if len(self) >= self.limits.connections and not (
            self._end_first_unfinished(FULL) or self._end_longest_unused()
        ):
            self.closed(FULL, peer)
            return None
        made = Connection(peer, end, time.monotonic())
        self._by_peer.setdefault(peer, {})[made] = None
        self.unfinished += 1
        return made

    def move(self, one: Connection, stage: Stage) -> None:
        """It has come to a stage. At REVIEW it is proven."""
        one.stage, one.since = stage, time.monotonic()
        if stage is Stage.REVIEW and self._forget(one):  # also moves one that is proven to the end of the order
            one.proven = True
            self._proven[one] = None

    def remove(self, one: Connection) -> None:
        """It has ended, by whomever. May be called again."""
        self._forget(one)

    def end(self, one: Connection, reason: str) -> None:
        """Close it, count it, forget it."""
        if self._forget(one):
            self.closed(reason, one.peer)
            one.end()

    def end_first(self, candidates: Iterable[Connection], reason: str) -> Connection | None:
        """Close the one of these that is first in turn, and return it; None where there is none."""
        found = min(
            candidates,
            key=lambda one: (one.proven, -len(self._by_peer.get(one.peer, ())), one.since),
            default=None,
        )
        if found is not None:
            self.end(found, reason)
        return found

    def sweep(self) -> None:
        """Close what has stayed at its stage for too long. The time of a body is kept where it is read."""
        now = time.monotonic()
        longest = {
            Stage.HANDSHAKE: (self.limits.handshake, HANDSHAKE_TIME),
            Stage.HEAD: (self.limits.head, HEAD_TIME),
            Stage.SILENT: (self.limits.idle, IDLE_TIME),
        }
        for one in self._all():
            seconds, reason = longest.get(one.stage, (0, ""))
            if reason and now - one.since > seconds:
                self.end(one, reason)

    def _all(self) -> list[Connection]:
        return [*(one for peer in self._by_peer.values() for one in peer), *self._proven]

    def _end_first_unfinished(self, reason: str) -> bool:
        for group in sorted(self._by_peer.values(), key=len, reverse=True):
            for one in group:
                if one.stage is not Stage.REVIEW:
                    self.end(one, reason)
                    return True
        return False

    def _end_longest_unused(self) -> bool:
        found = next((one for one in self._proven if one.stage is not Stage.REVIEW), None)
        if found is not None:
            self.end(found, FULL)
        return found is not None

    def _forget(self, one: Connection) -> bool:
        """Take it out; False where it was not in."""
        if one in self._proven:
            del self._proven[one]
            return True
        group = self._by_peer.get(one.peer, {})
        if one not in group:
            return False
        del group[one]
        if not group:
            del self._by_peer[one.peer]
        self.unfinished -= 1
        return True
