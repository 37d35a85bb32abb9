"""Makes the Kubernetes Events about a workload whose pods lack the agent, and about its end. Pure; written by ``controller.agent_events``."""

from datetime import datetime
from hashlib import sha256
from typing import Any

from proxyless.mesh.workload import Workload
from proxyless.model.kinds import KINDS
from proxyless.model.resource import mapping
from proxyless.report.wording import clean, shorten

LACK, PRESENT = "PodsLackAgent", "PodsHaveAgent"
"""Reasons: it is so, and it is over."""
COMPONENT = "proxyless-operator"
_LONGEST_MESSAGE = 1024
"""Bytes of a message, by the API server."""
_LONGEST_HEAD = 200
"""Characters of an Event's name before its digest; a name has at most 253."""


def agent_event(workload: Workload, reason: str, message: str, now: datetime, count: int) -> dict[str, Any]:
    """The Event, as ``v1`` has it. Its name is the same for the same workload and reason, so that one is kept of each."""
    time = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    about = _reference(workload)
    digest = sha256("\n".join((*map(str, about.values()), reason)).encode()).hexdigest()[:16]
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": f"{workload.ref.name[:_LONGEST_HEAD].rstrip('-.')}.{digest}",
            "namespace": workload.namespace,
        },
        "involvedObject": about,
        "type": "Normal" if reason == PRESENT else "Warning",
        "reason": reason,
        "message": shorten(clean(message), _LONGEST_MESSAGE),
        "source": {"component": COMPONENT},
        "firstTimestamp": time,
        "lastTimestamp": time,
        "count": count,
    }


def _reference(workload: Workload) -> dict[str, str]:
    ref, kind = workload.ref, KINDS[workload.ref.kind]
    uid = mapping(workload.resource.body.get("metadata")).get("uid")
    return {
        "apiVersion": f"{kind.group}/{kind.version}" if kind.group else kind.version,
        "kind": ref.kind,
        "name": ref.name,
        "namespace": ref.namespace,
        **({"uid": str(uid)} if uid else {}),
    }
