"""PX305: without any PeerAuthentication the default is PERMISSIVE, which is plaintext on a proxyless server."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc, is_labeled, listeners_of, peer_of
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per server for which certainly no level sets a mode."""
    workload = world.workload(subject)
    if workload is None or not world.complete("PeerAuthentication"):
        return
    if not is_grpc(world, workload) or is_labeled(workload) or peer_of(world, workload)[0].source:
        return
    ports = sorted({item.target for item in listeners_of(world, workload) if item.peer.source is None})
    if ports:
        shown = ", ".join(map(str, ports))
        message = f"No PeerAuthentication sets a mode for this server: it speaks plaintext only (port {shown})."
        yield Hit((*workload.path, "metadata"), message, deny=False)


RULE = Rule(
    code="PX305",
    slug="no-peer-authentication",
    summary="No PeerAuthentication is for a proxyless server, so it speaks plaintext.",
    severity=Severity.INFO,
    kinds=WORKLOADS,
    check=check,
    remedy=(
        "To encrypt, add a PeerAuthentication with `mtls: {mode: STRICT}` and a DestinationRule with "
        "`tls: {mode: ISTIO_MUTUAL}`; to keep plaintext on purpose, say `mode: DISABLE`."
    ),
    evidence=("matrix istio PeerAuthentication spec.mtls absent",),
    reads=("PeerAuthentication", "Service"),
)
