"""PX301: gRPC cannot accept plaintext and mTLS on one port, so PERMISSIVE is plaintext on a proxyless server."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.served_ports import serving
from proxyless.lint.servers import grpc_workloads, is_labeled, peer_policies, server_condition
from proxyless.lint.world import World
from proxyless.mesh.peer import MtlsMode, effective_peer, is_for_workloads, written_mode
from proxyless.mesh.selector import match_labels
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.resource import Resource, mapping

_MODE = ("spec", "mtls", "mode")
_INHERITED = "no other PeerAuthentication of the namespace or the mesh sets a mode"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per level that says PERMISSIVE for a port that serves, and one where nothing is said at any level."""
    condition = server_condition(subject, world)
    if condition is None or (is_for_workloads(subject) and subject.namespace == world.settings.root_namespace):
        return
    proven = world.declared(subject.namespace)
    effect = _effect(subject, world)
    if written_mode(subject.spec.get("mtls")) is MtlsMode.PERMISSIVE:
        doubt = _doubt_of_whole(subject, world, condition)
        if doubt is not None:
            message = f"gRPC cannot do PERMISSIVE: proxyless {effect}."
            yield Hit(_MODE, message, applies=doubt, deny=proven, fix=put(_MODE, "STRICT"))
    for port, mode in _port_levels(subject).items():
        doubt = _doubt_of_port(subject, world, port) if mode is MtlsMode.PERMISSIVE else None
        if doubt is not None:
            message = f"gRPC cannot do PERMISSIVE on port {port}: proxyless {effect}."
            path = ("spec", "portLevelMtls", port, "mode")
            yield Hit(path, message, applies=doubt, deny=proven, fix=put(path, "STRICT"))
    yield from _unset(subject, world, condition, effect)


def _port_levels(subject: Resource) -> dict[str, MtlsMode]:
    """Modes that are written for single ports, as far as they count."""
    levels = mapping(subject.spec.get("portLevelMtls")) if is_for_workloads(subject) else {}
    return {port: mode for port, value in levels.items() if (mode := written_mode(value)) is not None}


def _doubt_of_whole(subject: Resource, world: World, condition: str) -> str | None:
    """Under which condition the policy's own mode is that of a port that serves: None never, empty certainly."""
    apart = sorted(map(str, _port_levels(subject)))
    if not apart:
        return condition
    served = serving(subject, world)
    if any(str(port) not in apart for port in served.ports):
        return ""
    return None if served.complete else f"it selects a proxyless gRPC server on another port than {', '.join(apart)}"


def _doubt_of_port(subject: Resource, world: World, port: str) -> str | None:
    """Under which condition a server listens on a port, in the same three values."""
    served = serving(subject, world)
    if str(port) in map(str, served.ports):
        return ""
    return None if served.complete else f"it selects a proxyless gRPC server that listens on port {port}"


def _unset(subject: Resource, world: World, condition: str, effect: str) -> Iterator[Hit]:
    if written_mode(subject.spec.get("mtls")) is not None:
        return
    inherited = effective_peer(
        peer_policies(world, subject.namespace),
        labels=match_labels(subject),
        namespace=subject.namespace,
        root_namespace=world.settings.root_namespace,
    )
    doubt = _doubt_of_whole(subject, world, condition)
    if inherited.source is None and doubt is not None:
        doubt = doubt or ("" if world.complete("PeerAuthentication") else _INHERITED)
        message = f"No mode is set here or above, so Istio's default PERMISSIVE holds: proxyless {effect}."
        yield Hit(_MODE, message, severity=Severity.WARNING, applies=doubt, deny=False, fix=put(_MODE, "STRICT"))


def _effect(subject: Resource, world: World) -> str:
    selected = grpc_workloads(world, subject.namespace, match_labels(subject))
    if selected and all(map(is_labeled, selected)):
        return "servers with the pod label security.istio.io/tlsMode accept mTLS only, and plaintext clients and probes fail"
    return "servers speak plaintext only, and clients that use mTLS fail"


RULE = Rule(
    code="PX301",
    slug="permissive",
    summary="A PeerAuthentication leaves proxyless servers in PERMISSIVE, which gRPC cannot do.",
    severity=Severity.ERROR,
    kinds=("PeerAuthentication",),
    check=check,
    by_value=True,
    remedy="Write `mode: STRICT` and give clients a DestinationRule with `tls: {mode: ISTIO_MUTUAL}`, or write `mode: DISABLE`.",
    evidence=(
        "matrix istio PeerAuthentication spec.mtls.mode PERMISSIVE",
        "matrix istio PeerAuthentication spec.mtls.mode UNSET",
        "matrix istio PeerAuthentication spec.portLevelMtls",
    ),
    deny=True,
    reads=("Service",),
    fixes=("unsafe",),
)
