"""``--client-ca``: who is let in. The real server on loopback, no cluster."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from proxyless.process.readiness import Readiness
from proxyless.process.sockets import bound
from proxyless.webhook.certs import Authority, issue, new_authority
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.server import AdmissionServer
from proxyless.webhook.tls import ServingTls

NOW = datetime.now(UTC)


def client_certificate(authority: Authority) -> bytes:
    """Key and certificate in PEM, as an API server would have them."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kube-apiserver")]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(minutes=1))
        .not_valid_after(NOW + timedelta(hours=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + made.public_bytes(serialization.Encoding.PEM)


async def answer(port: int, certificate: Path | None) -> bytes:
    """First line of the answer to a request without a body; empty where the connection was refused."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if certificate is not None:
        context.load_cert_chain(certificate)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        writer.write(b"GET /inject HTTP/1.1\r\nHost: x\r\n\r\n")
        line = await reader.readline()  # with TLS 1.3 a client learns here that it was refused
        writer.transport.abort()
    except OSError:
        return b""
    return line.rstrip()


@pytest.mark.parametrize(
    ("shown", "line"),
    [("ours", b"HTTP/1.1 405 Method Not Allowed"), ("another's", b""), ("none", b"")],
)
def test_only_clients_of_the_named_authority_are_let_in(shown: str, line: bytes, tmp_path: Path) -> None:
    ours, others = new_authority(NOW), new_authority(NOW)
    (tmp_path / "ca.pem").write_bytes(ours.pem)
    certificate = tmp_path / "client.pem" if shown != "none" else None
    if certificate is not None:
        certificate.write_bytes(client_certificate(ours if shown == "ours" else others))

    async def scenario() -> bytes:
        tls, metrics = ServingTls(tmp_path / "serving", tmp_path / "ca.pem"), Metrics()
        tls.load(issue(new_authority(NOW), ("127.0.0.1",), NOW).pem)
        server = AdmissionServer(tls, Readiness(), metrics)
        listening = bound("127.0.0.1", 0, "--port")
        await server.open(listening)
        told = await asyncio.wait_for(answer(listening.getsockname()[1], certificate), 10)
        refused = metrics.registry.get_sample_value(
            "proxyless_admission_connections_closed_total", {"reason": "handshake_failed"}
        )
        await server.close()
        assert refused == (0 if line else 1)
        return told

    assert asyncio.run(scenario()) == line
