"""Whether a client and a server agree on mTLS: the pair table. Read by ``lint``.

Both sides are decided apart: the client by its effective DestinationRule (gRPC has no automatic mTLS), the server by its
effective PeerAuthentication. Source: measured on Istio 1.31 with gRPC 1.85; ``applyTLS`` in istiod's
``pilot/pkg/networking/grpcgen/cds.go``, ``buildInboundFilterChains`` in ``lds.go``, ``checkMtlsEnabled`` in
``pilot/pkg/xds/endpoints/mtls_checker.go``.
"""

from enum import Enum

from proxyless.mesh.peer import MtlsMode, Speaks
from proxyless.model.record import NamedTuple


class Party(Enum):
    """What stands at one end of a connection."""

    __hash__ = object.__hash__  # as Framework

    PROXYLESS = "proxyless"
    ENVOY = "Envoy"
    """A sidecar or gateway."""
    PLAIN = "outside the mesh"
    AMBIENT = "ambient"
    """A pod whose traffic a ztunnel of the node takes: as a server it is asked in plaintext or by HBONE, which gRPC does not speak."""


OWN_TLS = ("SIMPLE", "MUTUAL")
"""TLS modes that Envoy honors with certificates of the author's own; not judged here."""


class PairOutcome(Enum):
    """What happens to calls."""

    __hash__ = object.__hash__  # as Framework

    ENCRYPTED = "mTLS"
    PLAINTEXT = "plaintext"
    FAILS = "fails"


_PLAINTEXT = frozenset((Speaks.PLAINTEXT,))
_TLS = frozenset((Speaks.TLS,))
_BOTH = frozenset(Speaks)
_NEITHER: frozenset[Speaks] = frozenset()


class PairServer(NamedTuple):
    """The server's side of a pair."""

    party: Party
    mode: MtlsMode
    labeled: bool = False
    """Whether the pod has the label ``security.istio.io/tlsMode: istio`` (injected sidecars always have it)."""

    @property
    def speaks(self) -> frozenset[Speaks]:
        """What the server accepts; only Envoy can accept both. A STRICT ambient pod accepts HBONE alone."""
        if self.party is Party.AMBIENT:
            return _NEITHER if self.mode is MtlsMode.STRICT else _PLAINTEXT
        if self.party is Party.PLAIN or self.mode is MtlsMode.DISABLE:
            return _PLAINTEXT
        if self.mode is MtlsMode.STRICT:
            return _TLS
        if self.party is Party.ENVOY:
            return _BOTH
        return _TLS if self.labeled else _PLAINTEXT


def client_sends(party: Party, tls_mode: str, server: PairServer) -> Speaks:
    """What a client sends to a server.

    Args:
        party: the client.
        tls_mode: ``trafficPolicy.tls.mode`` of its effective DestinationRule, empty where none is set.
        server: the other end; decides for an Envoy client without a mode (automatic mTLS).
    """
    if party in (Party.PLAIN, Party.AMBIENT):
        return Speaks.PLAINTEXT  # a ztunnel reads no DestinationRule, and speaks HBONE to pods that have it alone
    if tls_mode == "ISTIO_MUTUAL":
        return Speaks.TLS
    if party is Party.ENVOY and not tls_mode:
        wants = server.party is Party.ENVOY or (server.party is Party.PROXYLESS and server.labeled)
        return Speaks.TLS if wants and server.mode is not MtlsMode.DISABLE else Speaks.PLAINTEXT
    return Speaks.PLAINTEXT


def outcome(client: Party, tls_mode: str, server: PairServer) -> PairOutcome:
    """What happens when a client calls a server; the app is taken to use xDS credentials.

    A proxyless client with mTLS fails at a PERMISSIVE sidecar: it offers the ALPN name ``h2`` where the sidecar
    expects Istio's. SIMPLE and MUTUAL of a proxyless client are plaintext; of an Envoy client they are not judged
    here and read as plaintext too.
    """
    sends = client_sends(client, tls_mode, server)
    if sends not in server.speaks:
        return PairOutcome.FAILS
    if sends is Speaks.PLAINTEXT:
        return PairOutcome.PLAINTEXT
    if client is Party.PROXYLESS and server.party is Party.ENVOY and server.mode is MtlsMode.PERMISSIVE:
        return PairOutcome.FAILS
    return PairOutcome.ENCRYPTED
