"""PX703: a proxyless client and a server with a sidecar agree on mTLS only where the server is STRICT; an ambient one never does."""

from collections.abc import Iterator, Sequence

from proxyless.lint.ambient import ambient_in
from proxyless.lint.destinations import callers_of, destination_rules, services_of_rule
from proxyless.lint.envoy_clients import sidecars_in
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import named, peer_of, workloads_behind
from proxyless.lint.world import World
from proxyless.mesh.pair import PairOutcome, PairServer, Party, outcome
from proxyless.mesh.peer import MtlsMode, PeerMode
from proxyless.mesh.service import ServicePort, grpc_ports, host_of, target_on
from proxyless.mesh.traffic import PolicySetting, effective_policy
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.resource import Ref, Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit where the rule's tls mode does not fit a server with a sidecar, or in ambient mode."""
    selector = mapping(mapping(subject.spec.get("workloadSelector")).get("matchLabels"))
    for service in services_of_rule(subject, world):
        parties = _parties(world, service.namespace)
        servers = [item for item in workloads_behind(world, service) if item.ref in parties] if parties else []
        if not servers:
            continue
        host = host_of(service, world.settings.domain)
        root = subject.namespace == world.settings.root_namespace
        client = service.namespace if root else subject.namespace
        answer = destination_rules(world, host).effective(
            host, service_namespace=service.namespace, client_namespace=client, labels=selector
        )
        if answer is None:
            continue
        for port in grpc_ports(service):
            policy = effective_policy(answer.rule, port=port.number)
            tls = policy.settings.get("tls")
            if tls is None or tls.rule is not subject:
                continue
            hit = _judge(
                world, service, port, [(item, parties[item.ref]) for item in servers], tls, mode=policy.tls_mode
            )
            if hit is not None:
                yield hit
                return


def _parties(world: World, namespace: str) -> dict[Ref, Party]:
    """Workloads of a namespace with a sidecar or in ambient mode."""
    found = {item.ref: Party.ENVOY for item in sidecars_in(world, namespace)}
    return found | {item.ref: Party.AMBIENT for item in ambient_in(world, namespace) if item.namespace == namespace}


def _judge(
    world: World,
    service: Resource,
    port: ServicePort,
    servers: Sequence[tuple[Workload, Party]],
    tls: PolicySetting,
    *,
    mode: str,
) -> Hit | None:
    host = host_of(service, world.settings.domain)
    callers = callers_of(world, host)
    failing: list[Workload] = []
    reason: tuple[PeerMode, Party] | None = None
    certain = True
    for server, party in servers:
        peer, known = peer_of(world, server, target_on(port, server))
        side = PairServer(party, peer.mode, labeled=party is Party.ENVOY)
        if (reason is None or party is reason[1]) and outcome(Party.PROXYLESS, mode, side) is PairOutcome.FAILS:
            failing.append(server)
            reason, certain = (peer, party), certain and known
    if reason is None or not (callers or world.has_proxyless_workloads):
        return None
    doubts = [
        "" if callers else f"a proxyless client calls {host}",
        "" if certain else "no other PeerAuthentication sets STRICT for it",
    ]
    return Hit(
        (*tls.path, "mode"),
        f"Proxyless clients call {host}:{port.number} with {mode}; the {_WHAT[reason[1]]} of {named(failing)} "
        f"{_accepts(*reason)} ({_source(reason[0])}): every call fails.",
        _remedy(failing[0], *reason),
        applies=" and ".join(filter(None, doubts)),
        related=tuple(item.ref for item in (*callers[:1], *failing[:1])),
        deny=False,
    )


_WHAT = {Party.ENVOY: "sidecar", Party.AMBIENT: "ztunnel"}


def _remedy(server: Workload, peer: PeerMode, party: Party) -> str:
    if party is Party.AMBIENT:
        return "Leave tls out here" + (
            f", and give {server.ref} a PeerAuthentication with PERMISSIVE." if peer.mode is MtlsMode.STRICT else "."
        )
    return "Write `mode: ISTIO_MUTUAL` here." if peer.mode is MtlsMode.STRICT else _strict(server)


def _accepts(peer: PeerMode, party: Party) -> str:
    mode = peer.mode
    if party is Party.AMBIENT:
        return "takes HBONE alone" if mode is MtlsMode.STRICT else "takes HBONE, and passes on what else comes as it is"
    if mode is MtlsMode.PERMISSIVE:
        return "takes gRPC's ALPN h2 for TLS of the app"
    return "demands mTLS" if mode is MtlsMode.STRICT else "speaks plaintext"


def _source(peer: PeerMode) -> str:
    return f"{peer.source.ref}: {peer.mode.value}" if peer.source else "PERMISSIVE by default"


def _strict(server: Workload) -> str:
    return (
        f"Make {server.ref} STRICT with a PeerAuthentication, or leave tls out here: sidecars encrypt among themselves."
    )


RULE = Rule(
    code="PX703",
    slug="sidecar-server-pair",
    summary="A DestinationRule sends proxyless clients to a sidecar that does not accept what they send.",
    severity=Severity.ERROR,
    kinds=("DestinationRule",),
    check=check,
    by_value=True,
    remedy="Make the server STRICT, or leave out tls.",
    evidence=(
        "matrix istio DestinationRule spec.trafficPolicy.tls.mode ISTIO_MUTUAL",
        "istio pilot/pkg/networking/core: filter chains of a PERMISSIVE sidecar match Istio's ALPN names",
    ),
    reads=("Service", "PeerAuthentication", "Namespace"),
)
