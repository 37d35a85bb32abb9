"""Makes the Kubernetes Event about a pod that asked for the agent and does not get it. Pure; written by ``webhook.pod_events``.

It stands on what the pod's author looks at: the Deployment where it is known, else the pod's own controller, else the
namespace, since the pod itself has no uid yet while it is being admitted.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from proxyless.mesh.pod.decision import Skip
from proxyless.mesh.pod.owner import owner
from proxyless.mesh.pod.pod import Pod, text_of
from proxyless.model.record import NamedTuple
from proxyless.model.snapshot import Snapshot

REASON = "NotInjected"
COMPONENT = "proxyless-webhook"
_LONGEST_MESSAGE = 1024
"""Characters of a message, by the API server."""
_LONGEST_HEAD = 200
"""Characters of an Event's name before its digest; a name has at most 253."""


class About(NamedTuple):
    """The object that an Event is about."""

    api_version: str
    kind: str
    name: str
    namespace: str
    """Of the Event; objects of cluster scope have it too, so that the Event is seen where the pod would be."""
    uid: str = ""
    """kubectl describe finds Events by it; empty where it is not known."""


def about(pod: Pod, namespace: str, snapshot: Snapshot) -> About:
    """What to tell of: the workload above the pod's controller where it was seen, else the controller, else the namespace."""
    controller = next((item for item in pod.owners if item.get("controller") is True), None)
    if controller is None:
        seen = snapshot.get("Namespace", "", namespace)
        return About("v1", "Namespace", namespace, namespace, _uid(seen.body) if seen else "")
    above = owner(pod)
    seen = snapshot.get(above.kind, namespace, above.name)
    if seen is not None and (uid := _uid(seen.body)):
        return About(text_of(seen.body.get("apiVersion")) or above.api_version, above.kind, above.name, namespace, uid)
    version, kind, name, uid = (text_of(controller.get(key)) or "" for key in ("apiVersion", "kind", "name", "uid"))
    return About(version, kind, name, namespace, uid)


def _uid(body: Mapping[str, Any]) -> str:
    return text_of((body.get("metadata") or {}).get("uid")) or ""


def event(it: About, pod: Pod, skip: Skip, now: datetime, count: int) -> dict[str, Any]:
    """The Event, as ``v1`` has it. Its name is the same for the same object and reason, so that it is written once."""
    time = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    reference = {"apiVersion": it.api_version, "kind": it.kind, "name": it.name, "namespace": it.namespace}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": _name(it, skip), "namespace": it.namespace},
        "involvedObject": reference | ({"uid": it.uid} if it.uid else {}),
        "type": "Warning",
        "reason": REASON,
        "message": _message(pod, skip),
        "source": {"component": COMPONENT},
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": count,
    }


def _name(it: About, skip: Skip) -> str:
    digest = sha256("\n".join((*it, skip.why)).encode()).hexdigest()[:16]
    return f"{it.name[:_LONGEST_HEAD].rstrip('-.')}.{digest}"


def _message(pod: Pod, skip: Skip) -> str:
    named = pod.name or f"{pod.generate_name}…"
    text = f"Pod {named} gets no agent ({skip.why}): {skip.reason}"
    text = "".join(char if char.isprintable() else " " for char in text)
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 1]}…"
