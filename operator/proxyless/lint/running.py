"""Workloads whose pods that run lack the agent that is asked for them. For rules and commands; decides nothing else.

A template says what its next pods get; policies are enforced, and routes followed, by the pods that are there now. The counts
come from ``WorkloadPods`` in a cluster and from Pods with a status in files; where there are neither, nothing is said.
"""

from collections.abc import Iterable, Iterator, Mapping

from proxyless.lint.mesh_settings import WHO
from proxyless.lint.not_known import NotKnown
from proxyless.lint.pods import injected_by_us, istio_keeps_off
from proxyless.lint.remedy_commands import restart_one
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World, proxyless
from proxyless.mesh.pod.bootstrap import bootstrap
from proxyless.mesh.pod.decision import Skip
from proxyless.mesh.pod.our_injector import reaches_us
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.running import Beside, Running, beside, made_by, read, runs, summed
from proxyless.mesh.workload import Workload
from proxyless.model.client import Client
from proxyless.model.grouping import grouped, itself
from proxyless.model.kinds import COUNTED
from proxyless.model.memory import for_each, index_of
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import PODS, WORKLOADS, Ref, Resource

COUNTS = COUNTED
"""Kinds that tell what runs, beside those that tell which workloads there are; for ``reads`` of rules."""


def owner_of(counted: Ref) -> Ref:
    """The workload whose pods are counted in a ``WorkloadPods``."""
    kind, _, name = counted.name.partition("/")
    return Ref(kind, counted.namespace, name)


class Lack(NamedTuple):
    """A workload whose pods, or some of them, lack the agent."""

    workload: Workload
    running: Running

    @property
    def bare(self) -> bool:
        """Whether some of its pods have neither agent nor Envoy, so that nothing of the mesh is in effect there."""
        return self.running.has(Beside.NOTHING)

    @property
    def words(self) -> str:
        """What runs: ``1 of 2 pods lack the agent (cart-5d9c-x2x7q)``."""
        parts = [text for item in (Beside.NOTHING, Beside.ENVOY) if (text := self._told(item, ""))]
        names = f" ({', '.join(self.running.names)})" if self.running.names else ""
        return " and ".join(parts) + names

    @property
    def bare_words(self) -> str:
        """How many have neither agent nor Envoy, with the workload's name: ``1 of 2 pods of Deployment shop/cart lack the agent``."""
        return self._told(Beside.NOTHING, str(self.workload.ref))

    @property
    def sentence(self) -> str:
        """All of it with the workload's name: ``Deployment shop/cart: 1 of 2 pods lack the agent (cart-5d9c-x2x7q)``."""
        return f"{self.workload.ref}: {self.words}"

    @property
    def path(self) -> FieldPath:
        """Where the containers of its template stand."""
        return (*self.workload.path, "spec", "containers")

    @property
    def serve(self) -> str:
        """``they serve``, or ``it serves`` of a single pod."""
        return "they serve" if self.workload.path else "it serves"

    def _told(self, item: Beside, whose: str) -> str:
        running = self.running
        if not self.workload.path:
            does = "lacks the agent" if item is Beside.NOTHING else "runs Envoy in place of the agent"
            return f"{whose or 'it'} {does}" if running.has(item) else ""
        does = "lack the agent" if item is Beside.NOTHING else "run Envoy in place of the agent"
        pods = f"pods of {whose}" if whose else "pods"
        if running.only is item:
            return f"all {pods} {does}"
        number = running.numbers.get(item, 0)
        return f"{number} of {sum(running.numbers.values())} {pods} {does}" if number else ""


@index_of(*PODS, *COUNTED, settings=WHO)
def lacking(world: World) -> Mapping[Ref, Lack]:
    """All such workloads, for who tells of the whole mesh; who asks about one object calls :func:`lack_at`."""
    groups = proxyless(world)
    found = (lack_of(workload, world) for key in _near(world) for workload in groups.get(key))
    return {lack.workload.ref: lack for lack in found if lack is not None}


def may_lack(world: World) -> bool:
    """Whether pods of any workload may lack the agent; quick, for rules that have nothing to tell of otherwise."""
    return next(_near(world), None) is not None


def _near(world: World) -> Iterator[tuple[str, Client]]:
    """Proxyless workloads in namespaces where some pod has no agent, as ``proxyless`` has them: none, as a rule."""
    if any(world.seen(kind) for kind in ("Pod", *COUNTED)):
        counted, given = _counts_without(world), _pods_without(world)
        yield from (key for key in proxyless(world) if key[0] in counted or key[0] in given)


def lack_at(ref: Ref, world: World) -> Lack | None:
    """What the pods of one workload lack; None: nothing, or it is no workload that is known."""
    item = world.get(ref.kind, ref.namespace, ref.name)
    workload = None if item is None or ref.kind not in WORKLOADS else world.workload(item)
    return None if workload is None else lack_of(workload, world)


def bare_among(refs: Iterable[Ref], world: World) -> list[Lack]:
    """Those of some workloads whose pods, or some of them, have neither agent nor Envoy; in the order of the snapshot."""
    found = {ref: lack for ref in refs if (lack := lack_at(ref, world)) is not None and lack.bare}
    if len(found) < 2:  # noqa: PLR2004
        return list(found.values())
    return [found[item.ref] for kind in WORKLOADS for item in world.snapshot.branch(kind).in_order(found)]


@for_each
def lack_of(workload: Workload, world: World) -> Lack | None:
    """What its pods lack; None: nothing, or no pod of it is known."""
    running = running_of(workload, world)
    if running is None or running.only is Beside.AGENT or not is_wanted(workload, world):
        return None
    return Lack(workload, running)


def running_of(workload: Workload, world: World) -> Running | None:
    """What runs in its pods, None where none is known."""
    ref = workload.ref
    counted = world.get("WorkloadPods", ref.namespace, f"{ref.kind}/{ref.name}")
    if counted is not None:
        return read(counted.spec)
    given = _pods(world).get(ref)
    if not given:
        return None
    pods: dict[Beside, set[str]] = {}
    for pod in given:
        pods.setdefault(_beside(pod, world), set()).add(pod.name)
    return summed(pods)


@grouped(*COUNTED, of=itself)
def _counts_without(counted: Resource, _: World) -> tuple[str, ...]:
    """Counts of workloads of which some pod has no agent, asked for or not, by namespace."""
    return () if read(counted.spec).only is Beside.AGENT else (counted.namespace,)


@grouped("Pod", of=itself)
def _pods_without(pod: Resource, _: World) -> tuple[str, ...]:
    """Pods that run and have no agent, by namespace."""
    return (pod.namespace,) if runs(pod.body) and beside(Pod(pod.body)) is not Beside.AGENT else ()


@grouped("Pod", of=itself)
def _pods(pod: Resource, _: World) -> Iterator[Ref]:
    """Pods that run, by the workload that made them; those that nobody made stand for themselves."""
    if runs(pod.body):
        yield from made_by(Pod(pod.body), pod.namespace) or (pod.ref,)


@for_each
def _beside(pod: Resource, _: World) -> Beside:
    return beside(Pod(pod.body))


def is_wanted(workload: Workload, world: World) -> bool:
    """Whether its pods are to have the agent: somebody asks for it, and the application has no way of its own to istiod."""
    if not is_grpc(world, workload) or _has_own_way(workload):
        return False
    decision = world.decision_of(workload)
    if isinstance(decision, Skip):
        if decision.why == "other_template":
            return False
        return decision.asked or decision.done or world.declared(workload.namespace)
    return True


def _has_own_way(workload: Workload) -> bool:
    found = [item for container in workload.pod.apps if (item := bootstrap(container)) is not None]
    return any(item.plane != "agent" for item in found)


def why_not_cured(workload: Workload, world: World) -> str:
    """Why new pods of a workload would lack the agent just as well; empty where they would get it."""
    decision = world.decision_of(workload)
    if isinstance(decision, Skip):
        return "" if decision.done else decision.reason
    if injected_by_us(workload, world):
        return ""
    if decision.by == "policy" and not reaches_us(workload.alone, world.namespace_of(workload)):
        return f"no webhook asks for them; label namespace {workload.namespace} proxyless.dev/injection=policy"
    try:
        return istio_keeps_off(workload, world)
    except NotKnown:
        return ""


def cure(workload: Workload, world: World) -> tuple[str, str]:
    """What gives the pods of a workload the agent: in words, and as a command where there is one."""
    command = restart_one(workload.ref)
    again = f"Replace them: `{command}`." if command else f"Replace them: {_REPLACED.get(workload.ref.kind, _DELETE)}."
    why = why_not_cured(workload, world)
    if why:
        return f"New pods would lack it too ({why}): repair that first. {again}"[:600], ""
    return again, command


_DELETE = "delete the pods, and their owner makes new ones"
_REPLACED = {
    "Pod": "delete the pod and apply it again",
    "Job": "delete the Job and apply it again",
    "CronJob": "its next run has it",
    "Rollout": "`kubectl argo rollouts restart`",
}
