"""Thousands of connections from one client that send nothing whole: reviews go on, memory stays (fault F3).

``PROXYLESS_FLOOD=20000`` opens as many; the default is 3,000. Needs no cluster.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from child import running
from webhook.wire import Wire, pod, review

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
CONNECTIONS = int(os.environ.get("PROXYLESS_FLOOD", "3000"))
GROWTH = 64 * 1024
"""KiB that a flood may cost."""
ADDRESSES = ("127.0.0.1", "127.0.0.2")
"""The flood comes from the first, as some of the API server's connections do."""


@contextmanager
def program(name: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A program of this folder, and the first line that it prints; it ends when its input is closed."""
    command = [sys.executable, str(HERE / name), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "operator")}
    with running(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout is not None
        yield child, child.stdout.readline().decode()


class Asker(threading.Thread):
    """Asks for reviews as an API server does: on one kept connection, or each time on a new one."""

    def __init__(self, port: int, address: str, *, kept: bool) -> None:
        super().__init__()
        self._port, self._address, self._kept = port, address, kept
        self.stop = threading.Event()
        self.seconds: list[float] = []
        self.failed: list[str] = []

    def run(self) -> None:
        wire = self._wire()
        while not self.stop.is_set():
            started = time.perf_counter()
            try:
                reply = wire.ask("/inject/namespace", review(pod(), plural="pods"))
                if reply.status != 200 or "patch" not in reply.response:
                    self.failed.append(f"{reply.status} {reply.text[:200]}")
            except OSError as error:
                self.failed.append(repr(error))
            self.seconds.append(time.perf_counter() - started)
            if not self._kept:
                wire.close()
                wire = self._wire()
            time.sleep(0.02)
        wire.close()

    def _wire(self) -> Wire:
        wire = Wire(self._port)
        wire.connection.source_address = (self._address, 0)
        return wire


def memory(child: subprocess.Popen[bytes], field: str) -> int:
    """``VmRSS`` or ``VmHWM`` (the highest so far) of a process, KiB."""
    for line in Path(f"/proc/{child.pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    raise AssertionError(field)


@pytest.mark.timeout(240 + CONNECTIONS // 10)
def test_thousands_of_idle_connections_stop_no_review_and_cost_little_memory() -> None:
    with program("flooded_server.py") as (server, first):
        port = int(first)
        askers = [Asker(port, address, kept=True) for address in ADDRESSES] + [Asker(port, ADDRESSES[1], kept=False)]
        for asker in askers:
            asker.start()
        try:
            time.sleep(2)  # what every process takes at its first reviews
            before, calm = memory(server, "VmRSS"), [len(asker.seconds) for asker in askers]
            with program("flood_client.py", str(port), str(CONNECTIONS)) as (_, told):
                opened, held = map(int, told.split())
                grown = memory(server, "VmHWM") - before
        finally:
            for asker in askers:
                asker.stop.set()
            for asker in askers:
                asker.join()
    for asker, first_flooded in zip(askers, calm, strict=True):
        flooded = sorted(asker.seconds[first_flooded:])
        print(
            f"{len(flooded)} reviews, p50 {flooded[len(flooded) // 2]:.4f} s, p99 {flooded[len(flooded) * 99 // 100]:.4f} s"
        )
        assert asker.failed == []
        assert flooded
    print(f"{opened} connections opened, {held} held at the end, the server grew by {grown} KiB")
    assert opened == CONNECTIONS
    assert grown < GROWTH
