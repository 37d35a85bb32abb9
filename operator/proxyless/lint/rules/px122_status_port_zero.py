"""PX122: status.sidecar.istio.io/port: "0" makes the agent's template drop probe, resources and all its mounts."""

from collections.abc import Iterator

from proxyless.lint.pods import AGENT, injected_by_us
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.resource import WORKLOADS, Resource

STATUS_PORT = "status.sidecar.istio.io/port"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod template with the agent that switches its status port off."""
    workload = world.workload(subject)
    if workload is None or AGENT not in workload.templates or workload.pod.annotation(STATUS_PORT) != "0":
        return
    if not injected_by_us(workload, world):
        path = workload.metadata_path("annotations", STATUS_PORT)
        yield Hit(
            path,
            "With port 0 the grpc-agent template leaves out the agent's volume mounts too: no bootstrap and no certificates arrive.",
            fix=drop(path),
        )


RULE = Rule(
    code="PX122",
    slug="status-port-zero",
    summary="The agent's status port is switched off, which leaves it without its volumes.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    needs=(STATUS_PORT,),
    remedy="Remove the annotation status.sidecar.istio.io/port.",
    evidence=("istio grpc-agent template, rendered",),
    reads=("Namespace",),
    fixes=("unsafe",),
)
