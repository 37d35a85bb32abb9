"""PX111: code that dials xds:/// in a pod without the agent's template gets an Envoy sidecar and no bootstrap."""

from collections.abc import Iterator

from proxyless.lint.agent_fixes import adds_agent
from proxyless.lint.gates import lacks_agent
from proxyless.lint.pods import first_dialed, injected_by_us, istio_keeps_off
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit at the first ``xds:///`` target of a pod that Istio injects with something else."""
    workload = world.workload(subject)
    if workload is None or workload.templates not in ((), ("sidecar",)):
        return
    found = first_dialed(workload)
    if found is None or world.client_of(workload).framework is not Framework.GRPC:
        return
    if injected_by_us(workload, world) or istio_keeps_off(workload, world):
        return
    message = f"{found.text.text.strip()!r} needs an xDS bootstrap, but Istio injects an Envoy sidecar here, which brings none."
    yield Hit(found.text.path, message, fix=adds_agent(workload, world))


RULE = Rule(
    code="PX111",
    slug="sidecar-instead-of-agent",
    summary="A pod dials xds:/// and gets an Envoy sidecar instead of the gRPC agent.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=lacks_agent,
    check=check,
    needs=("command", "args", "env", "envFrom"),
    remedy="Annotate the pods inject.istio.io/templates: grpc-agent.",
    evidence=("istio injection default templates", "failure mode A3"),
    reads=("Namespace",),
    fixes=("unsafe",),
)
