"""Reads logs and metrics of the grpc-agents in a cluster's pods through the API server, so that nothing else need be reachable.

Called by ``cli.streams``. Who calls needs ``list`` of pods and ``get`` of ``pods/log`` and ``pods/proxy``; with one of the
two last the other is told as missing.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from proxyless.adapters.cluster import KubernetesApi
from proxyless.errors import ClusterError
from proxyless.mesh.flapping import Signs, age_of, cancelled, closures
from proxyless.mesh.pod.keys import TEMPLATES
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, mapping, sequence

CONTAINER = "istio-proxy"
STATUS_PORT = 15020
"""Where the agent tells its metrics unless it is told otherwise."""
MARK = "proxyless.dev/injected"
_LOG_BYTES = 4 << 20
"""Most of a log that is read: 20,000 closures."""


class Agent(NamedTuple):
    """One pod's agent as it is now."""

    pod: dict[str, Any]
    signs: Signs
    missing: tuple[str, ...]
    """What could not be read, and why."""

    @property
    def ref(self) -> Ref:
        """The pod."""
        meta = self.pod["metadata"]
        return Ref("Pod", str(meta["namespace"]), str(meta["name"]))


def agents(
    cluster: KubernetesApi, namespace: str, *, seconds: float, now: datetime, only: Collection[str] | None = None
) -> Iterator[Agent]:
    """Agents of running proxyless pods, of one namespace or (empty) of all, as each is read; ``only``: names of pods.

    Raises:
        ClusterError: pods may not be listed, or there is no answer.
    """
    for pod in cluster.list("Pod", namespace).bodies:
        started = _started(pod)
        if started and _is_proxyless(pod) and (only is None or pod["metadata"]["name"] in only):
            yield _read(cluster, pod, seconds, age_of(started, now))


def _is_proxyless(pod: dict[str, Any]) -> bool:
    notes = mapping(mapping(pod.get("metadata")).get("annotations"))
    return MARK in notes or "grpc-" in str(notes.get(TEMPLATES, ""))


def _started(pod: dict[str, Any]) -> str:
    """When the agent's container started, empty where it does not run."""
    status = mapping(pod.get("status"))
    for item in (*sequence(status.get("containerStatuses")), *sequence(status.get("initContainerStatuses"))):
        if mapping(item).get("name") == CONTAINER:
            return str(mapping(mapping(mapping(item).get("state")).get("running")).get("startedAt") or "")
    return ""


def _read(cluster: KubernetesApi, pod: dict[str, Any], seconds: float, age: float) -> Agent:
    meta = pod["metadata"]
    path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
    closed = counted = None
    missing = []
    query = {"container": CONTAINER, "sinceSeconds": str(max(1, round(seconds))), "limitBytes": str(_LOG_BYTES)}
    try:
        closed = closures(str(cluster.request("GET", f"{path}/log", query=query)))
    except ClusterError as error:
        missing.append(f"its log: {error}")
    try:
        counted = cancelled(str(cluster.request("GET", f"{path}:{STATUS_PORT}/proxy/stats/prometheus")))
    except ClusterError as error:
        missing.append(f"its metrics: {error}")
    return Agent(pod, Signs(closed, counted, seconds, age), tuple(missing))
