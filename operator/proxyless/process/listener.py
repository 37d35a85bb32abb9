"""Accepts connections, with TLS or without, within limits that a server of the event loop does not have.

Such a server shows a connection only after its handshake, so that those before it could be neither counted nor closed.
Made and closed by ``webhook.server`` for reviews and by ``process.health`` for probes.
"""

import asyncio
import errno
import resource
import socket
import ssl
from collections.abc import Callable

from proxyless.process.connections import HANDSHAKE_FAILED, Connections, Stage
from proxyless.process.protocol import TrackedProtocol

BACKLOG = 1024
BURST = 32
"""Connections that are accepted between two looks at the others."""
SWEEP = 1.0
"""Seconds between two looks for what has stayed too long."""
GOODBYE = 1.0
"""Seconds that a peer has to answer the end of TLS."""
PAUSE = 0.1
"""Seconds until the next try where the process has no file descriptor left."""
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class Listener:
    """The listening socket of one replica.

    Args:
        listening: bound, not blocking; closed by :meth:`close`.
        context: TLS; None: plain HTTP.
        make: gives the protocol of a new connection.
        connections: where they are counted.
        looked: called after each sweep, to tell how near the limits are.
    """

    def __init__(
        self,
        listening: socket.socket,
        context: ssl.SSLContext | None,
        make: Callable[[], TrackedProtocol],
        connections: Connections,
        looked: Callable[[], None] = lambda: None,
    ) -> None:
        self._listening = listening
        self._context = context
        self._make = make
        self._connections = connections
        self._looked = looked
        self._loop = asyncio.get_running_loop()
        self._handshakes: set[asyncio.Task[None]] = set()
        self._sweeping: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Listen. Allows the process as many file descriptors as it may have."""
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (most, most)
        )  # the default of many systems is about --max-connections
        self._listening.listen(BACKLOG)
        self._loop.add_reader(self._listening, self._accept)
        self._sweeping = asyncio.create_task(self._sweep(), name="connections")

    async def close(self) -> None:
        """Accept no more, and end what has not finished its handshake."""
        self._loop.remove_reader(self._listening)
        self._listening.close()
        ending = [*self._handshakes, *([self._sweeping] if self._sweeping else [])]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    def _accept(self) -> None:
        for _ in range(BURST):
            try:
                accepted, address = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _EXHAUSTED:
                    raise
                self._loop.remove_reader(self._listening)
                self._loop.call_later(PAUSE, self._accept_again)
                return
            accepted.setblocking(False)
            self._take(accepted, address[0])

    def _accept_again(self) -> None:
        if self._sweeping is not None and not self._sweeping.done():
            self._loop.add_reader(self._listening, self._accept)

    def _take(self, accepted: socket.socket, peer: str) -> None:
        protocol = self._make()
        task = self._loop.create_task(self._handshake(protocol, accepted))
        self._handshakes.add(task)

        def done(task: asyncio.Task[None]) -> None:
            self._handshakes.discard(task)
            if task.cancelled():  # where that was before its first step, nobody else closes it
                accepted.close()

        task.add_done_callback(done)
        connection = self._connections.add(peer, task.cancel)
        if connection is None:
            task.cancel()
        else:
            protocol.connection = connection

    async def _handshake(self, protocol: TrackedProtocol, accepted: socket.socket) -> None:
        connection = protocol.connection
        try:
            await self._loop.connect_accepted_socket(
                lambda: protocol,
                accepted,
                ssl=self._context,
                **self._tls_times(),
            )
        except OSError:  # among them all of ssl: no TLS, no common version, no certificate that we ask for
            if connection.stage is Stage.HANDSHAKE:
                self._connections.end(connection, HANDSHAKE_FAILED)
        finally:
            if connection.stage is Stage.HANDSHAKE:
                self._connections.remove(connection)

    def _tls_times(self) -> dict[str, float]:
        if self._context is None:
            return {}
        handshake = self._connections.limits.handshake + 2 * SWEEP  # the sweep is first, and counts it
        return {"ssl_handshake_timeout": handshake, "ssl_shutdown_timeout": GOODBYE}

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP)
            self._connections.sweep()
            self._looked()
