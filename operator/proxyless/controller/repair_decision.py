"""Whether the operator may restart a workload whose pods lack the agent, and how. Pure; called by ``controller.repair``.

Never twice for the same cause: the cause is kept in an annotation on the owner, so that neither another replica nor a new
process restarts it again. It goes when all pods have the agent, so that the next cause counts anew.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from proxyless.lint.running import why_not_cured
from proxyless.lint.world import World
from proxyless.mesh.selector import selects
from proxyless.mesh.workload import Workload
from proxyless.model.record import NamedTuple
from proxyless.model.resource import mapping, sequence

CAUSE = "proxyless.dev/restarted-for"
"""Annotation of an owner: the cause that it was restarted for."""
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
"""Annotation of a pod template by which ``kubectl rollout restart`` makes it another one."""
KINDS = ("Deployment", "StatefulSet", "DaemonSet")
"""Kinds that roll their pods when the template changes."""


class RepairSettings(NamedTuple):
    """What the ProxylessMesh allows."""

    restart: bool
    per_minute: int = 2


def settings_of(mesh: Mapping[str, Any] | None) -> RepairSettings:
    """What the ``spec`` of a ProxylessMesh allows; what it does not say, or says in another form, is not allowed."""
    repair = mapping(mapping(mesh).get("repair"))
    number = repair.get("perMinute")
    usable = isinstance(number, int) and not isinstance(number, bool) and number > 0
    restart = repair.get("podsWithoutAgent") == "restart"
    return RepairSettings(restart, int(str(number))) if usable else RepairSettings(restart)


def cause_of(workload: Workload, world: World) -> str:
    """What the pods lack the agent for, as a short text that is the same as long as the template and what asks are the same."""
    metadata = {**workload.pod.metadata, "annotations": {**workload.annotations, RESTARTED_AT: ""}}
    decision = world.decision_of(workload)
    told = json.dumps([metadata, workload.spec, decision.source], sort_keys=True, default=str)
    return sha256(told.encode()).hexdigest()[:16]


def hindrance(workload: Workload, world: World, owner: Mapping[str, Any], budgets: Iterable[Mapping[str, Any]]) -> str:
    """Why a workload is not to be restarted now, in words; empty where it is.

    Args:
        workload: as the world has it.
        world: what asks for the agent.
        owner: the object as it is at the API server now, its status included.
        budgets: PodDisruptionBudgets of its namespace.
    """
    if workload.ref.kind not in KINDS:
        return f"a {workload.ref.kind} does not replace its pods by itself"
    if why := why_not_cured(workload, world):
        return f"new pods would lack the agent too: {why}"
    if why := _rolling(owner):
        return why
    annotations = mapping(mapping(owner.get("metadata")).get("annotations"))
    if annotations.get(CAUSE) == cause_of(workload, world):
        return "it was restarted for this before, and pods lack the agent still"
    return _protected(workload, budgets)


def _rolling(owner: Mapping[str, Any]) -> str:
    """Why the owner would not roll its pods now."""
    metadata, spec, status = (mapping(owner.get(key)) for key in ("metadata", "spec", "status"))
    if metadata.get("deletionTimestamp"):
        return "it is being deleted"
    if spec.get("paused") is True:
        return "its rollouts are paused"
    if mapping(spec.get("updateStrategy")).get("type") == "OnDelete":
        return "its updateStrategy is OnDelete: delete its pods"
    behind = status.get("observedGeneration") != metadata.get("generation")
    wanted = status.get("desiredNumberScheduled", status.get("replicas", 0))
    updated = status.get("updatedNumberScheduled", status.get("updatedReplicas", 0))
    return "a rollout is under way" if behind or updated != wanted else ""


def _protected(workload: Workload, budgets: Iterable[Mapping[str, Any]]) -> str:
    """The PodDisruptionBudget that allows none of the pods to go now."""
    for budget in budgets:
        if _covers(mapping(mapping(budget.get("spec")).get("selector")), workload.labels):
            allowed = mapping(budget.get("status")).get("disruptionsAllowed")
            if not isinstance(allowed, int) or allowed < 1:
                return f"PodDisruptionBudget {mapping(budget.get('metadata')).get('name')} allows no disruption"
    return ""


def _covers(selector: Mapping[str, Any], labels: Mapping[str, Any]) -> bool:
    """Whether a selector of a PodDisruptionBudget selects pods; what cannot be read does, to be careful."""
    if not selects(mapping(selector.get("matchLabels")), labels):
        return False
    for entry in map(mapping, sequence(selector.get("matchExpressions"))):
        key, values = str(entry.get("key")), sequence(entry.get("values"))
        match entry.get("operator"):
            case "In":
                fits = labels.get(key) in values
            case "NotIn":
                fits = labels.get(key) not in values
            case "Exists":
                fits = key in labels
            case "DoesNotExist":
                fits = key not in labels
            case _:
                fits = True
        if not fits:
            return False
    return True


def restart(owner: Mapping[str, Any], cause: str, now: datetime) -> dict[str, Any]:
    """The merge patch that makes the owner replace its pods, if it is still as it was seen."""
    time = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "metadata": {"resourceVersion": _version(owner), "annotations": {CAUSE: cause}},
        "spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: time}}}},
    }


def forgotten(owner: Mapping[str, Any]) -> dict[str, Any]:
    """The merge patch that takes the cause away."""
    return {"metadata": {"resourceVersion": _version(owner), "annotations": {CAUSE: None}}}


def _version(owner: Mapping[str, Any]) -> str:
    return str(mapping(owner.get("metadata")).get("resourceVersion", ""))
