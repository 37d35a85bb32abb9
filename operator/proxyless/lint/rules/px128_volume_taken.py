"""PX128: a pod has a volume of a name that the agent uses, of another source: the agent gets files that are not its own."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.pod.volumes import taken_names
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per volume of a pod that will get the agent."""
    workload = world.workload(subject)
    found = taken_names(workload.pod) if workload is not None else ()
    if workload is None or not found:
        return
    from proxyless.mesh.pod.decision import Inject  # noqa: PLC0415  few pods come this far

    decision = world.decision_of(workload)
    if isinstance(decision, Inject) and decision.xds == "agent":
        for name, expected, path in found:
            message = (
                f"The agent mounts a volume {name} ({expected}); injectors keep the pod's own of that name, "
                "so the agent finds other files there, or none that it may write."
            )
            yield Hit(path, message)


RULE = Rule(
    code="PX128",
    slug="volume-taken",
    summary="A pod's volume has a name that the agent uses, and another source.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    check=check,
    needs=("volumes",),
    remedy="Give the volume another name, also in volumeMounts.",
    evidence=("our injector: a volume that is there already is kept",),
    reads=("Namespace",),
)
