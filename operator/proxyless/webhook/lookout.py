"""The optional watch of a webhook replica: fills a store for rules that need more than the reviewed object.

Started by ``webhook.main``. A replica without it still answers, from the request alone; ``/readyz`` then says what is not
checked, as degraded.
"""

import asyncio
import gc
from collections.abc import Callable, Mapping

from proxyless.adapters.cluster import Cluster
from proxyless.adapters.store import NOT_YET, Store
from proxyless.adapters.watch import Watch
from proxyless.errors import ClusterError
from proxyless.model.resource import KINDS
from proxyless.webhook.offloop import off_loop
from proxyless.webhook.readiness import Readiness

WATCH = "watch"
"""Name in ``/readyz``."""
ABSENT = "is not installed"
"""How ``adapters.cluster`` says that a kind has no CRD."""
OPTIONAL = ("gateway.networking.k8s.io", "gateway.networking.x-k8s.io")
"""Groups that a mesh does well without."""
YOUNG = ("TrafficExtension",)
"""Kinds that older releases of Istio do not have, of groups that they have."""
INSTALL = {"proxyless.dev": ". Run: kubectl apply -k manifests/"}
"""What to do where the CRDs of a group are absent."""
SETTLE = 0.2
"""Seconds between two looks until the first lists are there."""
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
                cluster = await off_loop(self._reach)
            except ClusterError as error:
                self._readiness.degrade(WATCH, f"{error}; trying again. Until then each request is judged on its own")
                await asyncio.sleep(LOOK)
                continue
            self._watch = Watch(cluster, self._store)
            self._watch.start()
        while NOT_YET in self._store.missing().values() and not self._watch.trouble:
            self._readiness.degrade(WATCH, told("", self._store.missing()))
            await asyncio.sleep(SETTLE)
        gc.freeze()  # the world is large and stays: each full collection would go through it and stop all answers
        while True:
            reasons = told(self._watch.trouble, self._store.missing())
            if reasons:
                self._readiness.degrade(WATCH, reasons)
            else:
                self._readiness.have(WATCH)
            await asyncio.sleep(LOOK)

    def _reach(self) -> Cluster:
        """An API server that answers: one that does not may be the wrong one, so its address is read anew next time."""
        cluster = self._connect()
        cluster.request("GET", "/version")
        return cluster

    def stop(self) -> None:
        """End the watch; returns within a second and a half."""
        if self._watch is not None:
            self._watch.stop()


def told(trouble: str, missing: Mapping[str, str]) -> str:
    """What is not checked and why, in one line; empty where everything is. Kinds of one group or reason stand together."""
    absent: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for kind, reason in missing.items():
        group = KINDS[kind][0]
        if ABSENT not in reason:
            others.setdefault(reason, []).append(kind)
        elif group not in OPTIONAL and kind not in YOUNG:
            absent.setdefault(group, []).append(kind)
    return "; ".join(
        [
            *([trouble] if trouble else []),
            *(f"not checked: {', '.join(kinds)} ({reason})" for reason, kinds in others.items()),
            *(
                f"not checked: {', '.join(kinds)} (no CRDs of {group} are installed{INSTALL.get(group, '')})"
                for group, kinds in absent.items()
            ),
        ]
    )
