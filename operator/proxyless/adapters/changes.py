"""When objects last changed, as the API server tells it. Called by ``cli.compare``."""

from collections.abc import Iterable
from datetime import UTC, datetime

from proxyless.adapters.cluster import KubernetesApi
from proxyless.errors import ClusterError
from proxyless.mesh.flapping import age_of
from proxyless.model.kinds import INNER
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, mapping, sequence

_MOST = 24
"""Objects that are asked about, one request each."""


class LastChange(NamedTuple):
    """The newest change of some objects."""

    ref: Ref
    seconds: float
    """Ago."""


def newest(cluster: KubernetesApi, refs: Iterable[Ref]) -> LastChange | None:
    """The newest change of some objects; None where none of them can be read."""
    found: list[LastChange] = []
    for ref in [ref for ref in refs if ref.kind not in INNER][:_MOST]:
        try:
            metadata = mapping(cluster.get(ref).get("metadata"))
        except ClusterError:
            continue  # it is gone, or may not be read: it does not tell when it changed
        entries = [
            item for item in map(mapping, sequence(metadata.get("managedFields"))) if not item.get("subresource")
        ]
        times = [str(item.get("time") or "") for item in entries]
        last = max((*times, str(metadata.get("creationTimestamp") or "")))
        if last:
            found.append(LastChange(ref, age_of(last, datetime.now(UTC))))
    return min(found, key=lambda item: item.seconds, default=None)
