"""``proxyless run webhook``: one replica as a process. Each part of it starts, fails and retries independently."""

import asyncio
import logging
import socket
import sys
from collections.abc import Sequence

import kopf

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.store import Store
from proxyless.model.kinds import WATCHED
from proxyless.process import running
from proxyless.process.offloop import off_loop
from proxyless.process.readiness import Readiness
from proxyless.process.running import Part
from proxyless.process.sockets import bound
from proxyless.webhook import options
from proxyless.webhook.carrier import Carrier
from proxyless.webhook.context import ContextCache, nothing
from proxyless.webhook.handlers import register
from proxyless.webhook.lookout import Lookout
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.options import Options
from proxyless.webhook.pod_answers import PodAnswers
from proxyless.webhook.pod_events import EventWriter
from proxyless.webhook.policy_warnings import PolicyWarnings
from proxyless.webhook.rotation import CERTIFICATE, Keeper
from proxyless.webhook.server import GRACE, KOPF, AdmissionServer
from proxyless.webhook.tls import CertificateNotWrittenError, ServingTls

log = logging.getLogger(__name__)

PORT = "port"
"""Name in ``/readyz`` of the open TLS port."""
SWITCH = 0.0005
"""Seconds after which a thread that computes lets another one go on. With Python's own 5 ms a review waits that long for each
event that the watch reads."""
_CLOSING = 2.0
"""Seconds that the rest of an orderly end may take, beside ``--quiet`` and requests in flight."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs until a signal and returns the exit code, see ``process.running``."""
    given = options.read(argv)
    sys.setswitchinterval(SWITCH)
    return running.run(lambda: _part(given), given, within=given.quiet + GRACE + _CLOSING)


def _part(given: Options) -> Part:
    replica = Replica(given)
    return Part(run=replica.run, registry=replica.metrics.registry, ready=replica.readiness.report)


class Replica:
    """All parts of one replica, wired.

    Raises:
        AddressError: the port is taken.
        ClientAuthorityError: the authorities of client certificates cannot be read.
    """

    def __init__(self, given: Options) -> None:
        self._given = given
        self.readiness, self.metrics = Readiness(CERTIFICATE, KOPF, PORT), Metrics()
        tls = ServingTls(given.cert_dir, given.client_ca)
        store = Store(WATCHED if given.watch else ())
        self._lookout = Lookout(KubernetesApi.connect, store, self.readiness)
        self._teller = EventWriter(KubernetesApi.connect, self.metrics) if given.events else None
        self._policies = PolicyWarnings(KubernetesApi.connect)
        contexts = ContextCache(store.snapshot, said=self._policies.codes) if given.watch else nothing
        pods = PodAnswers(contexts, self.metrics, self._teller)
        self._server = AdmissionServer(tls, self.readiness, self.metrics, given.bounds, pods.known)
        registry = kopf.OperatorRegistry()
        register(registry, contexts, self.metrics, pods)
        self._carrier = Carrier(registry, self._server, self.readiness)
        self._keeper = Keeper(KubernetesApi.connect, tls, given.place, self.readiness, self.metrics)
        self._listening: socket.socket = bound(given.host, given.port, "--port", shared=bool(given.place.url))

    async def run(self) -> None:
        """Work until cancelled; then fail readiness, go on serving for a while, and end.

        Raises:
            ExceptionGroup: a part ended by a defect of ours.
        """
        self._carrier.start()
        if self._teller is not None:
            self._teller.start()
        try:
            async with asyncio.TaskGroup() as parts:
                parts.create_task(self._serve_and_renew(), name="certificate")
                if self._given.watch:
                    parts.create_task(self._lookout.run(), name="watch")
                    parts.create_task(self._policies.run(), name="policies")
        finally:
            log.info("shutting down: serving for another %s s", self._given.quiet)
            await asyncio.gather(  # neither Kopf nor the watch is needed to answer what still comes
                self._server.close(quiet=self._given.quiet), off_loop(self._carrier.stop), off_loop(self._lookout.stop)
            )
            self._listening.close()

    async def _serve_and_renew(self) -> None:
        """Open the port as soon as there is any certificate to open it with, then keep that certificate fresh."""
        wait = 0.5
        while True:
            try:
                self._keeper.provisional()
                break
            except CertificateNotWrittenError as error:
                self.readiness.miss(CERTIFICATE, f"{error}; trying again")
                await asyncio.sleep(wait)
                wait = min(wait * 2, 30)
        await self._server.open(self._listening)
        self.readiness.have(PORT)
        await self._keeper.run()
