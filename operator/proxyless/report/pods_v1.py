"""What ``proxyless pods`` tells, as text and as JSON, schema version 1. Pure; called by ``cli.pods``.

Within version 1 keys are only added, and to ``state`` only values.

    version   1
    summary   pods by state
    pods      [{namespace, name, workload {kind, namespace, name}, state, ready, note, mode, xds, version, remedy, command}]
    state     "no agent", "envoy", "other settings" (with an agent, and a new pod would be another), "agent"
    mode, xds, version   as the webhook of proxyless wrote them on the pod, empty where it did not inject it
    remedy, command      of pods without agent and with Envoy; else empty
"""

import json
from collections.abc import Mapping, Sequence

from proxyless.lint.pod_states import AgentState, PodState
from proxyless.model.resource import Ref
from proxyless.report.wording import clean

VERSION = 1

Cures = Mapping[Ref, tuple[str, str]]
"""What gives the pods of a workload the agent, in words and as a command."""


def document(states: Sequence[PodState], cures: Cures) -> dict[str, object]:
    """The whole answer."""
    return {"version": VERSION, "summary": _summary(states), "pods": [_pod(item, cures) for item in states]}


def _summary(states: Sequence[PodState]) -> dict[str, int]:
    return {state.value: sum(item.state is state for item in states) for state in AgentState}


def _pod(item: PodState, cures: Cures) -> dict[str, object]:
    remedy, command = (
        cures.get(item.workload.ref, ("", "")) if item.state in (AgentState.MISSING, AgentState.ENVOY) else ("", "")
    )
    return {
        "namespace": item.pod.namespace,
        "name": item.pod.name,
        "workload": item.workload.ref._asdict(),
        "state": item.state.value,
        "ready": item.ready,
        "note": item.note,
        "mode": item.mode,
        "xds": item.xds,
        "version": item.version,
        "remedy": remedy,
        "command": command,
    }


def dumps(values: Mapping[str, object]) -> str:
    """The document as text."""
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


HEADS = ("NAMESPACE", "POD", "WORKLOAD", "STATE", "READY", "NOTE")


def rows(states: Sequence[PodState], cures: Cures) -> list[tuple[str, ...]]:
    """Lines of a table with :data:`HEADS`."""
    return [
        tuple(map(clean, (
            item.pod.namespace,
            item.pod.name,
            f"{item.workload.ref.kind}/{item.workload.ref.name}",
            item.state.value,
            "yes" if item.ready else "no",
            item.note or _short(item, cures),
        )))
        for item in states
    ]  # fmt: skip


def _short(item: PodState, cures: Cures) -> str:
    if item.state is AgentState.AGENT:
        return ""
    remedy, command = cures.get(item.workload.ref, ("", ""))
    return command or remedy


def summary(states: Sequence[PodState]) -> str:
    """One sentence for people."""
    numbers = _summary(states)
    told = ", ".join(f"{number} {state}" for state, number in numbers.items() if number)
    return (
        f"{len(states)} pod{'' if len(states) == 1 else 's'} of proxyless workloads: {told}."
        if states
        else "no pod of a proxyless workload."
    )
