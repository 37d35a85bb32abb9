"""Which pairs of proxyless clients and servers disagree on mTLS because of an object. For the rules about pairs.

Most hosts surely agree at a glance; the model is imported and asked for the others alone (``mtls_model``). Decides nothing by
itself.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from proxyless.lint.destinations import dialing, host_of_rule, services_by_host, services_of_rule
from proxyless.lint.mtls_agree import surely_agree
from proxyless.lint.routed_hosts import calls_led_to
from proxyless.lint.servers import grpc_workloads, is_grpc, listeners, services_before
from proxyless.lint.world import World
from proxyless.mesh.host import covers
from proxyless.mesh.peer import TLS_MODE
from proxyless.mesh.selector import match_labels
from proxyless.mesh.service import host_of
from proxyless.model.memory import for_key
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, sequence

if TYPE_CHECKING:
    from proxyless.lint.mtls_model import Pair


def failing(world: World, subject: Resource) -> "Iterator[tuple[FieldPath, Pair]]":
    """Pairs of which a DestinationRule, PeerAuthentication or a pod's label decides a side, each with the field that does."""
    for host in dict.fromkeys(calls_led_to(world, _hosts_served(world, subject))):
        for pair in pairs_of_host(host, world):
            for resource, path in _deciders(pair):
                if resource is subject:
                    yield path, pair


def _deciders(pair: "Pair") -> Iterator[tuple[Resource, FieldPath]]:
    """The objects that decide a pair's sides; the pod's label where it alone makes the server demand mTLS."""
    if pair.client_side is not None:
        yield pair.client_side
    if pair.peer.source is not None:
        yield pair.peer.source, pair.peer.path
    elif pair.client_side is None:
        workload = pair.server.workload
        yield workload.resource, workload.metadata_path("labels", TLS_MODE)


def _hosts_served(world: World, subject: Resource) -> Iterator[str]:
    """Hosts whose clients or servers a subject may decide."""
    if subject.kind == "DestinationRule":
        pattern = host_of_rule(subject, world)
        yield pattern
        if "*" in pattern:
            yield from (host for host in sorted(dialing(world)) if covers(pattern, host))
            yield from (host_of(service, world.settings.domain) for service in services_of_rule(subject, world))
        return
    if subject.kind == "PeerAuthentication":
        servers = grpc_workloads(world, subject.namespace, match_labels(subject))
    else:
        workload = world.workload(subject)
        servers = () if workload is None else (workload,)
    services = {item.ref: item for workload in servers for item in services_before(world, workload)}
    yield from (host_of(service, world.settings.domain) for service in services.values())
    for namespace in sorted({workload.namespace for workload in servers}):
        for entry in world.seen("ServiceEntry", namespace):
            if "workloadSelector" in entry.spec:
                yield from map(str, sequence(entry.spec.get("hosts")))


@for_key
def pairs_of_host(host: str, world: World) -> "tuple[Pair, ...]":
    """Failing pairs of calls to a host: of the clients that are known to dial it, else of anybody who does."""
    service = services_by_host(world).get(host)
    behind = listeners(world, service) if service is not None else ()
    if service is not None and behind and surely_agree(world, service, host, behind):
        return ()
    callers = [workload for workload in dialing(world).get(host) if is_grpc(world, workload)]
    if not callers and not behind:
        return ()
    from proxyless.lint.mtls_model import of_anybody, of_real_clients  # noqa: PLC0415  most hosts need no model

    if callers:
        return tuple(of_real_clients(world, host, callers))
    return tuple(of_anybody(world, host, service)) if service is not None else ()
