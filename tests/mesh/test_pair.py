"""The pair table, cell by cell."""

import pytest

from proxyless.mesh.pair import PairOutcome, PairServer, Party, outcome
from proxyless.mesh.peer import MtlsMode

STRICT, PERMISSIVE, DISABLE = MtlsMode.STRICT, MtlsMode.PERMISSIVE, MtlsMode.DISABLE
GRPC, ENVOY, PLAIN = Party.PROXYLESS, Party.ENVOY, Party.PLAIN
FAILS, TEXT, MTLS = PairOutcome.FAILS, PairOutcome.PLAINTEXT, PairOutcome.ENCRYPTED

SERVERS = [
    PairServer(GRPC, STRICT),
    PairServer(GRPC, PERMISSIVE),
    PairServer(GRPC, PERMISSIVE, labeled=True),
    PairServer(GRPC, DISABLE),
    PairServer(GRPC, DISABLE, labeled=True),
    PairServer(ENVOY, STRICT, labeled=True),
    PairServer(ENVOY, PERMISSIVE, labeled=True),
    PairServer(PLAIN, PERMISSIVE),
]


@pytest.mark.parametrize(
    ("client", "tls", "row"),
    [
        (GRPC, "", [FAILS, TEXT, FAILS, TEXT, TEXT, FAILS, TEXT, TEXT]),
        (GRPC, "DISABLE", [FAILS, TEXT, FAILS, TEXT, TEXT, FAILS, TEXT, TEXT]),
        (GRPC, "SIMPLE", [FAILS, TEXT, FAILS, TEXT, TEXT, FAILS, TEXT, TEXT]),
        (GRPC, "MUTUAL", [FAILS, TEXT, FAILS, TEXT, TEXT, FAILS, TEXT, TEXT]),
        (GRPC, "ISTIO_MUTUAL", [MTLS, FAILS, MTLS, FAILS, FAILS, MTLS, FAILS, FAILS]),
        (ENVOY, "", [FAILS, TEXT, MTLS, TEXT, TEXT, MTLS, MTLS, TEXT]),
        (ENVOY, "DISABLE", [FAILS, TEXT, FAILS, TEXT, TEXT, FAILS, TEXT, TEXT]),
        (ENVOY, "ISTIO_MUTUAL", [MTLS, FAILS, MTLS, FAILS, FAILS, MTLS, MTLS, FAILS]),
        (PLAIN, "", [FAILS, TEXT, FAILS, TEXT, TEXT, FAILS, TEXT, TEXT]),
        (Party.AMBIENT, "ISTIO_MUTUAL", [FAILS, TEXT, FAILS, TEXT, TEXT, FAILS, TEXT, TEXT]),
        (PLAIN, "ISTIO_MUTUAL", [FAILS, TEXT, FAILS, TEXT, TEXT, FAILS, TEXT, TEXT]),
    ],
)
def test_row(client: Party, tls: str, row: list[PairOutcome]) -> None:
    assert [outcome(client, tls, server) for server in SERVERS] == row


@pytest.mark.parametrize(("tls", "strict", "permissive"), [("", FAILS, TEXT), ("ISTIO_MUTUAL", FAILS, FAILS)])
def test_ambient_server(tls: str, strict: PairOutcome, permissive: PairOutcome) -> None:
    """Its ztunnel speaks HBONE or lets plaintext pass; TLS of our own would reach an application that expects none."""
    assert outcome(GRPC, tls, PairServer(Party.AMBIENT, STRICT)) is strict
    assert outcome(GRPC, tls, PairServer(Party.AMBIENT, PERMISSIVE)) is permissive
