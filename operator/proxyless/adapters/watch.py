"""Keeps a store up to date: lists every kind, streams its events, lists again, and retries what failed.

Used by the controller and by webhook replicas alike. It runs in threads of its own and never raises: a watch that fails
must not stop admission. A kind that may not be read, or that the cluster does not have, is named in the store as not
complete and tried again later; the others go on. Optional kinds that the cluster does not have are complete and empty.
"""

import logging
import threading
import time
from collections.abc import Iterable
from http import HTTPStatus

from proxyless.adapters.api_values import Served
from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.listing import is_server_failure, list_into
from proxyless.adapters.store import Store
from proxyless.adapters.streams import Streams
from proxyless.errors import ClusterError
from proxyless.model.kinds import INNER, KINDS

log = logging.getLogger(__name__)

RELIST = 300.0
"""Seconds between full lists. They drop objects whose deletion a stream missed."""
RETRY = 10.0
"""Seconds between tries of kinds that could not be read, and between looks at Istio's own settings."""
_SETTLE = 2.0
"""Seconds from the start of the streams to a first full list, which covers what happened between the list and the stream."""
_GRACE = 15.0
"""Seconds for which a kind that could be read before may be refused and still counts as known: an API server that has just
started refuses everything for a moment."""
_LONGEST = 30.0
"""Longest pause between restarts of the streams, in seconds."""
_STABLE = 60.0
"""Streams that lasted so many seconds restart at once."""


class Watch:
    """Feeds a store until it is stopped.

    Args:
        cluster: where, and as whom.
        store: what is fed; its kinds are what is watched.
        relist: seconds between full lists.
        retry: seconds until kinds that could not be read are tried again.
    """

    def __init__(self, cluster: KubernetesApi, store: Store, *, relist: float = RELIST, retry: float = RETRY) -> None:
        self._cluster = cluster
        self._store = store
        self._relist = relist
        self._retry = retry
        self._ending = False
        self._wake = threading.Event()
        self._refused: dict[str, float] = {}
        self._thread = threading.Thread(target=self._manage, name="watch", daemon=True)
        self.restarts = 0
        """How often the streams were started again after a failure."""
        self.trouble = ""
        """What is wrong with the connection or the streams now, empty where nothing is."""

    def start(self) -> None:
        """Start in the background."""
        self._thread.start()

    def stop(self, timeout: float = 1.5) -> None:
        """End it; returns after the timeout (seconds) at the latest."""
        deadline = time.monotonic() + timeout
        self._ending = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(max(0.0, deadline - time.monotonic()))

    # -- the managing thread ------------------------------------------------------------------------------------

    def _manage(self) -> None:
        pause = 1.0
        while not self._ending:
            started = time.monotonic()
            trouble = self._run()
            if self._ending or not trouble:
                continue
            self.restarts += 1
            if trouble != self.trouble:
                log.warning("watch: %s; trying again", trouble)
            self.trouble = trouble
            pause = 1.0 if time.monotonic() - started > _STABLE else pause
            self._sleep_until(time.monotonic() + pause)
            pause = min(pause * 2, _LONGEST)

    def _run(self) -> str:
        """Lists and streams until something ends it: what went wrong, empty where only the set of kinds changed."""
        try:
            readable = self._list(self._store.kinds)
        except ClusterError as error:
            return str(error)
        streams = Streams(self._cluster, self._store, readable, self._wake.set)
        if readable:
            streams.start()
        try:
            return self._attend(streams, readable)
        finally:
            streams.stop(1.0)

    def _attend(self, streams: Streams, readable: dict[str, Served]) -> str:
        relist, retry = time.monotonic() + _SETTLE, time.monotonic() + self._retry
        while True:
            missing = [kind for kind in self._store.kinds if kind not in readable]
            self._sleep_until(min(relist, retry) if missing else relist)
            if self._ending:
                return ""
            if streams.ended:
                return f"the watch ended ({streams.error or 'without a word'})"
            try:
                if time.monotonic() >= relist:
                    relist = time.monotonic() + self._relist
                    if self._list(readable).keys() != readable.keys():
                        return ""
                    self.trouble = ""
                if missing and time.monotonic() >= retry:
                    retry = time.monotonic() + self._retry
                    if self._list(missing):
                        return ""
            except ClusterError as error:
                relist = time.monotonic() + self._retry
                self.trouble = str(error)

    def _list(self, kinds: Iterable[str]) -> dict[str, Served]:
        """Lists kinds into the store and returns those that could be read.

        Raises:
            ClusterError: the server does not answer, or not us; that says nothing of any kind.
        """
        readable: dict[str, Served] = {}
        for kind in kinds:
            if self._ending:
                break
            try:
                list_into(self._cluster, self._store, kind)
            except ClusterError as error:
                if is_server_failure(error):
                    raise
                self._cluster.forget(kind)
                self._refuse(kind, error)
                continue
            self._refused.pop(kind, None)
            if kind in INNER:
                continue  # no stream has these: as kinds that are not readable they are read again and again
            served = self._cluster.served(kind)
            if served is not None:
                readable[kind] = served
        return readable

    def _refuse(self, kind: str, error: ClusterError) -> None:
        reason = str(error)
        now = time.monotonic()
        since = self._refused.setdefault(kind, now)
        missing = self._store.missing()
        if kind not in missing and now - since < _GRACE:
            return
        if error.status == HTTPStatus.NOT_FOUND and KINDS[kind].optional:
            self._store.replace(kind, ())  # without the CRD there are no such objects
            return
        if missing.get(kind) != reason:
            log.warning("not checked: %s: %s", kind, reason)
        self._store.incomplete(kind, reason)

    def _sleep_until(self, moment: float) -> None:
        self._wake.wait(max(0.0, moment - time.monotonic()))
        if not self._ending:
            self._wake.clear()
