"""The port for probes and metrics: real sockets, no cluster."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from prometheus_client import CollectorRegistry, Gauge

from proxyless.errors import ProxylessError
from proxyless.process.health import HealthPort
from proxyless.process.limits import Limits
from proxyless.process.sockets import bound

Opened = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Port:
    """An open health port and who asks it."""

    def __init__(self, number: int, health: HealthPort) -> None:
        self.number = number
        self.health = health
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self) -> Opened:
        opened = await asyncio.open_connection("127.0.0.1", self.number)
        self._writers.append(opened[1])
        return opened

    async def ask(self, path: str, method: str = "GET") -> tuple[int, str]:
        reader, writer = await self.connect()
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        head, _, text = (await asyncio.wait_for(reader.read(), 30)).decode().partition("\r\n\r\n")
        return int(head.split()[1]), text

    async def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)


@asynccontextmanager
async def opened(*, ready: bool = True, **limits: float) -> AsyncIterator[Port]:
    registry = CollectorRegistry()
    asked = Gauge("asked", "Times that it was measured.", registry=registry)
    health = HealthPort(registry, lambda: (ready, "why"), asked.inc, Limits(**limits))  # type: ignore[arg-type]
    listening = bound("127.0.0.1", 0, "--health-port")
    port = Port(listening.getsockname()[1], health)
    health.open(listening)
    try:
        yield port
    finally:
        await port.hang_up()
        await health.close()


async def test_the_three_paths_answer_and_no_other() -> None:
    async with opened() as port:
        assert await port.ask("/healthz") == (200, "ok\n")
        assert await port.ask("/readyz") == (200, "why\n")
        assert "asked 1.0" in (await port.ask("/metrics"))[1]
        assert (await port.ask("/reviews"))[0] == 404
        assert (await port.ask("/readyz", "POST"))[0] == 405
        assert await port.ask("/healthz", "HEAD") == (200, "")


async def test_what_is_not_ready_says_so() -> None:
    async with opened(ready=False) as port:
        assert await port.ask("/readyz") == (503, "why\n")


async def test_a_thousand_silent_connections_keep_no_probe_out_and_are_bounded() -> None:
    async with opened(connections=20, unfinished=10) as port:
        for _ in range(1000):
            await port.connect()
        assert await port.ask("/healthz") == (200, "ok\n")
        assert len(port.health.connections) <= 20


async def test_a_scraper_keeps_its_connection_under_a_flood() -> None:
    async with opened(connections=20, unfinished=10) as port:
        reader, writer = await port.connect()
        for _ in range(3):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            head = await asyncio.wait_for(reader.readuntil(b"ok\n"), 30)
            assert head.startswith(b"HTTP/1.1 200")
            for _ in range(50):
                await port.connect()


async def test_one_whose_headers_never_end_is_closed() -> None:
    async with opened(head=0.1) as port:
        reader, writer = await port.connect()
        writer.write(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
        await asyncio.wait_for(_ended(reader), 30)


async def _ended(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(ConnectionError):
        assert await reader.read() == b""


async def test_an_address_that_is_taken_is_named_with_the_flag() -> None:
    async with opened() as port:
        with pytest.raises(ProxylessError, match=f"127.0.0.1:{port.number}: .*choose another with --health-port"):
            bound("127.0.0.1", port.number, "--health-port")
