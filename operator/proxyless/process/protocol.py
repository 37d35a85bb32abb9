"""aiohttp's server and protocol, which tell ``process.connections`` how far each connection has come.

Made by ``webhook.server`` and ``process.health``, one protocol for each connection by ``process.listener``. Decides nothing.
"""

import asyncio
from typing import Any, cast

from aiohttp import web

from proxyless.process.connections import Connection, Connections, Stage


class TrackedProtocol(web.RequestHandler):
    """One connection's HTTP/1.1."""

    __slots__ = ("_connections", "connection")

    connection: Connection
    """Set by the listener before the handshake."""

    def __init__(self, manager: web.Server, connections: Connections, **settings: Any) -> None:
        super().__init__(manager, **settings)
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The handshake is done. From here on an abrupt end: the peer of an orderly one could make us wait for it."""
        super().connection_made(transport)
        self.connection.end = cast("asyncio.Transport", transport).abort
        self.at(Stage.SILENT)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request."""
        if self.connection.stage is Stage.SILENT:
            self.at(Stage.HEAD)
        super().data_received(data)

    async def finish_response(self, *arguments: Any) -> Any:
        """An answer is written."""
        try:
            return await super().finish_response(*arguments)
        finally:
            self.at(Stage.SILENT)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The end."""
        self._connections.remove(self.connection)
        super().connection_lost(exc)

    def at(self, stage: Stage) -> None:
        """It has come to a stage."""
        self._connections.move(self.connection, stage)


class TrackedServer(web.Server):
    """Makes a :class:`TrackedProtocol` for each connection."""

    def __init__(self, handler: Any, connections: Connections, **settings: Any) -> None:
        super().__init__(handler, **settings)
        self._tracked = connections
        self._settings = settings

    def __call__(self) -> TrackedProtocol:
        """A protocol for one connection."""
        return TrackedProtocol(self, self._tracked, loop=asyncio.get_running_loop(), **self._settings)
