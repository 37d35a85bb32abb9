"""Which clusters of a host the calls of real clients lead to, routes considered. For rules about DestinationRules; creates no findings."""

from collections.abc import Iterator

from proxyless.lint.route_calls import real_calls
from proxyless.lint.routed_hosts import calls_led_to
from proxyless.lint.world import World
from proxyless.mesh.effective.clusters import Cluster
from proxyless.mesh.workload import Workload
from proxyless.model.memory import for_key
from proxyless.model.record import NamedTuple


class Called(NamedTuple):
    """One cluster as one class of real clients gets it."""

    callers: tuple[Workload, ...]
    cluster: Cluster


@for_key
def clusters_called(host: str, world: World) -> tuple[Called, ...]:
    """Clusters of a host, of its subsets too, that routes of known clients name; empty where no client is known to call it."""
    return tuple(_clusters(host, world))


def _clusters(host: str, world: World) -> Iterator[Called]:
    for dialed in dict.fromkeys(calls_led_to(world, [host])):
        for call in real_calls(dialed, world):
            if call.target is not None and call.target.listener:
                for name in call.target.cluster_names:
                    cluster = call.client.cluster(name)
                    if cluster.name.host == host:
                        yield Called(call.callers, cluster)
