"""One cluster at a glance: who injects where, which pods have the agent, the worst findings by namespace, what was not judged. Pure.

Called by ``cli.status`` with everything that was read of the cluster.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from proxyless.lint.not_known import NotKnown
from proxyless.lint.pod_states import AgentState, PodState
from proxyless.lint.pods import injected_by_us, istio_keeps_off
from proxyless.lint.world import World
from proxyless.mesh.pod.decision import Inject
from proxyless.mesh.workload import Workload, wants_agent
from proxyless.model.finding import Finding, Report, Severity
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref

FORETOLD = "PX109"
"""The rule that foretells streams which cut each other off."""


class NamespaceOverview(NamedTuple):
    """One namespace."""

    name: str
    injectors: tuple[str, ...]
    """Who gives proxyless pods there the agent: ``proxyless``, ``istio``, ``nobody``."""
    workloads: int
    """Proxyless workloads."""
    lacking: int
    """Those of them with pods that lack the agent."""
    flapping: int
    """Those whose xDS streams cut each other off: seen in their agents, else foretold by PX109."""
    pods: Mapping[AgentState, int]
    findings: Mapping[Severity, int]
    worst: tuple[str, ...]
    """Codes of the worst findings, most frequent first."""


class Overview(NamedTuple):
    """The whole cluster."""

    namespaces: tuple[NamespaceOverview, ...]
    """Those with proxyless workloads or findings, the worst first."""
    not_judged: Mapping[str, int]
    """Why rules could not say something, with the number of times."""
    releases: Mapping[str, int]
    """Releases of proxyless that injected running pods, with the number of pods."""


def overview(
    world: World,
    report: Report,
    pods: Iterable[PodState],
    namespace: str = "",
    flapping: Collection[Ref] | None = None,
) -> Overview:
    """The cluster, or one namespace of it.

    Args:
        world: the cluster.
        report: what all rules say of it.
        pods: running pods, as ``pod_states`` reads them.
        namespace: empty: all.
        flapping: workloads whose agents were seen to close streams for others; None: nobody looked.
    """
    if flapping is None:
        flapping = {item.ref for item in report.findings if item.code == FORETOLD and item.severity is Severity.ERROR}
    running = [item for item in pods if namespace in ("", item.pod.namespace)]
    workloads = [item for item in world.proxyless_workloads if namespace in ("", item.namespace)]
    findings = [item for item in report.findings if namespace in ("", item.ref.namespace)]
    names = {
        *(item.namespace for item in workloads),
        *(item.pod.namespace for item in running),
        *(item.ref.namespace for item in findings if item.severity > Severity.INFO),
    }
    parts = [
        _one(
            name,
            world,
            [item for item in workloads if item.namespace == name],
            [item for item in running if item.pod.namespace == name],
            [item for item in findings if item.ref.namespace == name],
        )._replace(flapping=sum(ref.namespace == name for ref in flapping))
        for name in sorted(names)
    ]
    notices = (item for item in report.notices if item.ref is None or namespace in ("", item.ref.namespace))
    return Overview(
        tuple(sorted(parts, key=_badness, reverse=True)),
        dict(Counter(item.message for item in notices).most_common()),
        dict(Counter(item.version for item in running if item.version).most_common()),
    )


def _badness(item: NamespaceOverview) -> tuple[int, ...]:
    wrong = item.pods.get(AgentState.MISSING, 0) + item.pods.get(AgentState.ENVOY, 0)
    return (item.findings.get(Severity.ERROR, 0), wrong, item.findings.get(Severity.WARNING, 0), item.workloads)


def _one(
    name: str, world: World, workloads: list[Workload], pods: list[PodState], findings: list[Finding]
) -> NamespaceOverview:
    lacking = {item.workload.ref for item in pods if item.state in (AgentState.MISSING, AgentState.ENVOY)}
    worst = max((item.severity for item in findings), default=Severity.INFO)
    codes = Counter(item.code for item in findings if item.severity is worst and worst > Severity.INFO)
    return NamespaceOverview(
        name,
        tuple(sorted({_injector(item, world) for item in workloads})),
        len(workloads),
        len(lacking),
        0,
        Counter(item.state for item in pods),
        Counter(item.severity for item in findings),
        tuple(code for code, _ in sorted(codes.items(), key=lambda entry: (-entry[1], entry[0]))),
    )


def _injector(workload: Workload, world: World) -> str:
    """Who gives new pods of a workload the agent."""
    if injected_by_us(workload, world):
        decision = world.decision_of(workload)
        return "istio" if isinstance(decision, Inject) and decision.mode == "delegate" else "proxyless"
    if not wants_agent(workload):
        return "nobody"
    try:
        return "nobody" if istio_keeps_off(workload, world) else "istio"
    except NotKnown:
        return "not known"
