"""PX127: a manifest exported from an injected pod, its agent cut out but Istio's status left: nobody injects it again."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod.keys import STATUS
from proxyless.mesh.pod.opt_in_marks import cut_out, own_word
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod template whose status names an agent that is not there."""
    workload = world.workload(subject)
    if workload is None or not cut_out(workload.pod) or own_word(workload.pod) is False:
        return
    if world.is_proxyless(workload):
        message = (
            "The annotation says that the pod has its agent, and it has no container istio-proxy: "
            "no injector adds one, and the pod starts without agent and bootstrap."
        )
        yield Hit(workload.metadata_path("annotations", STATUS), message)


RULE = Rule(
    code="PX127",
    slug="agent-cut-out",
    summary="A pod's status says that it was injected, but the agent's container was cut out.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    needs=(STATUS,),
    remedy="Remove the annotation sidecar.istio.io/status, and what else injection added: its volumes and mounts.",
    evidence=("how our injector and Istio's tell an injected pod",),
    reads=("Namespace",),
)
