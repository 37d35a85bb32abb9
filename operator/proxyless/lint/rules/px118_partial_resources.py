"""PX118: one resource annotation of the agent drops the defaults of the other three."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.workload import wants_agent
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource

_ALL = tuple(f"sidecar.istio.io/{name}" for name in ("proxyCPU", "proxyMemory", "proxyCPULimit", "proxyMemoryLimit"))


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod template that has some of the annotations but not all."""
    workload = world.workload(subject)
    if workload is None or not wants_agent(workload):
        return
    written = [key for key in _ALL if key in workload.annotations]
    missing = [key.partition("/")[2] for key in _ALL if key not in workload.annotations]
    if written and missing:
        path = workload.metadata_path("annotations", written[0])
        yield Hit(
            path,
            f"With {written[0]} set, the mesh's defaults for the agent are dropped: it has no {', '.join(missing)}.",
        )


RULE = Rule(
    code="PX118",
    slug="partial-resources",
    summary="Some resource annotations of the agent are set, so the defaults of the others are lost.",
    severity=Severity.WARNING,
    kinds=WORKLOADS,
    check=check,
    needs=_ALL,
    remedy="Set all four: sidecar.istio.io/proxyCPU, proxyMemory, proxyCPULimit and proxyMemoryLimit.",
    evidence=("istio grpc-agent template", "failure mode A13"),
)
