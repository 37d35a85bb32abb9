"""Kopf embedded, without Kopf: what a run leaves when its loop ends, and how it is asked to end."""

import asyncio
import gc
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import kopf
import pytest

from proxyless.adapters import embedded
from proxyless.adapters.api_values import ApiCredentials
from proxyless.adapters.embedded import Embedded
from proxyless.errors import ClusterError

Left = list[asyncio.WriteTransport]


def made() -> Embedded:
    def connection() -> ApiCredentials:
        raise ClusterError("no access")

    return Embedded(kopf.OperatorRegistry(), embedded.settings(), connection)


@contextmanager
def ended(monkeypatch: pytest.MonkeyPatch, leave: Callable[[asyncio.WriteTransport], object]) -> Iterator[Left]:
    """What a run left that has ended: one connection."""
    left: Left = []

    async def operate(_: Embedded) -> None:
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, *listener.getsockname())
        leave(transport)
        left.append(transport)

    monkeypatch.setattr(Embedded, "_operate", operate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        made().run()
        yield left


def test_connections_that_kopf_leaves_closing_end_before_its_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    def close_later(transport: asyncio.WriteTransport) -> None:
        asyncio.get_running_loop().call_later(0.1, transport.abort)

    with ended(monkeypatch, close_later) as left:
        assert left.pop().is_closing()
        gc.collect()  # a transport that its loop left open warns here, and warnings are errors


def test_a_connection_that_never_ends_does_not_keep_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    with ended(monkeypatch, id) as left, pytest.warns(ResourceWarning, match="unclosed"):
        _forget(left)


def _forget(transports: Left) -> None:
    transports.clear()
    gc.collect()


def test_one_that_is_stopped_before_it_runs_returns_at_once() -> None:
    one = made()
    one.stop()
    one.run()


def test_one_that_waits_for_a_login_ends_when_it_is_asked_to() -> None:
    asked = threading.Event()

    def connection() -> ApiCredentials:
        asked.set()
        raise ClusterError("no access")

    one = Embedded(kopf.OperatorRegistry(), embedded.settings(), connection)
    thread = threading.Thread(target=one.run)
    thread.start()
    assert asked.wait(30)
    one.stop()
    thread.join(30)
    assert not thread.is_alive()
