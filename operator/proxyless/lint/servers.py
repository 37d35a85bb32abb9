"""Helpers that rules share to find proxyless gRPC servers: which a selector reaches, and which protocol each speaks; they never create findings."""

from collections.abc import Iterator, Mapping, Sequence

from proxyless.lint.mesh_settings import WHO
from proxyless.lint.workload_lookup import behind, services_of, with_labels
from proxyless.lint.world import World, proxyless
from proxyless.mesh.pair import PairServer, Party
from proxyless.mesh.peer import TLS_MODE, PeerMode, effective_peer
from proxyless.mesh.selector import match_labels, selects
from proxyless.mesh.service import ServicePort, grpc_ports, target_on
from proxyless.mesh.workload import Workload
from proxyless.model.client import Framework
from proxyless.model.memory import for_each, for_key, index_of
from proxyless.model.record import NamedTuple
from proxyless.model.resource import PODS, Resource
from proxyless.model.truth import Truth


class ServedPort(NamedTuple):
    """One port of a proxyless gRPC server, as clients reach it through a Service."""

    service: Resource
    port: ServicePort
    workload: Workload
    target: int
    peer: PeerMode
    certain: bool
    """False where the mode is the default only as far as is known: a PeerAuthentication not given may set it."""

    @property
    def server(self) -> PairServer:
        """Its side of the pair table."""
        return PairServer(Party.PROXYLESS, self.peer.mode, is_labeled(self.workload))


def is_labeled(workload: Workload) -> bool:
    """Whether the pod has the label ``security.istio.io/tlsMode: istio``."""
    return workload.labels.get(TLS_MODE) == "istio"


def is_grpc(world: World, workload: Workload) -> bool:
    """Whether a workload is proxyless by gRPC; Dubbo and Kitex have rules of their own."""
    return _is_grpc(workload, world)


@for_each
def _is_grpc(workload: Workload, world: World) -> bool:
    return world.is_proxyless(workload) and world.client_of(workload).framework is Framework.GRPC


@index_of(*PODS, settings=WHO)
def grpc_namespaces(world: World) -> frozenset[str]:
    """Namespaces with proxyless gRPC workloads."""
    return frozenset(namespace for namespace, client in proxyless(world) if client.framework is Framework.GRPC)


def grpc_workloads(world: World, namespace: str, labels: Mapping[str, object]) -> tuple[Workload, ...]:
    """Known proxyless gRPC workloads that a selector reaches; in the root namespace it reaches all namespaces."""
    return _selected(world, namespace, labels)[0]


def selects_grpc(world: World, namespace: str, labels: Mapping[str, object]) -> Truth:
    """Whether a selector reaches a proxyless gRPC workload; UNKNOWN where no workload of the namespace is known."""
    if not labels and namespace in grpc_namespaces(world):
        return Truth.YES
    return _selected(world, namespace, labels)[1]


def _selected(world: World, namespace: str, labels: Mapping[str, object]) -> tuple[tuple[Workload, ...], Truth]:
    """Both answers for a selector, found once: many rules ask for the same ones."""
    return _selection((namespace, tuple(sorted((str(name), str(value)) for name, value in labels.items()))), world)


@for_key
def _selection(key: tuple[str, tuple[tuple[str, str], ...]], world: World) -> tuple[tuple[Workload, ...], Truth]:
    namespace, labels = key[0], dict(key[1])
    everywhere = namespace == world.settings.root_namespace
    if everywhere:
        chosen = tuple(item for item in world.workloads if selects(labels, item.labels))
    else:
        chosen = with_labels(world, namespace, labels)
    found = tuple(item for item in chosen if is_grpc(world, item))
    truth = Truth.YES if found else world.selects_proxyless(namespace, labels)
    if truth is not Truth.YES or found or not chosen:
        return found, truth
    others = not everywhere or world.all_workloads_known  # all of them use another framework
    return found, Truth.NO if others else Truth.UNKNOWN


def server_condition(policy: Resource, world: World) -> str | None:
    """The condition under which a policy with a selector selects a proxyless server; None: never, empty: certainly."""
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
    alike = _peer_of_all(workload.namespace, world)
    if alike is not None:
        return alike
    peer = effective_peer(
        peer_policies(world, workload.namespace),
        labels=workload.labels,
        namespace=workload.namespace,
        root_namespace=world.settings.root_namespace,
        port=port,
    )
    return peer, peer.source is not None or world.complete("PeerAuthentication")


@for_key
def _peer_of_all(namespace: str, world: World) -> tuple[PeerMode, bool] | None:
    """The same for every port in a namespace, where no policy is for some workloads or ports alone; None where one is."""
    policies = peer_policies(world, namespace)
    if any("selector" in policy.spec or "portLevelMtls" in policy.spec for policy in policies):
        return None
    root = world.settings.root_namespace
    peer = effective_peer(policies, labels={}, namespace=namespace, root_namespace=root, port=None)
    return peer, peer.source is not None or world.complete("PeerAuthentication")


def workloads_behind(world: World, service: Resource) -> tuple[Workload, ...]:
    """Workloads that a Service selects."""
    return behind(service, world)


def services_before(world: World, workload: Workload) -> tuple[Resource, ...]:
    """Services that select a workload."""
    return services_of(workload, world)


def listeners(world: World, service: Resource) -> tuple[ServedPort, ...]:
    """Ports of proxyless gRPC servers behind a Service."""
    return _listeners(service, world)


@for_each
def _listeners(service: Resource, world: World) -> tuple[ServedPort, ...]:
    return tuple(_of_service(world, service))


def _of_service(world: World, service: Resource) -> Iterator[ServedPort]:
    for workload in workloads_behind(world, service):
        if not is_grpc(world, workload):
            continue
        for port in grpc_ports(service):
            target = target_on(port, workload)
            if target is not None:
                peer, certain = peer_of(world, workload, target)
                yield ServedPort(service, port, workload, target, peer, certain)


def listeners_of(world: World, workload: Workload) -> tuple[ServedPort, ...]:
    """Ports of one proxyless gRPC server that Services reach."""
    found = (item for service in services_before(world, workload) for item in listeners(world, service))
    return tuple(item for item in found if item.workload.ref == workload.ref)


def listeners_under(world: World, policy: Resource) -> tuple[ServedPort, ...]:
    """Ports of proxyless gRPC servers whose mode a PeerAuthentication decides, in the order of their Services."""
    everywhere = policy.namespace == world.settings.root_namespace
    services = world.seen("Service", None if everywhere else policy.namespace)
    found = (item for service in services for item in listeners(world, service))
    return tuple(item for item in found if item.peer.source is policy)


def named(workloads: Sequence[Workload]) -> str:
    """Workloads as a sentence names them: ``Deployment shop/echo and 2 more``."""
    unique = list(dict.fromkeys(str(workload.ref) for workload in workloads))
    more = len(unique) - 1
    return unique[0] + (f" and {more} more" if more else "") if unique else ""
