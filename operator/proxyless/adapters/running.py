"""Running pods of a workload, as the API server has them now. For commands that look into pods.

The chain of owners is followed through what stands between a pod and what people write: a Deployment's ReplicaSet, a
CronJob's Job.
"""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from proxyless.adapters.cluster import KubernetesApi
from proxyless.errors import ClusterError
from proxyless.mesh.pod import keys
from proxyless.model.record import NamedTuple
from proxyless.model.resource import WORKLOADS, Ref, Resource, mapping, resource, sequence
from proxyless.model.snapshot import Snapshot

_BETWEEN = ("ReplicaSet", "Job")
"""Kinds whose objects other workloads make."""


class Listed(NamedTuple):
    """Workloads and pods of one namespace, or of all."""

    snapshot: Snapshot
    unread: Mapping[str, str]
    """Kinds that may not be read, each with the reason."""


def workloads(cluster: KubernetesApi, namespace: str) -> Listed:
    """All kinds that hold pods, of a namespace or (empty) of all.

    Raises:
        ClusterError: none of them may be read, or there is no answer.
    """
    found: list[Resource] = []
    unread: dict[str, str] = {}
    read = 0
    for kind in WORKLOADS:
        try:
            listing = cluster.list(kind, namespace)
        except ClusterError as error:
            if error.status == HTTPStatus.FORBIDDEN:
                unread[kind] = str(error)
            elif error.status != HTTPStatus.NOT_FOUND:  # the cluster has no such kind
                raise
            continue
        read += 1
        found += filter(None, map(resource, listing.bodies))
    if not read:
        raise ClusterError("; ".join(unread.values()), status=HTTPStatus.FORBIDDEN)
    return Listed(Snapshot(found), unread)


def pods_of(cluster: KubernetesApi, owner: Ref) -> tuple[dict[str, Any], ...]:
    """Running pods that a workload made, ready ones first; a Pod of its own is itself.

    Raises:
        ClusterError: pods may not be listed, or there is no answer.
    """
    bodies = [body for body in cluster.list("Pod", owner.namespace).bodies if is_running(body)]
    if owner.kind == "Pod":
        return tuple(body for body in bodies if body["metadata"]["name"] == owner.name)
    between: dict[tuple[str, str], Mapping[str, Any]] = {}
    for kind in _BETWEEN:
        for body in cluster.list(kind, owner.namespace).bodies:
            between[kind, str(body["metadata"]["name"])] = body
    found = [body for body in bodies if (owner.kind, owner.name) in _makers(body, between)]
    return tuple(sorted(found, key=lambda body: not is_ready(body)))


def _makers(body: Mapping[str, Any], between: Mapping[tuple[str, str], Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for owner in map(mapping, sequence(mapping(body.get("metadata")).get("ownerReferences"))):
        if owner.get("controller"):
            name = str(owner.get("kind")), str(owner.get("name"))
            yield name
            if name in between:
                yield from _makers(between[name], {})


def is_running(pod: Mapping[str, Any]) -> bool:
    """Whether a pod runs and is not being deleted."""
    phase = mapping(pod.get("status")).get("phase")
    return phase == "Running" and "deletionTimestamp" not in mapping(pod.get("metadata"))


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Whether a pod says that it is ready."""
    conditions = map(mapping, sequence(mapping(pod.get("status")).get("conditions")))
    return any(item.get("type") == "Ready" and item.get("status") == "True" for item in conditions)


def containers(pod: Mapping[str, Any], *, agent: bool) -> Sequence[Mapping[str, Any]]:
    """Containers of a pod: the agent's, or the application's."""
    spec = mapping(pod.get("spec"))
    found = map(mapping, (*sequence(spec.get("containers")), *sequence(spec.get("initContainers"))))
    return [item for item in found if (item.get("name") == keys.AGENT) is agent]


def variables(container: Mapping[str, Any]) -> dict[str, str]:
    """Variables of a container that have a value of their own."""
    found = map(mapping, sequence(container.get("env")))
    return {str(item.get("name")): str(item["value"]) for item in found if isinstance(item.get("value"), str)}
