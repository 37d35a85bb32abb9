"""Which ports the proxyless servers under a PeerAuthentication serve, as far as that is known. For rules; creates no findings."""

from proxyless.lint.servers import grpc_workloads, listeners_of
from proxyless.lint.world import World
from proxyless.mesh.selector import match_labels
from proxyless.mesh.service import container_ports
from proxyless.mesh.workload import Workload
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource


class Serving(NamedTuple):
    """Ports of the servers that a policy selects."""

    ports: frozenset[int]
    complete: bool
    """Whether these are all: False where no server is known, or one tells neither by a Service nor by itself."""


def serving(policy: Resource, world: World) -> Serving:
    """Ports that the known servers under a policy serve: those that Services lead to, else those that containers declare."""
    found = [ports_served(world, item) for item in grpc_workloads(world, policy.namespace, match_labels(policy))]
    return Serving(frozenset().union(*found), bool(found) and all(found))


def ports_served(world: World, workload: Workload) -> frozenset[int]:
    """Ports on which one server serves gRPC; empty where nothing tells."""
    reached = frozenset(item.target for item in listeners_of(world, workload))
    return reached or frozenset(container_ports(workload))
