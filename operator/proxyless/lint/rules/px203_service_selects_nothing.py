"""PX203: a Service whose selector misses its pods by a label has no endpoints, and its servers get no listener."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc, workloads_behind
from proxyless.lint.world import World
from proxyless.mesh.service import selector_of
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per Service that selects no workload, but nearly selects a proxyless one."""
    wanted = selector_of(subject)
    if not wanted or workloads_behind(world, subject):
        return
    known = world.workloads_in(subject.namespace)
    near = next((item for item in known if is_grpc(world, item) and _nearly(wanted, item)), None)
    if near is None:
        return
    wrong = [f"{key}: {value}" for key, value in wanted.items() if near.labels.get(key) != value]
    right = [f"{key}: {near.labels[key]}" for key in wanted if key in near.labels and near.labels[key] != wanted[key]]
    yield Hit(
        ("spec", "selector"),
        f"No pod has {', '.join(wrong)}: the Service has no endpoints, and calls fail with zero addresses.",
        f"Write the labels of {near.ref}" + (f" ({', '.join(right)})." if right else ", or give them to its pods."),
        applies="" if world.all_workloads_known else "no other workload has these labels",
        related=(near.ref,),
        deny=False,
    )


def _nearly(wanted: dict[str, object], workload: Workload) -> bool:
    """Whether a workload has one of the wanted values, be it under another key or in other letters."""
    spelled = {str(value).lower() for value in workload.labels.values()}
    return any(str(value).lower() in spelled for value in wanted.values())


RULE = Rule(
    code="PX203",
    slug="service-selects-nothing",
    summary="A Service selects no pods, though a proxyless workload differs from its selector by little.",
    severity=Severity.ERROR,
    kinds=("Service",),
    check=check,
    remedy="Make the selector and the pods' labels equal.",
    evidence=("istio pilot/pkg/xds/endpoints/endpoint_builder.go BuildClusterLoadAssignment",),
)
