"""Whether an API server could trust what is served: real handshakes with real certificates, no cluster."""

import base64
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_server
from typing import Any

import pytest

from lab.ports import free_port
from proxyless.adapters import reviews_port
from proxyless.adapters.reviews_port import address_of, trouble_of
from proxyless.model.trouble import Reason
from proxyless.webhook.certs import Leaf, issue, new_authority

NOW = datetime.now(UTC)
AUTHORITY = new_authority(NOW)
WEEK = timedelta(days=7)


@contextmanager
def serving(leaf: Leaf, folder: Path) -> Iterator[int]:
    """A TLS server with a certificate; gives its port."""
    file = folder / "serving.pem"
    file.write_bytes(leaf.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    ending = threading.Event()

    def serve() -> None:
        while not ending.is_set():
            try:
                plain, _ = listening.accept()
            except TimeoutError:
                continue
            with plain:
                plain.settimeout(10)
                try:
                    context.wrap_socket(plain, server_side=True).close()
                except (ssl.SSLError, OSError):
                    continue

    with create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            ending.set()
            thread.join(30)


def client(port: int, bundle: bytes) -> Mapping[str, Any]:
    return {"url": f"https://127.0.0.1:{port}/strict", "caBundle": base64.b64encode(bundle).decode()}


def reason(port: int, bundle: bytes) -> Reason | None:
    trouble = trouble_of("validatingwebhookconfigurations/ours", client(port, bundle))
    assert trouble is None or "validatingwebhookconfigurations/ours" in trouble.message or "expired" in trouble.message
    return trouble.reason if trouble else None


def test_what_is_served_by_the_bundles_authority_is_trusted(tmp_path: Path) -> None:
    with serving(issue(AUTHORITY, ("127.0.0.1",), NOW), tmp_path) as port:
        assert reason(port, AUTHORITY.pem) is None
        assert reason(port, new_authority(NOW).pem + AUTHORITY.pem) is None, "one of several is enough"
        assert reason(port, new_authority(NOW).pem) is Reason.BUNDLE_FOREIGN
        assert reason(port, b"") is Reason.BUNDLE_EMPTY
        assert reason(port, b"no certificate") is Reason.BUNDLE_FOREIGN


def test_a_name_that_the_certificate_is_not_for_is_foreign(tmp_path: Path) -> None:
    with serving(issue(AUTHORITY, ("elsewhere.example",), NOW), tmp_path) as port:
        assert reason(port, AUTHORITY.pem) is Reason.BUNDLE_FOREIGN


def test_an_expired_certificate_is_told_as_such(tmp_path: Path) -> None:
    with serving(issue(AUTHORITY, ("127.0.0.1",), NOW - 2 * WEEK, WEEK), tmp_path) as port:
        assert reason(port, AUTHORITY.pem) is Reason.CERTIFICATE_EXPIRED


def test_nobody_there_is_told_with_the_address() -> None:
    port = free_port()
    trouble = trouble_of("c", client(port, AUTHORITY.pem))
    assert trouble is not None
    assert trouble.reason is Reason.UNREACHABLE
    assert f"127.0.0.1:{port}" in trouble.message


@pytest.mark.parametrize(("inside", "wanted"), [(True, Reason.UNREACHABLE), (False, None)])
def test_a_services_name_means_something_in_a_pod_alone(
    inside: bool, wanted: Reason | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviews_port, "in_a_pod", lambda: inside)
    bundle = base64.b64encode(AUTHORITY.pem).decode()
    trouble = trouble_of("c", {"service": {"namespace": "invalid", "name": "none"}, "caBundle": bundle})
    assert (trouble.reason if trouble else None) is wanted


@pytest.mark.parametrize(
    ("config", "address"),
    [
        ({"service": {"namespace": "n", "name": "s"}}, ("s.n.svc", 443)),
        ({"service": {"namespace": "n", "name": "s", "port": 8443, "path": "/x"}}, ("s.n.svc", 8443)),
        ({"url": "https://10.0.0.1:9443/x"}, ("10.0.0.1", 9443)),
        ({"url": "https://hooks.example/x"}, ("hooks.example", 443)),
    ],
)
def test_addresses(config: dict[str, Any], address: tuple[str, int]) -> None:
    assert address_of(config) == address
