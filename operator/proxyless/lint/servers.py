"""Shared reading of proxyless gRPC servers: which a selector reaches, and what each speaks. For rules; decides nothing."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from proxyless.lint.world import WHO, World
from proxyless.mesh.pair import Party, Server
from proxyless.mesh.peer import TLS_MODE, PeerMode, effective_peer
from proxyless.mesh.selector import match_labels, selects
from proxyless.mesh.service import ServicePort, grpc_ports, selector_of, target_on, workloads_of
from proxyless.mesh.workload import Workload
from proxyless.model.memory import for_key, index_of
from proxyless.model.resource import PODS, READ_AS_WORKLOADS, Ref, Resource
from proxyless.model.truth import Truth
from proxyless.model.version import Framework


class Listener(NamedTuple):
    """One port of a proxyless gRPC server, as clients reach it through a Service."""

    service: Resource
    port: ServicePort
    workload: Workload
    target: int
    peer: PeerMode
    certain: bool
    """False where the mode is the default only as far as is known: a PeerAuthentication not given may set it."""

    @property
    def server(self) -> Server:
        """Its side of the pair table."""
        return Server(Party.PROXYLESS, self.peer.mode, is_labeled(self.workload))


def is_labeled(workload: Workload) -> bool:
    """Whether the pod has the label ``security.istio.io/tlsMode: istio``."""
    return workload.labels.get(TLS_MODE) == "istio"


def is_grpc(world: World, workload: Workload) -> bool:
    """Whether a workload is proxyless by gRPC; Dubbo and Kitex have rules of their own."""
    return workload.ref in _grpc(world)


@index_of(*PODS, settings=WHO)
def _grpc(world: World) -> frozenset[Ref]:
    return frozenset(
        item.ref for item in world.proxyless_workloads if world.client_of(item).framework is Framework.GRPC
    )


def grpc_workloads(world: World, namespace: str, labels: Mapping[str, object]) -> tuple[Workload, ...]:
    """Known proxyless gRPC workloads that a selector reaches; in the root namespace it reaches all namespaces."""
    return _selected(world, namespace, labels)[0]


def selects_grpc(world: World, namespace: str, labels: Mapping[str, object]) -> Truth:
    """Whether a selector reaches a proxyless gRPC workload; UNKNOWN where no workload of the namespace is known."""
    return _selected(world, namespace, labels)[1]


def _selected(world: World, namespace: str, labels: Mapping[str, object]) -> tuple[tuple[Workload, ...], Truth]:
    """Both answers for a selector, found once: many rules ask for the same ones."""
    return _selection((namespace, tuple(sorted((str(name), str(value)) for name, value in labels.items()))), world)


@for_key
def _selection(key: tuple[str, tuple[tuple[str, str], ...]], world: World) -> tuple[tuple[Workload, ...], Truth]:
    namespace, labels = key[0], dict(key[1])
    everywhere = namespace == world.settings.root_namespace
    candidates = world.workloads if everywhere else world.workloads_in(namespace)
    chosen = [item for item in candidates if selects(labels, item.labels)]
    found = tuple(item for item in chosen if is_grpc(world, item))
    truth = Truth.YES if found else world.selects_proxyless(namespace, labels)
    return found, Truth.NO if truth is Truth.YES and chosen and not found else truth


def server_condition(policy: Resource, world: World) -> str | None:
    """Under which condition a policy with a selector reaches a proxyless server: None never, empty certainly."""
    truth = selects_grpc(world, policy.namespace, match_labels(policy))
    if truth is Truth.NO:
        return None
    return "" if truth is Truth.YES else "it selects a proxyless gRPC server"


def peer_policies(world: World, namespace: str) -> Sequence[Resource]:
    """PeerAuthentications that can reach workloads of a namespace."""
    root = world.settings.root_namespace
    own = world.seen("PeerAuthentication", namespace)
    return own if namespace == root else [*own, *world.seen("PeerAuthentication", root)]


def peer_of(world: World, workload: Workload, port: int | None = None) -> tuple[PeerMode, bool]:
    """The effective mode of a workload's port, and whether it is certain."""
    peer = effective_peer(
        peer_policies(world, workload.namespace),
        labels=workload.labels,
        namespace=workload.namespace,
        root_namespace=world.settings.root_namespace,
        port=port,
    )
    return peer, peer.source is not None or world.complete("PeerAuthentication")


def workloads_behind(world: World, service: Resource) -> tuple[Workload, ...]:
    """Workloads that a Service selects."""
    return _relations(world)[0].get(service.ref, ())


def services_before(world: World, workload: Workload) -> tuple[Resource, ...]:
    """Services that select a workload."""
    return _relations(world)[1].get(workload.ref, ())


@index_of("Service", *READ_AS_WORKLOADS)
def _relations(world: World) -> tuple[dict[Ref, tuple[Workload, ...]], dict[Ref, tuple[Resource, ...]]]:
    """Both directions of "a Service selects a workload"; found by one label each, so that it is not all times all."""
    labeled: dict[tuple[str, str, str], list[Workload]] = {}
    for workload in world.workloads:
        for key, value in workload.labels.items():
            labeled.setdefault((workload.namespace, str(key), str(value)), []).append(workload)
    behind: dict[Ref, tuple[Workload, ...]] = {}
    before: dict[Ref, tuple[Resource, ...]] = {}
    for service in world.seen("Service"):
        pairs = [(service.namespace, str(key), str(value)) for key, value in selector_of(service).items()]
        candidates = min((labeled.get(pair, []) for pair in pairs), key=len, default=[])
        behind[service.ref] = workloads_of(service, candidates)
        for workload in behind[service.ref]:
            before[workload.ref] = (*before.get(workload.ref, ()), service)
    return behind, before


def listeners(world: World, service: Resource) -> tuple[Listener, ...]:
    """Ports of proxyless gRPC servers behind a Service."""
    return _listeners(world).get(service.ref, ())


@index_of("Service", "PeerAuthentication", *PODS, settings=(*WHO, "root_namespace"))
def _listeners(world: World) -> Mapping[Ref, tuple[Listener, ...]]:
    return {service.ref: tuple(_of_service(world, service)) for service in world.seen("Service")}


def _of_service(world: World, service: Resource) -> Iterator[Listener]:
    for workload in workloads_behind(world, service):
        if not is_grpc(world, workload):
            continue
        for port in grpc_ports(service):
            target = target_on(port, workload)
            if target is not None:
                peer, certain = peer_of(world, workload, target)
                yield Listener(service, port, workload, target, peer, certain)


def listeners_of(world: World, workload: Workload) -> tuple[Listener, ...]:
    """Ports of one proxyless gRPC server that Services reach."""
    return _own_listeners(world).get(workload.ref, ())


@index_of("Service", "PeerAuthentication", *PODS, settings=(*WHO, "root_namespace"))
def _own_listeners(world: World) -> Mapping[Ref, tuple[Listener, ...]]:
    found: dict[Ref, list[Listener]] = {}
    for service in world.seen("Service"):
        for item in listeners(world, service):
            found.setdefault(item.workload.ref, []).append(item)
    return {ref: tuple(items) for ref, items in found.items()}


def listeners_under(world: World, policy: Resource) -> tuple[Listener, ...]:
    """Ports of proxyless gRPC servers whose mode a PeerAuthentication decides, in the order of their Services."""
    return tuple(item for item in _by_policy(world).get(policy.ref, ()) if item.peer.source is policy)


@index_of("Service", "PeerAuthentication", *PODS, settings=(*WHO, "root_namespace"))
def _by_policy(world: World) -> Mapping[Ref, list[Listener]]:
    found: dict[Ref, list[Listener]] = {}
    for items in _listeners(world).values():
        for item in items:
            if item.peer.source is not None:
                found.setdefault(item.peer.source.ref, []).append(item)
    return found


def named(workloads: Sequence[Workload]) -> str:
    """Workloads as a sentence names them: ``Deployment shop/echo and 2 more``."""
    unique = list(dict.fromkeys(str(workload.ref) for workload in workloads))
    more = len(unique) - 1
    return unique[0] + (f" and {more} more" if more else "") if unique else ""
