"""Makes Kubernetes Events: one for each object and key, so that what is told again is the same Event, counted. Pure.

Used by ``report.pod_event``, ``report.agent_event`` and ``report.self_health``; written by ``adapters.events``.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any

from proxyless.model.record import NamedTuple
from proxyless.report.wording import clean, shorten

OPERATOR, WEBHOOK = "proxyless-operator", "proxyless-webhook"
"""Who tells."""
_LONGEST_MESSAGE = 1024
"""Bytes of a message, by the API server."""
_LONGEST_HEAD = 200
"""Characters of an Event's name before its digest; a name has at most 253."""
_CLUSTER_SCOPED = "default"
"""Namespace of Events about objects that have none."""


class About(NamedTuple):
    """The object that an Event is about."""

    api_version: str
    kind: str
    name: str
    namespace: str
    """Of the Event; a Namespace has its own, so that the Event is seen there. Empty for other objects of cluster scope."""
    uid: str = ""
    """kubectl describe finds Events by it; empty where it is not known."""


def event(
    about: About,
    reason: str,
    message: str,
    *,
    by: str,
    now: datetime,
    count: int,
    key: str = "",
    warning: bool = True,
) -> dict[str, Any]:
    """The Event, as ``v1`` has it.

    Args:
        about: what it is about.
        reason: one CamelCase word.
        message: for people; made one line and cut to what the API server takes.
        by: :data:`OPERATOR` or :data:`WEBHOOK`.
        now: time.
        count: how often it was told.
        key: tells Events with one reason about one object apart.
        warning: whether it is one; else it is normal.
    """
    time = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = sha256("\n".join((*about, reason, key)).encode()).hexdigest()[:16]
    reference = {"apiVersion": about.api_version, "kind": about.kind, "name": about.name}
    optional = {"namespace": about.namespace, "uid": about.uid}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{about.name[:_LONGEST_HEAD].rstrip('-.')}.{digest}",
            "namespace": about.namespace or _CLUSTER_SCOPED,
        },
        "involvedObject": reference | {name: value for name, value in optional.items() if value},
        "type": "Warning" if warning else "Normal",
        "reason": reason,
        "message": shorten(clean(message), _LONGEST_MESSAGE),
        "source": {"component": by},
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": count,
    }
