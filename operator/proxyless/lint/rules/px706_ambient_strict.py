"""PX706: gRPC speaks no HBONE and ztunnel no mTLS to a pod without it, so STRICT between proxyless and ambient fails both ways."""

from collections.abc import Iterator

from proxyless.lint.ambient import ambient_in
from proxyless.lint.clients import has_grpc_clients
from proxyless.lint.destinations import callers_of
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc, listeners_under, named, peer_of, services_before
from proxyless.lint.world import World
from proxyless.mesh.pair import PairOutcome, PairServer, Party, outcome
from proxyless.mesh.peer import PeerMode
from proxyless.mesh.service import grpc_ports, host_of, target_on
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource
from proxyless.model.truth import Truth


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit for ambient servers that the policy makes STRICT, and one for proxyless ones with ambient clients beside them."""
    yield from _ambient_servers(subject, world)
    yield from _ambient_clients(subject, world)


def _ambient_servers(subject: Resource, world: World) -> Iterator[Hit]:
    servers = ambient_in(world, subject.namespace)
    if not servers or has_grpc_clients(world, subject.namespace) is not Truth.YES:
        return
    first: Hit | None = None
    for server in servers:
        for host, peer in _strict(server, subject, world):
            callers = tuple(item for item in callers_of(world, host) if is_grpc(world, item))
            if callers:
                yield _to_ambient(server, host, peer, callers)
                return
            first = first or _to_ambient(server, host, peer, ())
    if first is not None:
        yield first


def _strict(server: Workload, subject: Resource, world: World) -> Iterator[tuple[str, PeerMode]]:
    """Hosts of an ambient server whose mode is this policy's, and no gRPC client can call."""
    for service in services_before(world, server):
        for port in grpc_ports(service):
            peer, _ = peer_of(world, server, target_on(port, server))
            fails = outcome(Party.PROXYLESS, "", PairServer(Party.AMBIENT, peer.mode)) is PairOutcome.FAILS
            if peer.source is subject and fails:
                yield host_of(service, world.settings.domain), peer


def _to_ambient(server: Workload, host: str, peer: PeerMode, callers: tuple[Workload, ...]) -> Hit:
    who = named(callers) if callers else "Proxyless clients"
    return Hit(
        peer.path,
        f"{server.ref} is in ambient mode: with {peer.mode.value} its ztunnel takes HBONE alone, which gRPC does not speak. "
        f"{who}: calls to {host} fail with UNAVAILABLE, in plaintext and with mTLS alike.",
        f"Give {server.ref} a PeerAuthentication with `mode: PERMISSIVE`, or a sidecar or agent instead of ambient mode.",
        applies="" if callers else f"a proxyless client calls {host}",
        related=(server.ref, *(item.ref for item in callers)),
        deny=False,
    )


def _ambient_clients(subject: Resource, world: World) -> Iterator[Hit]:
    """Clients in ambient mode in the server's namespace: they may call it or not."""
    if not ambient_in(world, world.settings.root_namespace):
        return
    for listener in listeners_under(world, subject):
        clients = ambient_in(world, listener.service.namespace)
        if clients and outcome(Party.AMBIENT, "", listener.server) is PairOutcome.FAILS:
            host = host_of(listener.service, world.settings.domain)
            yield Hit(
                listener.peer.path,
                f"Clients in ambient mode send plaintext to pods without HBONE, and {listener.workload.ref} demands mTLS "
                f"({listener.peer.mode.value}): calls of {named(clients)} to {host} are reset.",
                "Write `mode: DISABLE` for the server's port in `portLevelMtls`, or give those clients a sidecar or an agent.",
                applies=f"a workload in ambient mode calls {host}",
                related=(listener.service.ref, listener.workload.ref, clients[0].ref),
                deny=False,
            )
            return


RULE = Rule(
    code="PX706",
    slug="ambient-strict",
    summary="STRICT stands between proxyless and ambient workloads, which share no way to encrypt.",
    severity=Severity.ERROR,
    kinds=("PeerAuthentication",),
    check=check,
    by_value=True,
    remedy="Make the server PERMISSIVE or DISABLE, or take one side's mode for both.",
    evidence=(
        "istio pilot/pkg/xds/endpoints/endpoint_builder.go supportTunnel: proxyless clients get no HBONE endpoints",
        "ztunnel: STRICT takes inbound connections on 15008 only (read, not run)",
    ),
    reads=("Service", "Namespace"),
)
