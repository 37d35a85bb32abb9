"""PX123: the agent's template copies the owner's name into a label, and labels hold 63 characters."""

from collections.abc import Iterator

from proxyless.lint.gates import has_templates
from proxyless.lint.pods import AGENT, injected_by_us
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod.keys import TEMPLATES
from proxyless.mesh.pod.owner import LONGEST_LABEL, named_by_label
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource

"""Characters of a label value."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod template with the agent whose owner's name fits no label and that has no other name."""
    workload = world.workload(subject)
    if workload is None or AGENT not in workload.templates or len(subject.name) <= LONGEST_LABEL:
        return
    if named_by_label(workload.pod) or injected_by_us(workload, world):
        return
    message = f"The name has {len(subject.name)} characters, and the template copies it into a label of at most {LONGEST_LABEL}: all pods are refused."
    yield Hit(workload.metadata_path("annotations", TEMPLATES), message)


RULE = Rule(
    code="PX123",
    slug="long-owner-name",
    summary="The name of the workload is too long for the label that Istio's template makes of it.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=has_templates,
    check=check,
    needs=(TEMPLATES,),
    remedy="Give the pods a label app or service.istio.io/canonical-name of at most 63 characters.",
    evidence=("istio grpc-agent template, rendered",),
    reads=("Namespace",),
)
