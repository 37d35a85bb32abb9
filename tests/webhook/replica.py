"""A webhook replica as a process, as outside a cluster: ``python -m proxyless.webhook --url-mode ...``."""

import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.controlplane import ControlPlane
from lab.ports import free_port
from lab.process import Process, start

REPOSITORY = Path(__file__).resolve().parents[2]


class Replica:
    """One process. Several with one ``port`` share it."""

    def __init__(
        self, plane: ControlPlane, *arguments: str, port: int | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        self.port = port or free_port()
        self.health = free_port()
        self._plane = plane
        self._arguments = (f"--url-mode=127.0.0.1:{self.port}", f"--health-port={self.health}", *arguments)
        self._env = {"PYTHONPATH": str(REPOSITORY / "operator"), **plane.environment, **(env or {})}

    def start(self) -> Self:
        """Start it, without waiting for anything."""
        name = f"webhook-{self.health}"
        command = [sys.executable, "-m", "proxyless.webhook", *self._arguments]
        self.process: Process = start(name, command, self._plane.folder, env=self._env)
        return self

    @contextmanager
    def started(self) -> Iterator[Self]:
        """Started, without waiting for anything; killed at the end of the block if it still runs."""
        self.start()
        try:
            yield self
        finally:
            self.process.kill()

    def __enter__(self) -> Self:
        self.start()
        try:
            self.until("ok")
        except BaseException:
            self.process.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill()

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of the plain port; status 0 where it is not open."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.health}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def until(self, words: str, seconds: float = 30) -> str:
        """Wait until ``/readyz`` says these words (``ok`` for ready); returns all it says."""
        deadline = time.monotonic() + seconds
        while True:
            status, text = self.get("/readyz")
            if (text.startswith("ok\n") and status == 200) if words == "ok" else words in text:
                return text
            if time.monotonic() > deadline or self.process.exit_code is not None:
                raise AssertionError(f"/readyz never said {words!r}; last {status} {text}\n{self.process.tail()}")
            time.sleep(0.05)

    def count(self, sample: str) -> float:
        """A number of ``/metrics``, by the text before it."""
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith(sample + " "):
                return float(line.rpartition(" ")[2])
        return 0.0
