"""Kopf, embedded: discovers the API and hands our server the function that runs the handlers. Restarts when it fails.

It runs in a thread with a loop of its own. Kopf cancels every task of its loop when it ends, and takes over the signals
of the main thread; there it would take our open connections with it. Called by ``webhook.main``.
"""

import asyncio
import contextlib
import logging
import selectors
import threading
import time
from collections.abc import Callable
from typing import Any, cast

import kopf

from proxyless.adapters.cluster import Cluster
from proxyless.errors import ClusterError
from proxyless.webhook.readiness import Readiness
from proxyless.webhook.server import KOPF, AdmissionServer

log = logging.getLogger(__name__)

SHORTEST_WAIT, LONGEST_WAIT = 0.5, 15.0
"""Seconds between two tries; doubled each time."""
LOGIN_WAIT = 2.0
"""Seconds between two tries to find out where the API server is."""
GOODBYES = 0.5
"""Seconds that the API server has to answer the end of TLS on what Kopf closed."""
STEADY = 60.0
"""Seconds after which a run counts as having worked, so that the next wait is short again."""


class Carrier:
    """The thread. ``registry`` holds the handlers of ``webhook.handlers``."""

    def __init__(
        self,
        registry: kopf.OperatorRegistry,
        server: AdmissionServer,
        readiness: Readiness,
        connect: Callable[[], Cluster] = Cluster.connect,
    ) -> None:
        self._registry = registry
        self._connect = connect
        self._server = server
        self._readiness = readiness
        self._stop = threading.Event()
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._thread = threading.Thread(target=self._run, name="kopf", daemon=True)
        kopf.on.login(registry=registry, id="login")(self._login)

    def start(self) -> None:
        """Start the thread; it tries until :meth:`stop`."""
        self._thread.start()

    def stop(self, timeout: float = 1.0) -> None:
        """Ask Kopf to end and wait that many seconds for it; the thread never keeps the process alive."""
        self._stop.set()
        if self._running is not None:
            loop, flag = self._running
            with contextlib.suppress(RuntimeError):  # the loop has closed meanwhile
                loop.call_soon_threadsafe(flag.set)
        if self._thread.is_alive():
            self._thread.join(timeout)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        wait = SHORTEST_WAIT
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                self._run_once()
                why = "Kopf ended"
            except Exception as error:  # noqa: BLE001  whatever ended it, admission goes on
                why = f"{type(error).__name__}: {error}".split("\n", 1)[0]
            if self._stop.is_set():
                return
            self._tell(why)
            if time.monotonic() - started > STEADY:
                wait = SHORTEST_WAIT
            self._stop.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def _run_once(self) -> None:
        sockets = selectors.DefaultSelector()

        async def run() -> None:
            try:
                await self._operate()
            finally:
                await _goodbyes(sockets)

        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(sockets)) as runner:
            runner.run(run())

    async def _operate(self) -> None:
        # Of this loop: Kopf would wait for a threading.Event in a thread that outlives its failure.
        flag = asyncio.Event()
        self._running = asyncio.get_running_loop(), flag
        if self._stop.is_set():
            return
        settings = kopf.OperatorSettings()
        settings.admission.server = self._server
        settings.posting.enabled = False
        settings.process.ultimate_exiting_timeout = None  # our main decides when the process ends
        settings.networking.error_backoffs = (0.5, 1)  # give up early, so that /readyz tells; we try again
        settings.networking.request_timeout = 10
        await kopf.operator(
            registry=self._registry,
            settings=settings,
            standalone=True,
            clusterwide=True,
            stop_flag=flag,
            identity=cast("Any", "proxyless"),  # else Kopf asks for a user name, which a container may not have
        )

    def _tell(self, why: str) -> None:
        text = (
            f"{why}; trying again. Needed: KUBECONFIG or a ServiceAccount, and the ClusterRole proxyless-webhook "
            "(kubectl apply -k manifests/)"
        )
        if self._server.carried:
            self._readiness.degrade(KOPF, f"{text}. Reviews are still answered, with the kinds known so far")
        else:
            self._readiness.miss(KOPF, text)

    def _login(self, **_: Any) -> kopf.ConnectionInfo:
        """Address and credentials as all other calls to the API server use them."""
        try:
            known = self._connect().connection()
        except ClusterError as error:
            self._tell(str(error))
            raise kopf.TemporaryError(
                str(error), delay=LOGIN_WAIT
            ) from error  # any other would leave Kopf waiting for ever
        scheme, _space, token = (known.authorization or "").rpartition(" ")
        return kopf.ConnectionInfo(
            server=known.server,
            ca_path=known.ca_path,
            insecure=not known.verify,
            certificate_path=known.certificate_path,
            private_key_path=known.key_path,
            scheme=scheme or None,
            token=token or None,
        )


async def _goodbyes(sockets: selectors.BaseSelector) -> None:
    """Wait for the ends of Kopf's connections: it closes them and does not wait, and a loop that has ended never will."""
    own = 1  # the loop's own, by which other threads wake it
    deadline = time.monotonic() + GOODBYES
    while len(sockets.get_map()) > own and time.monotonic() < deadline:  # noqa: ASYNC110  a socket sets no event
        await asyncio.sleep(0.01)
