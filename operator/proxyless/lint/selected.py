"""Shared lookup of workloads by labels and by Service, indexed once per world. For rules; decides nothing.

Services times workloads of a namespace is quadratic; here each selector looks only at workloads that have its rarest pair.
"""

from collections.abc import Mapping

from proxyless.lint.world import World
from proxyless.mesh.selector import selects
from proxyless.mesh.service import selector_of
from proxyless.mesh.workload import Workload
from proxyless.model.memory import index_of
from proxyless.model.resource import READ_AS_WORKLOADS, Ref, Resource

_Pairs = Mapping[tuple[str, str, str], tuple[Workload, ...]]
"""Workloads by namespace, key and value of one label."""


def with_labels(world: World, namespace: str, labels: Mapping[str, object]) -> tuple[Workload, ...]:
    """Workloads of a namespace that a flat selector selects; all of them for an empty one."""
    if not labels:
        return world.workloads_in(namespace)
    pairs = _pairs(world)
    rarest = min((pairs.get((namespace, str(key), str(value)), ()) for key, value in labels.items()), key=len)
    return tuple(workload for workload in rarest if selects(labels, workload.labels))


def behind(world: World, service: Resource) -> tuple[Workload, ...]:
    """Workloads that a Service selects; one without a selector selects none."""
    wanted = selector_of(service)
    return with_labels(world, service.namespace, wanted) if wanted else ()


def services_of(world: World, workload: Workload) -> tuple[Resource, ...]:
    """Known Services that select a workload."""
    return _services(world).get(workload.ref, ())


@index_of(*READ_AS_WORKLOADS)
def _pairs(world: World) -> _Pairs:
    found: dict[tuple[str, str, str], list[Workload]] = {}
    for workload in world.workloads:
        for key, value in workload.labels.items():
            found.setdefault((workload.namespace, str(key), str(value)), []).append(workload)
    return {pair: tuple(workloads) for pair, workloads in found.items()}


@index_of("Service", *READ_AS_WORKLOADS)
def _services(world: World) -> Mapping[Ref, tuple[Resource, ...]]:
    found: dict[Ref, list[Resource]] = {}
    for service in world.seen("Service"):
        for workload in behind(world, service):
            found.setdefault(workload.ref, []).append(service)
    return {ref: tuple(services) for ref, services in found.items()}
