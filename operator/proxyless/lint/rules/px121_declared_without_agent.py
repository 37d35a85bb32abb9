"""PX121: the namespace is declared proxyless, but these pods neither ask for the agent nor bring a bootstrap."""

from collections.abc import Iterator

from proxyless.lint.agent_fixes import adds_agent
from proxyless.lint.gates import has_no_templates
from proxyless.lint.pods import brings_bootstrap, first_dialed, injected_by_us
from proxyless.lint.remedy_commands import enable
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.pod.running import Beside, beside
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per workload of a declared namespace that nothing makes proxyless."""
    workload = world.workload(subject)
    if workload is None or workload.templates or not world.declared(workload.namespace) or not is_grpc(world, workload):
        return
    if injected_by_us(workload, world) or first_dialed(workload) is not None:
        return
    if any(map(brings_bootstrap, workload.pod.apps)) or beside(workload.pod) is Beside.AGENT:
        return
    message = f"Namespace {workload.namespace} is declared proxyless, but these pods get no agent: Istio's rules do not apply to them."
    yield Hit(
        (*workload.path, "metadata", "annotations"),
        message,
        command=enable(workload.namespace),
        fix=adds_agent(workload, world),
    )


RULE = Rule(
    code="PX121",
    slug="declared-without-agent",
    summary="A workload of a namespace that is declared proxyless gets no agent.",
    severity=Severity.WARNING,
    kinds=WORKLOADS,
    gate=has_no_templates,
    check=check,
    remedy="""Annotate the pods inject.istio.io/templates: grpc-agent, label the namespace proxyless.dev/injection=enabled, or opt out by proxyless.dev/inject: "false".""",
    evidence=("failure mode A1", "failure mode C4"),
    reads=("Namespace",),
    fixes=("unsafe",),
)
