"""The optional watch of a webhook replica: fills a store for rules that need more than the reviewed object.

Started by ``webhook.main``. A replica without it still answers, from the request alone; ``/readyz`` then says what is not
checked, as degraded.
"""

import asyncio
import gc
from collections.abc import Callable

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.store import NOT_YET, Store
from proxyless.adapters.watch import Watch
from proxyless.process.reaching import reached
from proxyless.process.readiness import Readiness
from proxyless.process.watched import not_checked

WATCH = "watch"
"""Name in ``/readyz``."""
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

    def __init__(self, connect: Callable[[], KubernetesApi], store: Store, readiness: Readiness) -> None:
        self._connect = connect
        self._store = store
        self._readiness = readiness
        self._watch: Watch | None = None

    async def run(self) -> None:
        """Connect, watch, tell; for ever."""
        cluster = await reached(self._connect, self._unreached, LOOK)
        self._watch = watch = Watch(cluster, self._store)
        watch.start()
        while NOT_YET in self._store.missing().values() and not watch.trouble:
            self._tell("")
            await asyncio.sleep(SETTLE)
        gc.freeze()  # the world is large and stays: each full collection would go through it and stop all answers
        while True:
            self._tell(watch.trouble)
            await asyncio.sleep(LOOK)

    def stop(self) -> None:
        """End the watch; returns within a second and a half."""
        if self._watch is not None:
            self._watch.stop()

    def _unreached(self, why: str) -> None:
        self._readiness.degrade(WATCH, f"{why}; trying again. Until then each request is judged on its own")

    def _tell(self, trouble: str) -> None:
        reasons = [*([trouble] if trouble else []), *map("not checked: {}".format, not_checked(self._store.missing()))]
        if reasons:
            self._readiness.degrade(WATCH, "; ".join(reasons))
        else:
            self._readiness.have(WATCH)
