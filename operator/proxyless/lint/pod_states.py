"""Each pod that runs beside what a new one would get: with agent, without, with Envoy, or as settings were when it was made. Pure.

Called by ``cli.pods``. Whether a pod should have the agent is what rules say of its workload, see ``running``.
"""

import json
from collections.abc import Iterable, Iterator
from enum import Enum

from proxyless import __version__
from proxyless.lint.running import is_wanted
from proxyless.lint.world import World
from proxyless.mesh.pod import keys
from proxyless.mesh.pod.decision import Inject
from proxyless.mesh.pod.pod import Pod, text_of
from proxyless.mesh.pod.running import Beside, beside, made_by, runs
from proxyless.mesh.workload import Workload
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping, sequence


class AgentState(Enum):
    """How a pod stands; the worse come first."""

    MISSING = "no agent"
    ENVOY = "envoy"
    DIFFERS = "other settings"
    AGENT = "agent"


class PodState(NamedTuple):
    """One pod."""

    pod: Resource
    workload: Workload
    """Itself where nobody made it."""
    state: AgentState
    ready: bool
    note: str
    """What is told beside the state, in words; may be empty."""
    mode: str
    """Who injected it as our mark says: ``own`` or ``delegate``; empty where there is no mark."""
    xds: str
    version: str
    """Release of proxyless that injected it, as our mark says."""


def states(pods: Iterable[Resource], world: World) -> Iterator[PodState]:
    """Pods that run and have the agent or should have it, in their order; those of workloads that are not known are left out."""
    for item in pods:
        if not runs(item.body):
            continue
        pod = Pod(item.body)
        workload = workload_behind(item, world)
        if workload is None:
            continue
        has, wanted = beside(pod), is_wanted(workload, world)
        if wanted or has is Beside.AGENT:
            yield _state(item, pod, workload, has, world, wanted=wanted)


def workload_behind(item: Resource, world: World) -> Workload | None:
    """The workload that made a pod, itself where nobody did; None where it is not known."""
    makers = made_by(Pod(item.body), item.namespace)
    if not makers:
        return world.workload(item)
    owners = (world.get(*maker) for maker in makers)
    return next((found for owner in owners if owner is not None and (found := world.workload(owner))), None)


def _state(item: Resource, pod: Pod, workload: Workload, has: Beside, world: World, *, wanted: bool) -> PodState:
    mode, xds, version = _mark(pod)
    made = PodState(item, workload, AgentState.AGENT, _is_ready(item), "", mode, xds, version)
    if has is Beside.NOTHING:
        return made._replace(state=AgentState.MISSING)
    if has is Beside.ENVOY:
        return made._replace(state=AgentState.ENVOY)
    if not wanted:
        return made._replace(state=AgentState.DIFFERS, note="nobody asks for the agent any more")
    differences = list(_differences(workload, world, mode, xds))
    if differences:
        return made._replace(state=AgentState.DIFFERS, note=f"a new pod gets {', '.join(differences)}")
    older = version and version != __version__
    return made._replace(note=f"injected by release {version}, this is {__version__}") if older else made


def _differences(workload: Workload, world: World, mode: str, xds: str) -> Iterator[str]:
    """What a new pod would get otherwise; a pod template that holds the agent itself tells nothing."""
    decision = world.decision_of(workload)
    if not isinstance(decision, Inject) or not workload.path or not mode:
        return
    if decision.xds != xds:
        yield f"xds {decision.xds} in place of {xds}"
    if decision.mode != mode:
        yield f"mode {decision.mode} in place of {mode}"


def _mark(pod: Pod) -> tuple[str, str, str]:
    """Mode, way to xDS and release as our mark says them."""
    try:
        mark = mapping(json.loads(pod.annotation(keys.MARK) or "{}"))
    except (ValueError, RecursionError):
        mark = {}
    mode, xds, version = (text_of(mark.get(key)) or "" for key in ("mode", "xds", "version"))
    return mode, xds, version


def _is_ready(item: Resource) -> bool:
    conditions = map(mapping, sequence(mapping(item.body.get("status")).get("conditions")))
    return any(entry.get("type") == "Ready" and entry.get("status") == "True" for entry in conditions)
