"""The plain HTTP port for probes and metrics: ``/healthz``, ``/readyz``, ``/metrics``. Decides nothing, sees no review.

Served by both long-running parts, each with its own answers, and bounded as the reviews port is: whoever opens thousands
of connections takes their own away.
"""

import socket
from collections.abc import Callable
from typing import cast

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest

from proxyless.process.connections import Connections, Stage
from proxyless.process.limits import Limits
from proxyless.process.listener import Listener
from proxyless.process.protocol import TrackedProtocol, TrackedServer

LIMITS = Limits(connections=100, unfinished=50)
"""Far above what a kubelet and a few scrapers open."""
GRACE = 0.2
"""Seconds for answers on their way when the port closes."""

Ready = Callable[[], tuple[bool, str]]
"""Whether a replica is ready, and what it lacks in words."""


class HealthPort:
    """The port of one process.

    Args:
        registry: what ``/metrics`` shows.
        ready: asked anew at each ``/readyz``.
        measure: called before each ``/metrics``, for what is not counted as it happens.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        ready: Ready,
        measure: Callable[[], None] = lambda: None,
        limits: Limits = LIMITS,
    ) -> None:
        self._registry = registry
        self._ready = ready
        self._measure = measure
        self.connections = Connections(limits, lambda _reason, _peer: None)
        self._answers = {"/healthz": self._healthz, "/readyz": self._readyz, "/metrics": self._metrics}
        self._http: TrackedServer | None = None
        self._listener: Listener | None = None

    def open(self, listening: socket.socket) -> None:
        """Start to serve on a bound socket."""
        self._http = TrackedServer(self._handle, self.connections, access_log=None, keepalive_timeout=2 * LIMITS.idle)
        self._listener = Listener(listening, None, self._http, self.connections)
        self._listener.open()

    async def close(self) -> None:
        """Stop to serve."""
        if self._listener is not None and self._http is not None:
            await self._listener.close()
            self._http.pre_shutdown()
            await self._http.shutdown(GRACE)

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        cast("TrackedProtocol", request.protocol).at(Stage.REVIEW)
        answer = self._answers.get(request.path)
        if answer is None:
            return web.Response(status=404, text=f"unknown path: answered are {', '.join(self._answers)}\n")
        if request.method not in ("GET", "HEAD"):
            refusal = web.Response(status=405, text="only GET is answered here\n", headers={"Allow": "GET, HEAD"})
            refusal.force_close()
            return refusal
        return answer()

    def _healthz(self) -> web.Response:
        """As long as the event loop runs."""
        return web.Response(text="ok\n")

    def _readyz(self) -> web.Response:
        is_ready, text = self._ready()
        return web.Response(text=f"{text}\n", status=200 if is_ready else 503)

    def _metrics(self) -> web.Response:
        self._measure()
        kind = "text/plain; version=0.0.4; charset=utf-8"
        return web.Response(body=generate_latest(self._registry), headers={"Content-Type": kind})
