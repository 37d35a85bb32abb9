"""Keeps a store up to date: lists every kind once, streams its events from there on, and lists again what a stream lost.

Used by the controller and by webhook replicas alike. It runs in threads of its own and never raises: a watch that fails
must not stop admission. A kind that may not be read, or that the cluster does not have, is named in the store as not
complete and tried again later; the others go on. Optional kinds that the cluster does not have are complete and empty.
"""

import logging
import threading
import time
from collections import deque
from http import HTTPStatus

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.listing import is_server_failure, list_into
from proxyless.adapters.store import Store
from proxyless.adapters.streams import Streams
from proxyless.errors import ClusterError
from proxyless.model.kinds import INNER, KINDS

log = logging.getLogger(__name__)

RELIST = 1800.0
"""Seconds between full lists, beside those after a loss: for what no stream tells, such as a restored backup."""
RETRY = 10.0
"""Seconds between tries of kinds that could not be read, and between looks at Istio's own settings."""
_GRACE = 15.0
"""Seconds for which a kind that could be read before may be refused and still counts as known: an API server that has just
started refuses everything for a moment."""
_SHORTEST, _LONGEST = 1.0, 30.0
"""Shortest and longest pause before something is tried again that failed, in seconds; doubled each time."""
_STABLE = 60.0
"""After so many seconds without a failure the pause is the shortest again."""


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
        self._streams = Streams(cluster, store, self._take_loss)
        self._losses: deque[tuple[str, str]] = deque()
        self._lost: dict[str, str] = {}
        self._followed: set[str] = set()
        self._due: dict[str, float] = dict.fromkeys(store.kinds, 0.0)
        self._server = ""
        self._pause = Pause()
        self._pauses: dict[str, Pause] = {}
        self._thread = threading.Thread(target=self._manage, name="watch", daemon=True)
        self.restarts = 0
        """How often a stream was lost by a failure."""

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

    @property
    def trouble(self) -> str:
        """What is wrong with the connection or the streams now, empty where nothing is."""
        connected = self._streams.connected
        lost = (f"the watch of {kind} ended ({why})" for kind, why in [*self._lost.items()] if kind not in connected)
        return self._server or next(lost, "")

    # -- the managing thread ------------------------------------------------------------------------------------

    def _manage(self) -> None:
        self._streams.start()
        try:
            while not self._ending:
                self._note_losses()
                if self._pause.over():
                    self._list_due()
                self._wait()
        finally:
            self._streams.stop(1.0)

    def _take_loss(self, kind: str, why: str) -> None:
        """In the thread of the streams."""
        self._losses.append((kind, why))
        self._wake.set()

    def _note_losses(self) -> None:
        """Kinds whose stream is lost are listed again: at once, or after a pause where that happens again and again."""
        while self._losses:
            kind, why = self._losses.popleft()
            self._followed.discard(kind)
            self._due[kind] = self._pauses.setdefault(kind, Pause()).next()
            if why:
                self.restarts += 1
                if self._lost.get(kind) != why:
                    log.warning("the watch of %s ended (%s); listing it again", kind, why)
                self._lost[kind] = why
            else:
                self._lost.pop(kind, None)

    def _list_due(self) -> None:
        for kind in self._store.kinds:
            if self._ending or self._due[kind] > time.monotonic():
                continue
            try:
                self._list(kind)
            except ClusterError as error:
                if not is_server_failure(error):
                    self._forget(kind, error)
                    continue
                if self._server != str(error):
                    log.warning("watch: %s; trying again", error)
                self._server = str(error)
                self._pause.next()
                return
            self._refused.pop(kind, None)
        self._server = ""

    def _list(self, kind: str) -> None:
        """List a kind into the store, and follow it from there.

        Raises:
            ClusterError: as ``list_into``.
        """
        before = self._store.newest(kind)
        version = list_into(self._cluster, self._store, kind)
        if kind in INNER:  # no stream has these: they are read again and again
            self._due[kind] = time.monotonic() + self._retry
            return
        self._due[kind] = time.monotonic() + self._relist
        served = self._cluster.served(kind)
        if served is not None and (kind not in self._followed or version < before):
            self._followed.add(kind)
            self._streams.follow(kind, served, version)

    def _forget(self, kind: str, error: ClusterError) -> None:
        """A kind that the API server does not let us read."""
        self._due[kind] = time.monotonic() + self._retry
        self._lost.pop(kind, None)
        self._followed.discard(kind)
        self._streams.drop(kind)
        self._cluster.forget(kind)
        self._refuse(kind, error)

    def _wait(self) -> None:
        moment = max(min(self._due.values(), default=time.monotonic() + self._relist), self._pause.until)
        self._wake.wait(max(0.0, moment - time.monotonic()))
        if not self._ending:
            self._wake.clear()

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


class Pause:
    """When something that failed is tried again."""

    def __init__(self) -> None:
        self.until = 0.0
        """Moment of the next try."""
        self._length = 0.0

    def over(self) -> bool:
        """Whether it may be tried."""
        return time.monotonic() >= self.until

    def next(self) -> float:
        """It failed again: returns the moment of the next try. The first one after a quiet time comes at once."""
        now = time.monotonic()
        if now - self.until > _STABLE:
            self._length = 0.0
        self.until = now + self._length
        self._length = min(max(_SHORTEST, 2 * self._length), _LONGEST)
        return self.until
