"""Reports how near a replica is to its limits: metrics, ``/readyz``, and one log line per minute for what was closed.

Called by ``webhook.server``, ``process.connections`` and after each sweep of ``process.listener``.
"""

import logging
import time
from collections import Counter

from proxyless.process.connections import FOR_ROOM, REASONS, Connections, Stage
from proxyless.process.readiness import Readiness
from proxyless.webhook.bounds import Bounds
from proxyless.webhook.metrics import Metrics

log = logging.getLogger(__name__)

NAME = "connections"
"""Name in ``/readyz``."""
NEAR = 0.8
"""Share of a limit from which on it counts as near."""
LINE = 60.0
"""Seconds between two log lines, and for which a limit that was reached stays in ``/readyz``."""


class LoadReport:
    """Reports closed and open connections to metrics, ``/readyz`` and the log."""

    def __init__(self, bounds: Bounds, readiness: Readiness, metrics: Metrics) -> None:
        self._bounds = bounds
        self._readiness = readiness
        self._metrics = metrics
        self._counters = {reason: metrics.closed.labels(reason) for reason in REASONS}
        self._reasons: Counter[str] = Counter()
        self._peers: Counter[str] = Counter()
        self._last_line = -LINE
        self._last_full = -LINE
        self._degraded = False
        self._late = 0
        self._last_late = -LINE
        for stage in Stage:
            metrics.connections.labels(stage.value).set(0)
        metrics.connection_limits.labels("all").set(bounds.connections)
        metrics.connection_limits.labels("unfinished").set(bounds.unfinished)

    def closed(self, reason: str, peer: str) -> None:
        """A connection was closed by us."""
        self._counters[reason].inc()
        self._reasons[reason] += 1
        if peer in self._peers or len(self._peers) < self._bounds.connections:
            self._peers[peer] += 1
        if reason in FOR_ROOM:
            self._last_full = time.monotonic()

    def late(self) -> None:
        """A review was let pass unjudged, since it waited too long."""
        self._late += 1
        now = time.monotonic()
        if now - self._last_late >= LINE:
            log.warning(
                "%d reviews waited so long that they were allowed unchecked, with a warning: this replica gets more than one core "
                "can judge. More replicas, or no CPU limit, help",
                self._late,
            )
            self._last_late, self._late = now, 0

    def tell(self, connections: Connections) -> None:
        """Bring the metrics, ``/readyz`` and the log up to date."""
        stages = connections.stages()
        for stage in Stage:
            self._metrics.connections.labels(stage.value).set(stages[stage])
        self._metrics.unfinished.set(connections.unfinished)
        now = time.monotonic()
        near = (
            len(connections) >= NEAR * self._bounds.connections
            or connections.unfinished >= NEAR * self._bounds.unfinished
            or now - self._last_full < LINE
        )
        if near:
            self._readiness.degrade(
                NAME,
                f"near or at the limit of {self._bounds.connections} (--max-connections), of these {self._bounds.unfinished} "
                "without a whole review (--max-unfinished); those without one are closed first. Who opens so many is in the log",
            )
        elif self._degraded:
            self._readiness.have(NAME)
        self._degraded = near
        if self._reasons.total() and now - self._last_line >= LINE:
            self._line(now)

    def _line(self, now: float) -> None:
        self._last_line = now
        peer, most = self._peers.most_common(1)[0]
        level = logging.WARNING if FOR_ROOM & self._reasons.keys() else logging.INFO
        log.log(
            level,
            "closed %d connections since the last such line: %s; most from %s (%d)",
            self._reasons.total(),
            ", ".join(f"{reason} {count}" for reason, count in self._reasons.most_common()),
            peer,
            most,
        )
        self._reasons.clear()
        self._peers.clear()
