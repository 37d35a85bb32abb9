"""Writes Kubernetes Events that ``report.event`` made. Called by whoever tells: ``webhook.pod_events`` and the operator."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from proxyless.adapters.cluster import MERGE, KubernetesApi
from proxyless.errors import ClusterError


def write_event(cluster: KubernetesApi, made: Mapping[str, Any]) -> None:
    """Create it; where it is there already, by another replica or from before, say that it was so again.

    Raises:
        ClusterError: it was not written; status 404 where its namespace is gone.
    """
    path = f"/api/v1/namespaces/{made['metadata']['namespace']}/events"
    try:
        cluster.request("POST", path, made)
    except ClusterError as error:
        if error.status != HTTPStatus.CONFLICT:
            raise
        newer = {key: made[key] for key in ("message", "lastTimestamp", "count")}
        cluster.request("PATCH", f"{path}/{made['metadata']['name']}", newer, content=MERGE)
