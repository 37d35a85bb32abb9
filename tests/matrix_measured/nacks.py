"""What istiod heard rejected: the lines of its log that say so, by node and resource. Called by `clients` and `servers`."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

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
    """Rejections since then; the cluster's clock is this machine's."""
    seconds = int((datetime.now(UTC) - started).total_seconds()) + 2
    done = cluster.kubectl("logs", "-n", "istio-system", "deployment/istiod", f"--since={seconds}s", timeout=120)
    found = [
        Nack(line["type"], line["node"], line["text"], datetime.fromisoformat(line["when"]))
        for line in _LINE.finditer(done.stdout)
    ]
    return [item for item in found if item.when >= started]
