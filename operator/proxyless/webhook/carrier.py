"""Kopf, embedded: discovers the API and hands our server the function that runs the handlers. Restarts when it fails.

It runs in a thread with a loop of its own. Kopf cancels every task of its loop when it ends, and takes over the signals
of the main thread; there it would take our open connections with it. Called by ``webhook.main``.
"""

import asyncio
import logging
import threading
from typing import Any

import kopf

from proxyless.webhook.readiness import Readiness
from proxyless.webhook.server import KOPF, AdmissionServer

log = logging.getLogger(__name__)

LONGEST_WAIT = 15.0
"""Seconds between two tries while the API server cannot be reached."""
API_SERVER = "api-server"


class Carrier:
    """The thread. ``registry`` holds the handlers of ``webhook.handlers``."""

    def __init__(self, registry: kopf.OperatorRegistry, server: AdmissionServer, readiness: Readiness) -> None:
        self._registry = registry
        self._server = server
        self._readiness = readiness
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kopf", daemon=True)
        kopf.on.login(registry=registry, id="login")(_login)

    def start(self) -> None:
        """Start the thread; it tries until :meth:`stop`."""
        self._thread.start()

    def stop(self, timeout: float = 1.0) -> None:
        """Ask Kopf to end and wait that many seconds for it; the thread never keeps the process alive."""
        self._stop.set()
        self._thread.join(timeout)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        wait = 0.5
        while not self._stop.is_set():
            try:
                asyncio.run(self._operate())
                why = "Kopf ended"
            except Exception as error:  # noqa: BLE001  whatever ended it, admission goes on
                why = f"{type(error).__name__}: {error}".split("\n", 1)[0]
            if self._stop.is_set():
                return
            self._tell(why)
            self._stop.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    async def _operate(self) -> None:
        settings = kopf.OperatorSettings()
        settings.admission.server = self._server
        settings.posting.enabled = False
        settings.process.ultimate_exiting_timeout = None  # our main decides when the process ends
        settings.networking.error_backoffs = (0.5, 1)  # give up early, so that /readyz tells; we try again
        settings.networking.request_timeout = 10
        await kopf.operator(
            registry=self._registry, settings=settings, standalone=True, clusterwide=True, stop_flag=self._stop
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


def _login(**kwargs: Any) -> Any:
    """Plain files only: a service account, else a kubeconfig."""
    found = kopf.login_with_service_account(**kwargs) or kopf.login_with_kubeconfig(**kwargs)
    if found is None:
        raise kopf.PermanentError("no ServiceAccount is mounted and no kubeconfig was found")
    return found
