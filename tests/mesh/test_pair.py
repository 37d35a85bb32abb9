"""The pair table, cell by cell."""

import pytest

from proxyless.mesh.pair import Outcome, Party, Server, outcome
from proxyless.mesh.peer import Mode

STRICT, PERMISSIVE, DISABLE = Mode.STRICT, Mode.PERMISSIVE, Mode.DISABLE
GRPC, ENVOY, PLAIN = Party.PROXYLESS, Party.ENVOY, Party.PLAIN
FAILS, TEXT, MTLS = Outcome.FAILS, Outcome.PLAINTEXT, Outcome.ENCRYPTED

SERVERS = [
    Server(GRPC, STRICT),
    Server(GRPC, PERMISSIVE),
    Server(GRPC, PERMISSIVE, labeled=True),
    Server(GRPC, DISABLE),
    Server(GRPC, DISABLE, labeled=True),
    Server(ENVOY, STRICT, labeled=True),
    Server(ENVOY, PERMISSIVE, labeled=True),
    Server(PLAIN, PERMISSIVE),
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
def test_row(client: Party, tls: str, row: list[Outcome]) -> None:
    assert [outcome(client, tls, server) for server in SERVERS] == row


@pytest.mark.parametrize(("tls", "strict", "permissive"), [("", FAILS, TEXT), ("ISTIO_MUTUAL", FAILS, FAILS)])
def test_ambient_server(tls: str, strict: Outcome, permissive: Outcome) -> None:
    """Its ztunnel speaks HBONE or lets plaintext pass; TLS of our own would reach an application that expects none."""
    assert outcome(GRPC, tls, Server(Party.AMBIENT, STRICT)) is strict
    assert outcome(GRPC, tls, Server(Party.AMBIENT, PERMISSIVE)) is permissive
