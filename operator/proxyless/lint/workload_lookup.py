"""Index of workloads by labels and by Service, made once per world. For rules; creates no findings.

Services times workloads of a namespace is quadratic; here each selector looks only at workloads that have its rarest pair.
"""

from collections.abc import Mapping

from proxyless.lint.world import World
from proxyless.mesh.selector import selects
from proxyless.mesh.service import selector_of
from proxyless.mesh.workload import Workload
from proxyless.model.grouping import grouped, itself
from proxyless.model.memory import for_each
from proxyless.model.resource import WORKLOADS, Resource


def with_labels(world: World, namespace: str, labels: Mapping[str, object]) -> tuple[Workload, ...]:
    """Workloads of a namespace that a flat selector selects; all of them for an empty one."""
    if not labels:
        return world.workloads_in(namespace)
    pairs = _labeled(world)
    rarest = min((pairs.get((namespace, str(key), str(value))) for key, value in labels.items()), key=len)
    return tuple(workload for workload in rarest if selects(labels, workload.labels))


@for_each
def behind(service: Resource, world: World) -> tuple[Workload, ...]:
    """Workloads that a Service selects; one without a selector selects none."""
    wanted = selector_of(service)
    return with_labels(world, service.namespace, wanted) if wanted else ()


@for_each
def services_of(workload: Workload, world: World) -> tuple[Resource, ...]:
    """Known Services that select a workload."""
    pairs = [(workload.namespace, str(key), str(value)) for key, value in workload.labels.items()]
    found = {
        service.ref: service
        for pair in pairs
        for service in _selecting(world).get(pair)
        if selects(selector_of(service), workload.labels)
    }
    if len(found) > 1:
        return tuple(world.snapshot.in_order("Service", found))
    return tuple(found.values())


def with_labels_anywhere(world: World, labels: Mapping[str, object]) -> list[Workload]:
    """Workloads of all namespaces that a flat selector selects."""
    places = dict.fromkeys(place for kind in WORKLOADS for place in world.snapshot.branch(kind).namespaces)
    return [workload for place in places for workload in with_labels(world, place, labels)]


_Pair = tuple[str, str, str]
"""Namespace, key and value of one label."""


@grouped(*WORKLOADS, of=World.workload, beside=("ConfigMap",))
def _labeled(workload: Workload, _: World) -> list[_Pair]:
    """Workloads by each of their labels."""
    return [(workload.namespace, str(key), str(value)) for key, value in workload.labels.items()]


@grouped("Service", of=itself)
def _selecting(service: Resource, _: World) -> list[_Pair]:
    """Services by the first pair of their selector."""
    return [(service.namespace, str(key), str(value)) for key, value in [*selector_of(service).items()][:1]]
