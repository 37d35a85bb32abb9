"""The thread that carries Kopf, without Kopf: what it leaves when its loop ends."""

import asyncio
import gc
import socket
import time

import kopf
import pytest

from proxyless.webhook.carrier import Carrier
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.readiness import Readiness
from proxyless.webhook.server import AdmissionServer
from proxyless.webhook.tls import ServingTls


def test_connections_that_kopf_leaves_closing_end_before_its_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[asyncio.WriteTransport] = []

    async def leave_one_closing(_: Carrier) -> None:
        _reader, writer = await asyncio.open_connection(*listener.getsockname())
        left.append(writer.transport)
        asyncio.get_running_loop().call_later(0.1, writer.transport.abort)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(Carrier, "_operate", leave_one_closing)
        carrier = _carrier()
        carrier.start()
        while not left:
            time.sleep(0.01)
        carrier.stop(10)
        assert left.pop().is_closing()
        gc.collect()  # a transport that its loop left open warns here, and warnings are errors


def test_a_connection_that_never_ends_does_not_keep_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[asyncio.WriteTransport] = []

    async def leave_one_open(_: Carrier) -> None:
        _reader, writer = await asyncio.open_connection(*listener.getsockname())
        left.append(writer.transport)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(Carrier, "_operate", leave_one_open)
        carrier = _carrier()
        carrier.start()
        while not left:
            time.sleep(0.01)
        carrier.stop(10)
        assert not carrier.alive
        with pytest.warns(ResourceWarning, match="unclosed"):
            _forget(left)


def _forget(transports: list[asyncio.WriteTransport]) -> None:
    transports.clear()
    gc.collect()


def _carrier() -> Carrier:
    readiness = Readiness()
    return Carrier(kopf.OperatorRegistry(), AdmissionServer(ServingTls(), readiness, Metrics()), readiness)
