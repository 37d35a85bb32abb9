"""PX101: the template annotation is only read by an injector, and none gets to these pods."""

from collections.abc import Iterator

from proxyless.lint.gates import has_templates
from proxyless.lint.pods import injected_by_us, istio_keeps_off
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod.keys import TEMPLATES
from proxyless.mesh.workload import wants_agent
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit where the annotation asks for the agent and no injector selects the pod."""
    workload = world.workload(subject)
    if workload is None or not wants_agent(workload) or injected_by_us(workload, world):
        return
    why = istio_keeps_off(workload, world)
    if why:
        asked = ", ".join(workload.templates)
        yield Hit(
            workload.metadata_path("annotations", TEMPLATES),
            f"No injector gives these pods {asked}: {why}. They start without agent and bootstrap, and xds:/// fails.",
        )


RULE = Rule(
    code="PX101",
    slug="annotation-without-injection",
    summary="Pods ask for the gRPC agent, but no injector selects them.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=has_templates,
    check=check,
    by_value=True,
    needs=(TEMPLATES,),
    remedy="Label the namespace istio-injection=enabled (or istio.io/rev, or proxyless.dev/injection=enabled), or the pods sidecar.istio.io/inject=true.",
    evidence=("istio injection webhook selectors", "matrix istio Pod"),
    reads=("Namespace",),
)
