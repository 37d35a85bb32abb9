"""PX106: the agent keeps running when the application of a Job has ended, so the Job never completes."""

from collections.abc import Iterator

from proxyless.lint.pods import AGENT, injected_by_us
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod.keys import TEMPLATES
from proxyless.mesh.pod.opt_in_marks import istio_word
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per Job or CronJob whose pods get Istio's agent as an ordinary container."""
    workload = world.workload(subject)
    if workload is None or AGENT not in workload.templates:
        return
    if istio_word(workload.pod) is False:
        return
    if injected_by_us(workload, world) and world.application_of(workload).mode != "delegate":
        return
    yield Hit(
        workload.metadata_path("annotations", TEMPLATES),
        f"Istio's agent keeps running when the application ends: the {subject.kind} stays active for ever.",
    )


RULE = Rule(
    code="PX106",
    slug="job-never-completes",
    summary="A Job with Istio's agent never completes.",
    severity=Severity.ERROR,
    kinds=("Job", "CronJob"),
    check=check,
    needs=(TEMPLATES,),
    remedy="""Label the pods proxyless.dev/inject: "true": our injector makes the agent a native sidecar; or use a custom template that does.""",
    evidence=("https://github.com/istio/istio/issues/54332", "failure mode A10"),
    reads=("Namespace",),
)
