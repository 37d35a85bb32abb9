"""What istiod heard rejected: the lines of its log that say so, by node and resource. Called by `clients` and `servers`."""

import re
from dataclasses import dataclass
from datetime import datetime

from lab.api import wait_until
from lab.node.cluster import Cluster

_LINE = re.compile(
    r"^(?P<when>\d{4}-\S+)\s[^\n]*?ADS:(?P<type>[LRCE]DS): ACK ERROR (?P<node>\S+?)-\d+ (?P<text>.*?)(?=^\d{4}-|\Z)",
    re.MULTILINE | re.DOTALL,
)
"""A library's message may go over several lines."""


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


def since(cluster: Cluster, started: datetime) -> list[Nack]:
    """Rejections since then; the cluster's clock is this machine's. Asks again where a busy API server is late."""
    found = [
        Nack(line["type"], line["node"], line["text"], datetime.fromisoformat(line["when"]))
        for line in _LINE.finditer(_log(cluster, started))
    ]
    return [item for item in found if item.when >= started]


def _log(cluster: Cluster, started: datetime) -> str:
    """istiod's log since then."""
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
