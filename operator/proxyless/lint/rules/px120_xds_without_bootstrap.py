"""PX120: code that dials xds:/// in a pod that nobody injects finds no bootstrap."""

from collections.abc import Iterator

from proxyless.lint.gates import has_no_templates
from proxyless.lint.pods import first_dialed, injected_by_us, istio_keeps_off
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit at the first ``xds:///`` target of a pod without bootstrap, annotation or injector."""
    workload = world.workload(subject)
    if workload is None or workload.templates:
        return
    found = first_dialed(workload)
    if found is None or world.client_of(workload).framework is not Framework.GRPC or injected_by_us(workload, world):
        return
    why = istio_keeps_off(workload, world)
    if why:
        yield Hit(found.text.path, f"{found.text.text.strip()!r} needs an xDS bootstrap, and the pod gets none: {why}.")


RULE = Rule(
    code="PX120",
    slug="xds-without-bootstrap",
    summary="A pod dials xds:/// and nothing gives it a bootstrap.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=has_no_templates,
    check=check,
    needs=("command", "args", "env", "envFrom"),
    remedy="Annotate the pods inject.istio.io/templates: grpc-agent and label the namespace istio-injection=enabled or proxyless.dev/injection=enabled.",
    evidence=("failure mode A1", "failure mode A3"),
    reads=("Namespace",),
)
