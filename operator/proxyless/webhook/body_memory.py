"""Limits the memory that the bodies of all reviews take together. Used by ``webhook.body`` and ``webhook.server``.

Where there is no room left, a connection that still sends its body is closed; where all have sent theirs, it is waited until
one is answered.
"""

import asyncio
from typing import Self

from proxyless.process.connections import MEMORY, Connection, Connections, Stage


class BodyMemory:
    """Bytes that are held now.

    Args:
        connections: those that may be closed.
        limit: bytes in all.
    """

    def __init__(self, connections: Connections, limit: int) -> None:
        self._connections = connections
        self._limit = limit
        self.held = 0
        self.shares: dict[Connection, Reservation] = {}
        self._freed = asyncio.Event()

    async def take(self, share: "Reservation", size: int) -> None:
        """Hold that many bytes more for a share.

        Raises:
            ConnectionAbortedError: its connection was closed for its memory.
        """
        while True:
            if share.dropped:
                raise ConnectionAbortedError("closed to make room")
            if self.held == share.held or self.held + size <= self._limit:
                break
            if not self._drop_one(share):
                self._freed.clear()
                await self._freed.wait()
        self.held += size

    def free(self, size: int) -> None:
        """Hold that many bytes less."""
        self.held -= size
        self._freed.set()

    def _drop_one(self, but: "Reservation") -> bool:
        sending = (
            one for one, share in self.shares.items() if share.held and share is not but and one.stage is Stage.BODY
        )
        ended = self._connections.end_first(sending, MEMORY)
        if ended is None:
            return False
        self.shares[ended].drop()
        return True


class Reservation:
    """What one connection's review holds of the room; a context manager that gives it back at the end."""

    def __init__(self, room: BodyMemory, connection: Connection) -> None:
        self._room = room
        self._connection = connection
        self.held = 0
        self.dropped = False

    async def take(self, size: int) -> None:
        """Hold that many bytes more; see :meth:`BodyMemory.take`."""
        await self._room.take(self, size)
        self.held += size

    def drop(self) -> None:
        """Give it back before the end: its connection is closed."""
        self.dropped = True
        self._release()

    def __enter__(self) -> Self:
        self._room.shares[self._connection] = self
        return self

    def __exit__(self, *_: object) -> None:
        self._release()
        del self._room.shares[self._connection]

    def _release(self) -> None:
        self._room.free(self.held)
        self.held = 0
