"""What runs in the pods of a workload: the agent, Envoy, or the application alone. What its template asks for is read elsewhere.

A pod's containers never change after it is made, so a pod that is older than a label, or was made while the webhook was
away, stays as it is until it is replaced. Called by ``lint.running`` for pods of files and by ``adapters.census`` for those of
a cluster, so that both count alike.
"""

from collections.abc import Collection, Mapping
from enum import Enum
from heapq import nsmallest
from typing import Any

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.agent import agent_variable
from proxyless.mesh.pod.obstacles import is_stub
from proxyless.mesh.pod.opt_in_marks import AGENT_TEMPLATE, templates
from proxyless.mesh.pod.owner import owner
from proxyless.mesh.pod.pod import Pod
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, mapping, sequence

NAMED = 3
"""Pods without agent that are named; the rest is counted."""
_OVER = ("Succeeded", "Failed")
_NO_ENVOY = "DISABLE_ENVOY"


class Beside(Enum):
    """What runs beside an application in its pod."""

    AGENT = "agent"
    ENVOY = "envoy"
    NOTHING = "nothing"


class Running(NamedTuple):
    """The pods of one workload."""

    only: Beside | None
    """What runs in all of them, however many there are; None: they differ."""
    numbers: Mapping[Beside, int]
    """Pods by what runs in them; empty where they do not differ, so that scaling a workload changes nothing here."""
    names: tuple[str, ...] = ()
    """The first pods without agent by name, where only some lack it."""

    def has(self, beside: Beside) -> bool:
        """Whether it runs in some pod."""
        return self.only is beside or bool(self.numbers.get(beside))

    def spec(self) -> dict[str, Any]:
        """As :func:`read` takes it."""
        if self.only is not None:
            return {"only": self.only.value}
        return {**{beside.value: number for beside, number in self.numbers.items()}, "names": list(self.names)}


def read(spec: Mapping[str, Any]) -> Running:
    """What :meth:`Running.spec` wrote."""
    if "only" in spec:
        return Running(Beside(spec["only"]), {})
    numbers = {beside: int(spec[beside.value]) for beside in Beside if beside.value in spec}
    return Running(None, numbers, tuple(sequence(spec.get("names"))))


def summed(pods: Mapping[Beside, Collection[str]]) -> Running:
    """All pods of a workload, their names by what runs in them; at least one."""
    there = [item for item in Beside if pods.get(item)]
    if len(there) == 1:
        return Running(there[0], {})
    lacking = [name for item in there if item is not Beside.AGENT for name in pods[item]]
    return Running(None, {item: len(pods[item]) for item in there}, tuple(nsmallest(NAMED, lacking)))


def beside(pod: Pod) -> Beside:
    """What runs beside the application of a pod that was made."""
    agent = pod.agent
    if agent is None or is_stub(agent):
        return Beside.NOTHING
    if keys.MARK in pod.annotations or AGENT_TEMPLATE in templates(pod):
        return Beside.AGENT
    switch = agent_variable(pod, _NO_ENVOY)
    return Beside.AGENT if switch is not None and switch.is_true else Beside.ENVOY


def runs(body: Mapping[str, Any]) -> bool:
    """Whether a pod was made, has not ended and is not ending. A manifest that was never applied is no such pod."""
    phase = mapping(body.get("status")).get("phase")
    ending = mapping(body.get("metadata")).get("deletionTimestamp")
    return isinstance(phase, str) and phase not in _OVER and not ending


def made_by(pod: Pod, namespace: str) -> tuple[Ref, ...]:
    """The workloads that may have made a pod: its controller, and what usually stands above that by its name."""
    controller = next((item for item in pod.owners if item.get("controller") is True), None)
    if controller is None:
        return ()
    direct = Ref(str(controller.get("kind") or ""), namespace, str(controller.get("name") or ""))
    above = owner(pod)
    if above.kind in ("Deployment", "Rollout"):
        return (Ref(above.kind, namespace, above.name),)
    return (direct, Ref(above.kind, namespace, above.name)) if above.kind == "CronJob" else (direct,)
