"""Makes the Kubernetes Event about a pod that asked for the agent and does not get it. Pure; written by ``webhook.pod_events``.

It stands on what the pod's author looks at: the Deployment where it is known, else the pod's own controller, else the
namespace, since the pod itself has no uid yet while it is being admitted.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from proxyless.mesh.pod.decision import Skip
from proxyless.mesh.pod.owner import owner
from proxyless.mesh.pod.pod import Pod, text_of
from proxyless.model.snapshot import Snapshot
from proxyless.report.event import WEBHOOK, About, event

REASON = "NotInjected"


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


def pod_event(it: About, pod: Pod, skip: Skip, now: datetime, count: int) -> dict[str, Any]:
    """The Event; the same one for the same object and reason, whichever pod it is."""
    named = pod.name or f"{pod.generate_name}…"
    message = f"Pod {named} gets no agent ({skip.why}): {skip.reason}"
    return event(it, REASON, message, by=WEBHOOK, now=now, count=count, key=skip.why)
