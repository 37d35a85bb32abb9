"""PX117: the tlsMode label switches a proxyless server to mTLS, or does nothing since mTLS is DISABLE."""

from collections.abc import Iterator

from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc, is_labeled, peer_of
from proxyless.lint.world import World
from proxyless.mesh.peer import TLS_MODE, MtlsMode
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per pod template whose label and PeerAuthentication do not say the same."""
    workload = world.workload(subject)
    if workload is None or not is_labeled(workload) or not is_grpc(world, workload):
        return
    peer, certain = peer_of(world, workload)
    path = workload.metadata_path("labels", TLS_MODE)
    related = (peer.source.ref,) if peer.source else ()
    if peer.mode is MtlsMode.PERMISSIVE:
        message = "The label makes an xDS server accept mTLS only, although no PeerAuthentication says STRICT: plaintext clients fail."
        applies = "" if certain else "no other PeerAuthentication of the namespace or the mesh says STRICT"
        yield Hit(path, message, applies=applies, related=related)
    elif peer.mode is MtlsMode.DISABLE:
        message = "mTLS is DISABLE, which beats the label: the server speaks plaintext, and clients with automatic mTLS send plaintext."
        yield Hit(path, message, remedy="Remove the label, or write mode: STRICT.", related=related)


RULE = Rule(
    code="PX117",
    slug="tls-mode-label",
    summary="The label security.istio.io/tlsMode contradicts the PeerAuthentication of the pods.",
    severity=Severity.WARNING,
    kinds=WORKLOADS,
    check=check,
    needs=(TLS_MODE,),
    remedy="Write a PeerAuthentication with mode: STRICT for these pods, so that both say the same.",
    evidence=('matrix istio Pod metadata.labels["security.istio.io/tlsMode"]',),
    reads=("PeerAuthentication",),
)
