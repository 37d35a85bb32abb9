"""PX119: the sidecar's and the agent's templates are for the same container and cannot be combined."""

from collections.abc import Iterator

from proxyless.lint.gates import has_other_templates
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod.keys import TEMPLATES
from proxyless.mesh.pod.opt_in_marks import AGENT_TEMPLATE, AGENT_TEMPLATES
from proxyless.mesh.workload import wants_agent
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.resource import WORKLOADS, Resource

_ENVOY = ("sidecar", "gateway")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod template that names a proxyless template beside another for the same container."""
    workload = world.workload(subject)
    if workload is None or not wants_agent(workload):
        return
    both = [name for name in workload.templates if name in (*_ENVOY, *AGENT_TEMPLATES)]
    if len(both) > 1:
        path = workload.metadata_path("annotations", TEMPLATES)
        yield Hit(
            path,
            f"The templates {' and '.join(both)} cannot be combined: both are for the container istio-proxy.",
            fix=put(path, AGENT_TEMPLATE),
        )


RULE = Rule(
    code="PX119",
    slug="both-templates",
    summary="A pod asks for the sidecar and the gRPC agent at once.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=has_other_templates,
    check=check,
    needs=(TEMPLATES,),
    remedy="Name grpc-agent alone; for a pod that needs Envoy too, use the sidecar template and a bootstrap of your own.",
    evidence=("https://github.com/istio/istio/issues/40318", "failure mode A15"),
    deny=True,
    fixes=("unsafe",),
)
