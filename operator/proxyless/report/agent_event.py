"""Makes the Kubernetes Events about a workload whose pods lack the agent, and about its end. Pure; written by ``controller.agent_events``."""

from datetime import datetime
from typing import Any

from proxyless.mesh.workload import Workload
from proxyless.model.kinds import KINDS
from proxyless.model.resource import mapping
from proxyless.report.event import OPERATOR, About, event

LACK, PRESENT = "PodsLackAgent", "PodsHaveAgent"
"""Reasons: it is so, and it is over."""
RESTARTED, NOT_RESTARTED = "RestartedForAgent", "NotRestartedForAgent"
"""Reasons: the operator replaces the pods, or may not though the ProxylessMesh allows it."""


def agent_event(workload: Workload, reason: str, message: str, now: datetime, count: int) -> dict[str, Any]:
    """The Event; the same one for the same workload and reason."""
    ref, kind = workload.ref, KINDS[workload.ref.kind]
    uid = mapping(workload.resource.body.get("metadata")).get("uid")
    version = f"{kind.group}/{kind.version}" if kind.group else kind.version
    about = About(version, ref.kind, ref.name, ref.namespace, str(uid or ""))
    warning = reason not in (PRESENT, RESTARTED)
    return event(about, reason, message, by=OPERATOR, now=now, count=count, warning=warning)
