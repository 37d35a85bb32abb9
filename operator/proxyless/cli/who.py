"""Workloads by the names that people give them: ``web/deploy/cart``, ``web/cart`` or ``cart``. For commands."""

from collections.abc import Iterable, Sequence

from proxyless.errors import InputError
from proxyless.mesh.workload import Workload

_KINDS = {
    "deploy": "Deployment", "deployment": "Deployment", "sts": "StatefulSet", "statefulset": "StatefulSet",
    "ds": "DaemonSet", "daemonset": "DaemonSet", "rs": "ReplicaSet", "replicaset": "ReplicaSet", "job": "Job",
    "cj": "CronJob", "cronjob": "CronJob", "pod": "Pod", "po": "Pod",
}  # fmt: skip
FORM = "NAMESPACE/KIND/NAME, NAMESPACE/NAME or NAME, e.g. web/deploy/cart"
"""How a workload is written."""


def find(word: str, workloads: Iterable[Workload]) -> Workload:
    """The workload that a word names.

    Raises:
        InputError: none is there, or several; the message names those that are there.
    """
    known = list(workloads)
    found = [item for item in known if _fits(word.split("/"), item)]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"{word!r} names several workloads: {_listed(found)}; write {FORM}")
    raise InputError(f"no workload {word!r} in what was read; there are: {_listed(known) or 'none'}")


def named(workload: Workload) -> str:
    """A workload as :func:`find` takes it."""
    kind = next(word for word, full in _KINDS.items() if full == workload.resource.kind)
    return f"{workload.namespace}/{kind}/{workload.resource.name}"


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
