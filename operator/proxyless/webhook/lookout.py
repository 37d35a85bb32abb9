"""The optional watch of a webhook replica: fills a store for rules that need more than the reviewed object.

Started by ``webhook.main``. A replica without it still answers, from the request alone; ``/readyz`` then says what is not
checked, as degraded.
"""

import asyncio
from collections.abc import Callable, Mapping

from proxyless.adapters.cluster import Cluster
from proxyless.adapters.store import Store
from proxyless.adapters.watch import Watch
from proxyless.errors import ClusterError
from proxyless.model.resource import KINDS
from proxyless.webhook.readiness import Readiness

WATCH = "watch"
"""Name in ``/readyz``."""
ABSENT = "is not installed"
"""How ``adapters.cluster`` says that a kind has no CRD."""
OPTIONAL = ("gateway.networking.k8s.io",)
"""Groups that a mesh does well without."""
INSTALL = {"proxyless.dev": ". Run: kubectl apply -k manifests/"}
"""What to do where the CRDs of a group are absent."""
LOOK = 2.0
"""Seconds between two looks at how the watch fares."""


class Lookout:
    """One replica's watch.

    Args:
        connect: gives the API server; raises ClusterError where there is no way to it yet.
        store: what is filled.
        readiness: told how it fares.
    """

    def __init__(self, connect: Callable[[], Cluster], store: Store, readiness: Readiness) -> None:
        self._connect = connect
        self._store = store
        self._readiness = readiness
        self._watch: Watch | None = None

    async def run(self) -> None:
        """Connect, watch, tell; for ever."""
        while self._watch is None:
            try:
                cluster = await asyncio.to_thread(self._connect)
            except ClusterError as error:
                self._readiness.degrade(
                    WATCH, f"{error}; trying again. Pods and resources are judged by the request alone"
                )
                await asyncio.sleep(LOOK)
                continue
            self._watch = Watch(cluster, self._store)
            self._watch.start()
        while True:
            self._tell(self._watch.trouble, self._store.missing())
            await asyncio.sleep(LOOK)

    def stop(self) -> None:
        """End the watch; returns within a second and a half."""
        if self._watch is not None:
            self._watch.stop()

    def _tell(self, trouble: str, missing: Mapping[str, str]) -> None:
        kinds: dict[str, list[str]] = {}
        for kind, reason in missing.items():
            if KINDS[kind][0] not in OPTIONAL or ABSENT not in reason:
                kinds.setdefault(reason, []).append(kind)
        reasons = [trouble] if trouble else []
        for reason, names in kinds.items():
            remedy = INSTALL.get(KINDS[names[0]][0], "") if ABSENT in reason else ""
            reasons.append(f"not checked: {', '.join(names)} ({reason}{remedy})")
        if reasons:
            self._readiness.degrade(WATCH, "; ".join(reasons))
        else:
            self._readiness.have(WATCH)
