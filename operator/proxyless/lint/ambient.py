"""Helpers that rules share to tell workloads of ambient mode, whose traffic a ztunnel takes; they never create findings."""

from proxyless.lint.in_effect import party_of
from proxyless.lint.mesh_settings import WHO
from proxyless.lint.world import World
from proxyless.mesh.pair import Party
from proxyless.mesh.workload import Workload
from proxyless.model.grouping import grouped
from proxyless.model.resource import WORKLOADS


def ambient_in(world: World, namespace: str) -> tuple[Workload, ...]:
    """Workloads of a namespace in ambient mode; in the root namespace, of all namespaces."""
    found = _ambient(world)
    if namespace != world.settings.root_namespace:
        return found.get(namespace)
    return tuple(workload for name in sorted(found) for workload in found.get(name))


@grouped(*WORKLOADS, of=World.workload, beside=("ConfigMap", "Namespace"), settings=WHO)
def _ambient(workload: Workload, world: World) -> tuple[str, ...]:
    """Workloads in ambient mode by namespace."""
    return (workload.namespace,) if party_of(world, workload) is Party.AMBIENT else ()
