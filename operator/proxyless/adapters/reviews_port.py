"""Whether the API server could reach and trust the webhook: the same TLS handshake, with the caBundle that it would use."""

import base64
import binascii
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from proxyless.adapters.cluster import in_a_pod
from proxyless.model.record import NamedTuple
from proxyless.model.trouble import Reason, Trouble

_TIMEOUT = 3.0
"""Seconds for the connection and the handshake."""
_EXPIRED = 10
"""OpenSSL's number for a certificate that has expired (X509_V_ERR_CERT_HAS_EXPIRED)."""
_REPAIR = "Each webhook replica keeps it: see its log and its right to patch the configuration (manifests/base/webhook-rbac.yaml)"


class WebhookAddress(NamedTuple):
    """Where the API server would connect to."""

    host: str
    port: int


def address_of(client: Mapping[str, Any]) -> WebhookAddress:
    """The address in a ``clientConfig``."""
    if url := client.get("url"):
        parts = urlsplit(str(url))
        return WebhookAddress(parts.hostname or "", parts.port or 443)
    service = client.get("service") or {}
    return WebhookAddress(f"{service.get('name')}.{service.get('namespace')}.svc", int(service.get("port") or 443))


def trouble_of(configuration: str, client: Mapping[str, Any]) -> Trouble | None:
    """What keeps the API server from calling a webhook, None where nothing does.

    Args:
        configuration: its configuration, for the message.
        client: its ``clientConfig``.
    """
    bundle = client.get("caBundle")
    if not bundle:
        return Trouble(
            Reason.BUNDLE_EMPTY, f"{configuration} has an empty caBundle, so that no API server trusts it. {_REPAIR}"
        )
    try:
        context = ssl.create_default_context(cadata=base64.b64decode(str(bundle)).decode("ascii"))
    except (ssl.SSLError, binascii.Error, UnicodeDecodeError, ValueError):
        return Trouble(Reason.BUNDLE_FOREIGN, f"the caBundle of {configuration} holds no certificate. {_REPAIR}")
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # API servers do not ask for more
    address = address_of(client)
    try:
        with (
            socket.create_connection(address, _TIMEOUT) as plain,
            context.wrap_socket(plain, server_hostname=address.host),
        ):
            return None
    except ssl.SSLCertVerificationError as error:
        if error.verify_code == _EXPIRED:
            text = f"the certificate that {address.host}:{address.port} serves has expired. Replicas renew it while they reach the API server"
            return Trouble(Reason.CERTIFICATE_EXPIRED, f"{text}: see their logs")
        text = f"the caBundle of {configuration} does not fit what {address.host}:{address.port} serves ({error.verify_message})"
        return Trouble(Reason.BUNDLE_FOREIGN, f"{text}, so that no API server trusts it. {_REPAIR}")
    except socket.gaierror as error:
        if not in_a_pod():
            return None  # names of Services mean nothing outside
        return _silent(configuration, address, error)
    except OSError as error:
        return _silent(configuration, address, error)


def _silent(configuration: str, address: WebhookAddress, error: OSError) -> Trouble:
    text = f"no TLS at {address.host}:{address.port}, where {configuration} sends reviews ({error.strerror or error})"
    return Trouble(
        Reason.UNREACHABLE,
        f"{text}. Are webhook replicas ready (kubectl -n proxyless-system get pods), and does a NetworkPolicy keep the operator out?",
    )
