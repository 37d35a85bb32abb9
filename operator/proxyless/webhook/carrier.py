"""The thread that keeps Kopf running beside our server: Kopf discovers the API and hands it the function that runs the handlers.

Restarts Kopf when it fails, and tells ``/readyz`` why. Called by ``webhook.main``.
"""

import logging
import threading
import time
from collections.abc import Callable

import kopf

from proxyless.adapters import embedded
from proxyless.adapters.api_values import ApiCredentials
from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.embedded import Embedded
from proxyless.errors import ClusterError
from proxyless.process.readiness import Readiness
from proxyless.webhook.server import KOPF, AdmissionServer

log = logging.getLogger(__name__)

SHORTEST_WAIT, LONGEST_WAIT = 0.5, 15.0
"""Seconds between two tries; doubled each time."""
STEADY = 60.0
"""Seconds after which a run counts as having worked, so that the next wait is short again."""


class Carrier:
    """The thread. ``registry`` holds the handlers of ``webhook.handlers``."""

    def __init__(
        self,
        registry: kopf.OperatorRegistry,
        server: AdmissionServer,
        readiness: Readiness,
        connect: Callable[[], KubernetesApi] = KubernetesApi.connect,
    ) -> None:
        self._connect = connect
        self._server = server
        self._readiness = readiness
        self._stop = threading.Event()
        self._kopf = Embedded(registry, _settings(server), self._connection)
        self._thread = threading.Thread(target=self._run, name="kopf", daemon=True)

    def start(self) -> None:
        """Start the thread; it tries until :meth:`stop`."""
        self._thread.start()

    def stop(self, timeout: float = 1.0) -> None:
        """Ask Kopf to end and wait that many seconds for it; the thread never keeps the process alive."""
        self._stop.set()
        self._kopf.stop()
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
                self._kopf.run()
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

    def _tell(self, why: str) -> None:
        text = (
            f"{why}; trying again. Needed: KUBECONFIG or a ServiceAccount, and the ClusterRole proxyless-webhook "
            "(kubectl apply -k manifests/)"
        )
        if self._server.carried:
            self._readiness.degrade(KOPF, f"{text}. Reviews are still answered, with the kinds known so far")
        else:
            self._readiness.miss(KOPF, text)

    def _connection(self) -> ApiCredentials:
        try:
            return self._connect().connection()
        except ClusterError as error:
            self._tell(str(error))
            raise


def _settings(server: AdmissionServer) -> kopf.OperatorSettings:
    settings = embedded.settings()
    settings.admission.server = server
    settings.networking.error_backoffs = (0.5, 1)  # give up early, so that /readyz tells; we try again
    settings.networking.request_timeout = 10
    return settings
