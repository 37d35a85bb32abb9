"""Writes Kubernetes Events about pods that asked for the agent and do not get it, without delaying reviews.

Called by ``webhook.handlers``, which only puts a value into a bounded queue. A thread of its own writes one Event after
the other: an API server that is slow or refuses costs Events (counted as dropped or failed), never time of a review.
"""

import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.events import write_event
from proxyless.errors import ProxylessError
from proxyless.mesh.pod.decision import Skip
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.shape import MalformedPod, check_shape
from proxyless.model.snapshot import Snapshot
from proxyless.report.event import About
from proxyless.report.pod_event import about, pod_event
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.review import Review

log = logging.getLogger(__name__)

AGAIN = 600.0
"""Seconds until the same owner and reason is told again."""
WAITING = 100
"""Events that wait at most; those beyond are dropped."""
REMEMBERED = 2000
"""Owners and reasons of which the last time is kept; the one told longest ago is forgotten first."""


class EventWriter:
    """The queue and its thread, which never keeps the process alive. ``clock``: seconds that only grow."""

    def __init__(
        self, connect: Callable[[], KubernetesApi], metrics: Metrics, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._connect = connect
        self._events = metrics.events
        self._clock = clock
        self._queue: queue.Queue[dict[str, Any]] = queue.Queue(WAITING)
        self._told: OrderedDict[tuple[About, str], tuple[float, int]] = OrderedDict()
        """When each was told last, and how many pods it was about so far."""
        self._cluster: KubernetesApi | None = None
        self._logged = -AGAIN

    @property
    def waiting(self) -> int:
        """Events that wait to be written."""
        return self._queue.qsize()

    def start(self) -> None:
        """Start to write."""
        threading.Thread(target=self._run, name="events", daemon=True).start()

    def tell(self, review: Review, skip: Skip, snapshot: Snapshot) -> None:
        """Queue an Event about one pod, unless the same one was written recently. Returns at once; for the server's loop only."""
        try:
            pod = Pod(check_shape(review.body))
        except MalformedPod:
            pod = Pod({})
        it = about(pod, review.namespace, snapshot)
        key, now = (it, skip.why), self._clock()
        last, count = self._told.get(key, (None, 0))
        if last is not None and now - last < AGAIN:
            self._told[key] = (last, count + 1)
            self._events.labels("repeated").inc()
            return
        try:
            self._queue.put_nowait(pod_event(it, pod, skip, datetime.now(UTC), count + 1))
        except queue.Full:
            self._events.labels("dropped").inc()
            return
        self._told[key] = (now, count + 1)
        self._told.move_to_end(key)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)

    def _run(self) -> None:
        while True:
            made = self._queue.get()
            try:
                cluster = self._cluster = self._cluster or self._connect()
                write_event(cluster, made)
                self._events.labels("written").inc()
            except Exception as error:
                self._events.labels("failed").inc()
                self._cluster = None  # its address or credentials may have been wrong: read anew
                if self._clock() - self._logged >= AGAIN:
                    self._logged = self._clock()
                    level = logging.WARNING if isinstance(error, ProxylessError) else logging.ERROR
                    log.log(
                        level,
                        "an Event was not written (logged at most every 10 minutes): %s",
                        error,
                        exc_info=level > logging.WARNING,
                    )
