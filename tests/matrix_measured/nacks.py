"""What istiod heard rejected: the lines of its log that say so, by node and resource. Called by `calls` and `servers`."""

import re
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lab.api import wait_until
from lab.node.cluster import Cluster

_LINE = re.compile(
    r"^(?P<when>\d{4}-\S+)\s[^\n]*?ADS:(?P<type>[LRCE]DS): ACK ERROR (?P<node>\S+?)-\d+ (?P<text>.*?)(?=^\d{4}-|\Z)",
    re.MULTILINE | re.DOTALL,
)
"""A library's message may go over several lines."""
_FRESH = 0.5
"""Seconds for which one look at the log serves all who ask."""
_OVERLAP = timedelta(seconds=3)
"""How much of the log each look reads again: a message may have been written by half."""


@dataclass(frozen=True)
class Nack:
    """One rejection."""

    kind: str
    """``LDS`` and so on."""
    node: str
    """``client-go-1-85-0.matrix``."""
    text: str
    when: datetime

    def about(self, name: str) -> str:
        """What was said of one resource, in short."""
        text = " ".join(self.text.split())
        start = max(0, text.find(name))
        return f"{self.kind} NACK: {text[start : start + 240]}"

    def by(self, prefix: str, namespace: str) -> bool:
        """Whether a pod of that name and namespace said so."""
        return self.node.startswith(prefix) and self.node.endswith(f".{namespace}")

    def names(self, host: str) -> bool:
        """Whether it is about a resource of that host."""
        return re.search(rf"(?<![\w.-]){re.escape(host)}(?!\w|[.-]\w)", self.text) is not None


class NackLog:
    """All rejections since it was made; reads only what is new. Safe to share between threads."""

    def __init__(self, cluster: Cluster) -> None:
        """The cluster's clock is this machine's."""
        self._cluster, self._lock = cluster, threading.Lock()
        self._found: dict[tuple[datetime, str, str], Nack] = {}
        self._until = datetime.now(UTC)
        self._looked = 0.0

    def since(self, started: datetime, *, now: bool = True) -> list[Nack]:
        """Rejections since then; without ``now`` those of a look within the last half second will do."""
        with self._lock:
            if now or time.monotonic() - self._looked > _FRESH:
                self._look()
            return [item for item in self._found.values() if item.when >= started]

    def _look(self) -> None:
        asked = datetime.now(UTC)
        for item in parsed(_log(self._cluster, self._until - _OVERLAP)):
            self._found[item.when, item.node, item.kind] = item
        self._until, self._looked = asked, time.monotonic()


def parsed(text: str) -> list[Nack]:
    """The rejections in a piece of istiod's log."""
    return [
        Nack(line["type"], line["node"], line["text"], datetime.fromisoformat(line["when"]))
        for line in _LINE.finditer(text)
    ]


def _log(cluster: Cluster, started: datetime) -> str:
    """istiod's log since then; asks again where a busy API server is late."""
    pods = "/api/v1/namespaces/istio-system/pods"
    since = started.strftime("%Y-%m-%dT%H:%M:%SZ")
    text = ""

    def read() -> bool:
        nonlocal text
        istiod = cluster.api.request("GET", f"{pods}?labelSelector=app%3Distiod", timeout=60)["items"][0]
        text = cluster.api.request(
            "GET", f"{pods}/{istiod['metadata']['name']}/log?sinceTime={since}", content="text/plain", timeout=60
        )
        return True

    wait_until("istiod's log", read, timeout=300, every=2)
    return text
