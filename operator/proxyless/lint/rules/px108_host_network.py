"""PX108: injectors leave pods on the host's network alone, so the agent that they ask for never comes."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod.opt_in_marks import asks_for_agent
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod template on the host's network that asks for the agent."""
    workload = world.workload(subject)
    if workload is None or workload.spec.get("hostNetwork") is not True:
        return
    if asks_for_agent(workload.pod):
        path = (*workload.path, "spec", "hostNetwork")
        yield Hit(
            path,
            "hostNetwork: true keeps every injector off: the pod gets no agent and no bootstrap, and xds:/// fails.",
            fix=drop(path),
        )


RULE = Rule(
    code="PX108",
    slug="host-network",
    summary="A pod on the host's network asks for the agent, which is never injected there.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    needs=("hostNetwork",),
    remedy="Remove hostNetwork, or do without proxyless in this pod.",
    evidence=("istio injection policy", "https://github.com/istio/istio/issues/42010", "failure mode A5"),
    deny=True,
    fixes=("unsafe",),
)
