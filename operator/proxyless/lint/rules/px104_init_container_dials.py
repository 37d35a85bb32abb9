"""PX104: init containers get neither bootstrap nor agent, so an xds:/// target in one always fails."""

from collections.abc import Iterator

from proxyless.lint.pods import AGENT, brings_bootstrap, injected_by_us
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod.keys import AGENT as AGENT_CONTAINER
from proxyless.mesh.pod.targets import targets
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per init container that names an ``xds:///`` target and brings no bootstrap of its own."""
    workload = world.workload(subject)
    if workload is None or not (AGENT in workload.templates or injected_by_us(workload, world)):
        return
    for container in workload.pod.init_containers:
        if container.name == AGENT_CONTAINER or brings_bootstrap(container):
            continue
        found = next((target.text for target in targets(container) if not target.authority), None)
        if found:
            message = f"Init container {found.container} dials {found.text.strip()!r}: it gets no bootstrap, and the agent does not run yet."
            yield Hit(found.path, message)


RULE = Rule(
    code="PX104",
    slug="init-container-dials",
    summary="An init container uses xDS, which is not there before the agent runs.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    needs=("initContainers",),
    remedy="Dial by DNS in the init container, or do this work in the application once it has started.",
    evidence=("istio grpc-agent template", "failure mode A8"),
    reads=("Namespace",),
)
