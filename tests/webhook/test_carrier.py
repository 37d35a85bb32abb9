"""The thread that carries Kopf, without Kopf: what it leaves when its loop ends."""

import asyncio
import gc
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import kopf
import pytest

from proxyless.webhook.carrier import Carrier
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.readiness import Readiness
from proxyless.webhook.server import AdmissionServer
from proxyless.webhook.tls import ServingTls

Ended = tuple[Carrier, list[asyncio.WriteTransport]]


@contextmanager
def ended(monkeypatch: pytest.MonkeyPatch, leave: Callable[[asyncio.WriteTransport], object]) -> Iterator[Ended]:
    """A carrier that was stopped after a run which left one connection, and that connection."""
    left: list[asyncio.WriteTransport] = []

    async def operate(_: Carrier) -> None:
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, *listener.getsockname())
        leave(transport)
        left.append(transport)

    readiness = Readiness()
    carrier = Carrier(kopf.OperatorRegistry(), AdmissionServer(ServingTls(), readiness, Metrics()), readiness)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(Carrier, "_operate", operate)
        deadline = time.monotonic() + 30
        carrier.start()
        try:
            while not left and time.monotonic() < deadline:
                time.sleep(0.01)
        finally:
            carrier.stop(10)
        assert left, "it never ran"
        yield carrier, left


def test_connections_that_kopf_leaves_closing_end_before_its_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    def close_later(transport: asyncio.WriteTransport) -> None:
        asyncio.get_running_loop().call_later(0.1, transport.abort)

    with ended(monkeypatch, close_later) as (_, left):
        assert left.pop().is_closing()
        gc.collect()  # a transport that its loop left open warns here, and warnings are errors


def test_a_connection_that_never_ends_does_not_keep_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    with ended(monkeypatch, id) as (carrier, left):
        assert not carrier.alive
        with pytest.warns(ResourceWarning, match="unclosed"):
            _forget(left)


def _forget(transports: list[asyncio.WriteTransport]) -> None:
    transports.clear()
    gc.collect()
