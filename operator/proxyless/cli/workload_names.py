"""Finds workloads by the names that users type: ``web/deploy/cart``, ``web/cart`` or ``cart``. For commands."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from proxyless.errors import InputError
from proxyless.mesh.workload import Workload, workload_of
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.snapshot import Snapshot

_KINDS = {
    "deploy": "Deployment", "deployment": "Deployment", "sts": "StatefulSet", "statefulset": "StatefulSet",
    "ds": "DaemonSet", "daemonset": "DaemonSet", "rs": "ReplicaSet", "replicaset": "ReplicaSet", "job": "Job",
    "cj": "CronJob", "cronjob": "CronJob", "pod": "Pod", "po": "Pod", "rollout": "Rollout", "ro": "Rollout",
    "rc": "ReplicationController", "replicationcontroller": "ReplicationController",
}  # fmt: skip
FORM = "NAMESPACE/KIND/NAME, NAMESPACE/NAME, KIND/NAME or NAME, e.g. web/deploy/cart"
"""How a workload is written."""


def find(word: str, workloads: Iterable[Workload], namespace: str = "") -> Workload:
    """The workload that a word names.

    Args:
        word: as :data:`FORM` says.
        workloads: those that there are.
        namespace: of a word that names none; empty: any.

    Raises:
        InputError: none is there, or several; the message names those that are there.
    """
    known = list(workloads)
    parts = word.split("/")
    found = [item for item in known if _fits(parts, item)]
    if not found and len(parts) == 2 and parts[0].lower() in _KINDS:  # noqa: PLR2004  KIND/NAME
        found = [item for item in known if _fits([namespace or item.namespace, *parts], item)]
    elif namespace and len(parts) == 1:
        found = [item for item in found if item.namespace == namespace]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{word!r} names several workloads: {_listed(found)}; write {FORM}")
    near = _near(word, known)
    there = f"did you mean {_listed(near)}?" if near else f"there are: {_listed(known) or 'none'}"
    raise InputError(f"no workload {word!r} in what was read; {there}")


def namespace_in(word: str) -> str:
    """The namespace that a word names, empty where it names none."""
    first, *more = word.split("/")
    return first if more and (len(more) > 1 or first.lower() not in _KINDS) else ""


def maker(word: str, snapshot: Snapshot, namespace: str = "") -> Workload | None:
    """The owner of the pod that a word names, as ``kubectl get pods`` shows it; None: no such pod, or it has no owner."""
    *before, name = word.split("/")
    place = next((part for part in before if part.lower() not in _KINDS), namespace)
    found = [item for item in snapshot.of_kind("Pod", place or None) if item.name == name]
    return _maker(found[0], snapshot) if len(found) == 1 else None


def _maker(item: Resource, snapshot: Snapshot) -> Workload | None:
    """The owner that nothing else makes; at most a Deployment's ReplicaSet or a CronJob's Job stands between."""
    for _ in range(_OWNERS):
        owners = map(mapping, sequence(mapping(item.body.get("metadata")).get("ownerReferences")))
        owner = next((entry for entry in owners if entry.get("controller")), None)
        above = None if owner is None else snapshot.get(str(owner.get("kind")), item.namespace, str(owner.get("name")))
        if above is None:
            return None
        workload = workload_of(above)
        if workload is not None:
            return workload
        item = above
    return None


def named(workload: Workload) -> str:
    """A workload as :func:`find` takes it."""
    kind = next(word for word, full in _KINDS.items() if full == workload.resource.kind)
    return f"{workload.namespace}/{kind}/{workload.resource.name}"


def _near(word: str, workloads: Sequence[Workload]) -> list[Workload]:
    """Workloads of the same name elsewhere, or of another kind, else those whose names look alike."""
    name = word.rpartition("/")[2]
    same = [item for item in workloads if item.resource.name == name]
    if same:
        return same
    by_name: dict[str, list[Workload]] = {}
    for item in workloads:
        by_name.setdefault(item.resource.name, []).append(item)
    alike = get_close_matches(name, by_name, n=3)
    own = [item for found in alike for item in by_name[found] if item.namespace == word.partition("/")[0]]
    return own or [item for found in alike for item in by_name[found]]


def _fits(parts: Sequence[str], workload: Workload) -> bool:
    resource = workload.resource
    match parts:
        case [name]:
            return resource.name == name
        case [namespace, name]:
            return (resource.namespace, resource.name) == (namespace, name)
        case [namespace, kind, name]:
            known = _KINDS.get(kind.lower()) == resource.kind
            return known and (resource.namespace, resource.name) == (namespace, name)
        case _:
            return False


def _listed(workloads: Sequence[Workload]) -> str:
    names = sorted(map(named, workloads))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


_SHOWN = 8
_OWNERS = 2
"""Owners between a pod and what people write, at most."""
