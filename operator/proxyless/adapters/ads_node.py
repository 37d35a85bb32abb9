"""The xDS node that is sent to istiod: id and metadata as a proxyless workload sends them, and the credentials.

Called by ``ads``. istiod computes configuration for what the node claims: its namespace and labels choose Sidecars,
policies and routes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from proxyless.errors import ClusterError, InputError
from proxyless.matrix.query import load


@dataclass(frozen=True, slots=True)
class XdsNode:
    """The workload in whose place istiod is asked."""

    namespace: str
    name: str = "proxyless-observer"
    ip: str = "127.0.0.1"
    """Address of the pod; also what an inbound listener of it is bound to in istiod's eyes."""
    labels: Mapping[str, str] = field(default_factory=dict)
    service_account: str = "default"
    cluster: str = "Kubernetes"
    """Name of the cluster in istiod's registry."""
    domain: str = "cluster.local"
    istio: str = field(default_factory=lambda: str(load().istio.agent))
    """Release of Istio's agent that it claims to have."""

    @property
    def identity(self) -> str:
        """Node id in Istio's form."""
        return f"sidecar~{self.ip}~{self.name}.{self.namespace}~{self.namespace}.svc.{self.domain}"

    def metadata(self) -> dict[str, Any]:
        """What istiod reads; ``GENERATOR`` makes it answer as to gRPC."""
        return {
            "GENERATOR": "grpc",
            "CLUSTER_ID": self.cluster,
            "NAMESPACE": self.namespace,
            "NAME": self.name,
            "INSTANCE_IPS": self.ip,
            "SERVICE_ACCOUNT": self.service_account,
            "ISTIO_VERSION": self.istio,
            "LABELS": dict(self.labels),
        }


@dataclass(frozen=True, slots=True)
class Proof:
    """Credentials for istiod: certificate and token; without any the connection is plaintext (port 15010)."""

    root: bytes | None = None
    """Certificates that istiod's is checked against (port 15012), in PEM as all here."""
    certificate: bytes | None = None
    key: bytes | None = None
    token: str = field(default="", repr=False)
    """A ServiceAccount token with audience ``istio-ca``."""
    server_name: str = ""
    """Name in istiod's certificate where it is reached by another, for example through a forwarded port."""

    @classmethod
    def of_files(
        cls,
        root: Path | None = None,
        certificate: Path | None = None,
        key: Path | None = None,
        token: Path | None = None,
        server_name: str = "",
    ) -> "Proof":
        """The same out of files.

        Raises:
            InputError: a file cannot be read, or one half of a pair is missing.
        """
        if bool(certificate) != bool(key):
            raise InputError("a client certificate needs its key, and a key its certificate: give both files")
        if root is None and (certificate or token):
            raise InputError("a certificate or token is only sent over TLS: give the root certificates too")
        words = _read(token).decode().strip() if token else ""
        pem = [_read(file) if file else None for file in (root, certificate, key)]
        return cls(pem[0], pem[1], pem[2], words, server_name)

    def channel(self, address: str) -> grpc.Channel:
        """A channel to istiod; nothing is sent yet."""
        if self.root is None:
            return grpc.insecure_channel(address)
        options = (("grpc.ssl_target_name_override", self.server_name),) if self.server_name else ()
        return grpc.secure_channel(
            address, grpc.ssl_channel_credentials(self.root, self.key, self.certificate), options
        )

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Metadata of the stream."""
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{error.strerror}", where=str(path)) from error


def refused(address: str, error: grpc.RpcError) -> ClusterError:
    """The error message for a failed stream, with the remedy."""
    code, detail = error.code(), error.details() or ""
    match code:
        case grpc.StatusCode.UNAVAILABLE:
            said = f"istiod at {address} cannot be reached ({detail}); port 15010 is plaintext, 15012 TLS"
        case grpc.StatusCode.UNAUTHENTICATED | grpc.StatusCode.PERMISSION_DENIED:
            said = (
                f"istiod at {address} does not accept who asks ({detail}); give a token with audience istio-ca, or a"
                " workload certificate of that namespace"
            )
        case _:
            said = f"istiod at {address} ended the stream: {code.name} {detail}"
    return ClusterError(said)
