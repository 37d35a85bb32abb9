"""Looks at proxyless itself: its webhook configurations, its serving certificate, its rights, its CRDs, the API server.

Every replica looks and shows metrics; what follows from it is written by the one that leads (``controller.self_report``).
Blocking; called in a thread by :meth:`SelfCheck.run`.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.failed_open import FailedOpen
from proxyless.adapters.listing import is_server_failure
from proxyless.adapters.reviews_port import address_of, trouble_of
from proxyless.adapters.rights import Right, lacking
from proxyless.adapters.store import Store
from proxyless.adapters.webhookconfig import Configuration, read_configuration
from proxyless.controller.metrics import Metrics
from proxyless.errors import ClusterError
from proxyless.model.kinds import INNER, KINDS, WATCHED
from proxyless.model.trouble import Reason, Trouble
from proxyless.process.offloop import off_loop
from proxyless.process.watched import ABSENT, INSTALL

log = logging.getLogger(__name__)

PERIOD = 10.0
"""Seconds between two looks."""
CONFIRMED = 2
"""Looks in a row after which a webhook that does not answer is told: replicas may be about to change."""
OPEN_LOOKS = 6
"""Looks between two reads of the API server's metrics, which are megabytes."""
OPEN_SHOWN = 600.0
"""Seconds for which reviews that failed open are told."""
_APPLY = "Run: kubectl apply -k manifests/"


def needed() -> list[Right]:
    """What ``manifests/base`` lets the operator do in all namespaces, without what it may do to single objects."""
    served = [(name, KINDS[name]) for name in WATCHED if name not in INNER]
    return [
        *(Right(kind.group, kind.plural, verb) for _, kind in served for verb in ("list", "watch")),
        *(Right(kind.group, f"{kind.plural}/status", "patch") for _, kind in served if kind.conditions),
    ]


class SelfCheck:
    """One replica's looks.

    Args:
        cluster: where, and as whom.
        store: says which kinds could not be read.
        configurations: plural and name of each webhook configuration of ours.
        namespace: our own.
        metrics: shows what is wrong.
        period: seconds between two looks.
    """

    def __init__(
        self,
        cluster: KubernetesApi,
        store: Store,
        *,
        configurations: Sequence[tuple[str, str]],
        namespace: str,
        metrics: Metrics,
        period: float = PERIOD,
    ) -> None:
        self._cluster = cluster
        self._store = store
        self._wanted = configurations
        self._namespace = namespace
        self._metrics = metrics
        self._period = period
        self._failed_open = FailedOpen(cluster)
        self._open: list[tuple[float, Counter[str]]] = []
        self._looks = 0
        self._silent = 0
        self.configurations: dict[tuple[str, str], Configuration] = {}
        """Each as it was last seen, also after it is gone."""
        self.missing: set[tuple[str, str]] = set()
        """Those that are gone now."""
        self.troubles: tuple[Trouble, ...] = ()
        self.looked = asyncio.Event()
        """Set after each look; whoever waits for it clears it."""

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                troubles = await off_loop(self.look)
                self._metrics.reachable.set(1)
            except ClusterError as error:
                self._metrics.reachable.set(0)
                troubles = (Trouble(Reason.API_SERVER, str(error)),)
            except Exception:
                log.exception("a bug in proxyless: it could not look at itself and will try again; please report it")
                troubles = self.troubles
            self._looks += 1
            self._tell(troubles)
            await asyncio.sleep(self._period)

    def look(self) -> tuple[Trouble, ...]:
        """What is wrong now.

        Raises:
            ClusterError: the API server does not answer.
        """
        found: list[Trouble] = []
        for part in (self._configurations, self._reviews, self._rights, self._crds):
            try:
                found += part()
            except ClusterError as error:
                if is_server_failure(error):
                    raise
                found.append(Trouble(Reason.RIGHTS_MISSING, f"the operator cannot look at itself: {error}"))
        return tuple(found)

    def _tell(self, troubles: tuple[Trouble, ...]) -> None:
        for trouble in set(troubles) - set(self.troubles):
            log.warning("%s: %s", trouble.reason.value, trouble.message)
        self.troubles = troubles
        now = {trouble.reason for trouble in troubles}
        for reason in Reason:
            self._metrics.trouble.labels(reason.value).set(reason in now)
        self.looked.set()

    def _configurations(self) -> Iterator[Trouble]:
        self.missing = set()
        handshakes: dict[Trouble, None] = {}
        for plural, name in self._wanted:
            try:
                found = read_configuration(self._cluster, plural, name)
            except ClusterError as error:
                if is_server_failure(error):
                    raise
                yield Trouble(Reason.RIGHTS_MISSING, f"{plural}/{name} cannot be read: {error}")
                continue
            if found is None:
                self.missing.add((plural, name))
                text = f"{plural}/{name} does not exist: nothing is injected or checked by it"
                yield Trouble(Reason.CONFIGURATION_MISSING, f"{text}. {_APPLY}")
                continue
            self.configurations[plural, name] = found
            for client in {(address_of(client), client.get("caBundle")): client for client in found.clients}.values():
                if (trouble := trouble_of(f"{plural}/{name}", client)) is not None:
                    handshakes[trouble] = None
        silent = any(trouble.reason is Reason.UNREACHABLE for trouble in handshakes)
        self._silent = self._silent + 1 if silent else 0
        for trouble in handshakes:
            if trouble.reason is not Reason.UNREACHABLE or self._silent >= CONFIRMED:
                yield trouble

    def _reviews(self) -> Iterator[Trouble]:
        now = time.monotonic()
        if self._looks % OPEN_LOOKS == 0:
            fresh = self._failed_open.look()
            if fresh:
                self._open.append((now, fresh))
                for webhook, count in fresh.items():
                    self._metrics.failed_open.labels(webhook).inc(count)
        self._open = [(at, counts) for at, counts in self._open if now - at < OPEN_SHOWN]
        total: Counter[str] = Counter()
        for _, counts in self._open:
            total += counts
        if total:
            named = ", ".join(f"{webhook} {count}" for webhook, count in sorted(total.items()))
            text = f"in the last {OPEN_SHOWN / 60:g} minutes reviews passed although no webhook answered: {named}"
            yield Trouble(
                Reason.FAILED_OPEN,
                f"{text}. Pods made meanwhile have no agent; objects applied meanwhile are unchecked",
            )

    def _rights(self) -> Iterator[Trouble]:
        lost = lacking(self._cluster, needed(), self._namespace)
        if lost:
            text = f"the operator may not: {', '.join(map(str, lost))}"
            yield Trouble(Reason.RIGHTS_MISSING, f"{text}. {_APPLY}")

    def _crds(self) -> Iterator[Trouble]:
        absent = {kind for kind, reason in self._store.missing().items() if ABSENT in reason}
        if absent:
            groups = sorted({KINDS[kind].group for kind in absent})
            text = f"no CRDs of {', '.join(groups)} for {', '.join(sorted(absent))}"
            yield Trouble(
                Reason.CRDS_MISSING, f"{text}: these are not checked. Install Istio's, or for proxyless.dev: {INSTALL}"
            )
