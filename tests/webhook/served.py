"""A webhook server inside the test process: the real server, the real Kopf, the real API server behind it."""

import asyncio
import functools
import selectors
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

import kopf

from lab.controlplane import ControlPlane
from lab.ports import free_port
from proxyless.adapters.cluster import KubernetesApi
from proxyless.process.readiness import Readiness
from proxyless.process.sockets import bound
from proxyless.webhook.carrier import Carrier
from proxyless.webhook.context import Context, nothing
from proxyless.webhook.handlers import register
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.pod_answers import PodAnswers
from proxyless.webhook.rotation import CertificateObjects, Keeper
from proxyless.webhook.server import KOPF, AdmissionServer
from proxyless.webhook.tls import ServingTls
from webhook.wire import Wire


class Served:
    """Starts on entry, ends on exit. ``context`` may be replaced at any time."""

    def __init__(self, plane: ControlPlane, *, wait: bool = True) -> None:
        self.context: Callable[[], Context] = nothing
        self.port = free_port()
        self.metrics = Metrics()
        self.readiness = Readiness(KOPF)
        self.tls = ServingTls()
        self.connect = functools.partial(KubernetesApi.connect, str(plane.kubeconfig))
        self.pods = PodAnswers(self._now, self.metrics)
        self.server = AdmissionServer(self.tls, self.readiness, self.metrics, known=self.pods.known)
        registry = kopf.OperatorRegistry()
        register(registry, self._now, self.metrics, self.pods)
        self.carrier = Carrier(registry, self.server, self.readiness, self.connect)
        self._sockets = selectors.DefaultSelector()
        self.loop = asyncio.SelectorEventLoop(self._sockets)
        self._thread = threading.Thread(target=self.loop.run_forever, name="served")
        self._wait = wait
        self._wires: list[Wire] = []

    def __enter__(self) -> Self:
        Keeper(
            self.connect, self.tls, CertificateObjects(names=("127.0.0.1",)), self.readiness, self.metrics
        ).provisional()
        self._thread.start()
        self.run(self.server.open(bound("127.0.0.1", self.port, "--port")))
        if self._wait:
            try:
                self.start_kopf()
            except BaseException:
                self._end()
                raise
        return self

    def start_kopf(self) -> None:
        self.carrier.start()
        deadline = time.monotonic() + 20
        while not self.readiness.ready and time.monotonic() < deadline:
            time.sleep(0.02)
        assert self.readiness.ready, self.readiness.report()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self.hang_up()
        self.carrier.stop(5)
        self.run(self.server.close())
        self.run(self._last_goodbyes())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _last_goodbyes(self) -> None:
        """Wait until each peer has answered the end of its TLS: what a closed loop still holds is a leak in a later test."""
        own = 1  # the loop's own, by which other threads wake it
        deadline = time.monotonic() + 10
        while len(self._sockets.get_map()) > own:
            assert time.monotonic() < deadline, "a connection never ended"
            await asyncio.sleep(0.02)

    def run(self, coroutine: object) -> object:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)  # type: ignore[arg-type]

    def _now(self) -> Context:
        return self.context()

    def wire(self) -> Wire:
        """A new connection; :meth:`hang_up` closes it."""
        made = Wire(self.port)
        self._wires.append(made)
        return made

    def hang_up(self) -> None:
        while self._wires:
            self._wires.pop().close()

    def count(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def know(self, **changes: object) -> None:
        """Replace parts of what admission knows."""
        made = replace(Context(), **changes)  # type: ignore[arg-type]
        self.context = lambda: made
