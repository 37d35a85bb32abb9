"""How many reviews the API server let pass because no webhook answered, read from its metrics where we may.

Counts are the API server's own and begin with its start. Behind one address there may be several: they are told apart by
when they started.
"""

import re
import time
from collections import Counter
from http import HTTPStatus

from proxyless.adapters.cluster import KubernetesApi
from proxyless.errors import ClusterError

_LINE = re.compile(
    r'^apiserver_admission_webhook_fail_open_count\{name="([^"]+\.proxyless\.dev)",[^}]*\} (\S+)$', re.MULTILINE
)
_STARTED = re.compile(r"^process_start_time_seconds (\S+)$", re.MULTILINE)
_REMEMBERED = 16
"""API servers whose counts are remembered."""


class FailedOpen:
    """What was counted so far; :meth:`look` tells what is new."""

    def __init__(self, cluster: KubernetesApi) -> None:
        self._cluster = cluster
        self._seen: dict[str, Counter[str]] = {}
        self._since = time.time()
        """What an API server that started later has counted is new."""

    def look(self) -> Counter[str] | None:
        """Reviews by webhook that failed open since the last look; None where the metrics may not be read.

        Raises:
            ClusterError: the API server did not answer.
        """
        try:
            text = str(self._cluster.request("GET", "/metrics"))
        except ClusterError as error:
            if error.status in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
                return None
            raise
        started = _STARTED.search(text)
        server = started[1] if started else ""
        counts: Counter[str] = Counter()
        for name, count in _LINE.findall(text):
            counts[name] += int(float(count))
        known = self._seen.pop(server, None)
        before = known if known is not None else Counter() if started and float(started[1]) > self._since else counts
        self._seen[server] = counts
        while len(self._seen) > _REMEMBERED:
            self._seen.pop(next(iter(self._seen)))
        return counts - before
