"""Istio's own control plane as a local process: the peer in injector benchmarks and in parity tests.

    with ControlPlane() as cp, Istiod(cp) as istiod:
        istiod.inject_url, istiod.server_name, istiod.ca   # POST an AdmissionReview; TLS name; CA file (PEM)
        istiod.inject(review)                              # one call, decoded
        istiod.xds, istiod.secure_xds, istiod.http         # "127.0.0.1:PORT" of plaintext xDS, TLS xDS, debug HTTP
        istiod.process.pid                                 # for CPU pinning and figures

It acts as its ServiceAccount with Istio's own RBAC, reads its ConfigMaps from the API server and signs its own serving
certificate, as in a cluster. With `webhooks=True` the API server calls its injector and validator. One per control
plane, since its namespace is istio-system.
"""

import base64
import http.client
import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lab import istio_install
from lab.api import wait_until
from lab.controlplane import ControlPlane
from lab.errors import LabError
from lab.istio_install import NAMESPACE
from lab.parts import binary
from lab.ports import free_port
from lab.process import Process, start

_READY_TIMEOUT = 60.0


class Istiod:
    """One istiod against one control plane."""

    server_name = f"istiod.{NAMESPACE}.svc"
    """Name in its serving certificate: what a TLS client has to expect at 127.0.0.1."""

    def __init__(
        self,
        plane: ControlPlane,
        *,
        webhooks: bool = False,
        settings: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Nothing starts yet. `settings` are for `istioctl --set`, `env` is added to its environment (GOMAXPROCS...)."""
        self._plane = plane
        self._webhooks = webhooks
        self._settings = tuple(settings)
        self._env = dict(env or {})
        self._installed: list[str] = []
        self.process: Process

    def start(self) -> Self:
        """Install its objects, start it, wait until it answers. Raises LabError with its last log lines."""
        ports = {name: free_port() for name in ("http", "https", "grpc", "secure", "monitoring", "introspection")}
        self.http = f"127.0.0.1:{ports['http']}"
        self.xds = f"127.0.0.1:{ports['grpc']}"
        self.secure_xds = f"127.0.0.1:{ports['secure']}"
        self._port = ports["https"]
        self.inject_url = f"https://127.0.0.1:{self._port}/inject"
        objects = istio_install.render(self._settings)
        self._installed = istio_install.install(self._plane.api, objects, port=self._port, webhooks=self._webhooks)
        self.folder = self._plane.folder / "istiod"
        self.folder.mkdir(exist_ok=True)
        try:
            self._run(ports)
            wait_until("istiod ready", self._is_ready, timeout=_READY_TIMEOUT)
        except LabError as error:
            tail = self.process.tail(20) if hasattr(self, "process") else ""
            self.stop()
            raise LabError(f"{error}\n--- last lines of istiod:\n{tail}") from error
        return self

    def stop(self) -> None:
        """End it and take its webhooks away. Harmless if it never started."""
        if hasattr(self, "process"):
            self.process.kill()
            self._plane.processes.pop("istiod", None)
        istio_install.uninstall(self._plane.api, self._installed)
        self._installed = []

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def inject(self, review: dict[str, Any]) -> dict[str, Any]:
        """Send one AdmissionReview to its injector on a connection of its own; returns the review that it answers."""
        connection = self.connect()
        try:
            connection.request("POST", "/inject", json.dumps(review), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status != http.HTTPStatus.OK:
                raise LabError(f"istiod's injector answered {answer.status}: {text.strip()}")
            reply: dict[str, Any] = json.loads(text)
            return reply
        finally:
            connection.close()

    def connect(self) -> http.client.HTTPSConnection:
        """A verified TLS connection to its injector, for the caller to close."""
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, timeout=10)
        plain = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        try:
            connection.sock = self.client_context().wrap_socket(plain, server_hostname=self.server_name)
        except OSError:
            plain.close()
            raise
        return connection

    @property
    def ca(self) -> Path:
        """PEM file of the authority that signs its serving certificate and all workload certificates."""
        return self.folder / "ca.crt"

    def client_context(self) -> ssl.SSLContext:
        """TLS settings of a client that trusts it; give `server_name` as the name to expect."""
        return ssl.create_default_context(cafile=str(self.ca))

    def _is_ready(self) -> bool:
        """It says so, its authority is published, its injector answers, and the API server has been told to trust it."""
        if self.process.exit_code is not None:
            raise LabError(f"istiod ended with exit code {self.process.exit_code}")
        status = http.client.HTTPConnection(self.http, timeout=5)
        try:
            status.request("GET", "/ready")
            if status.getresponse().status != http.HTTPStatus.OK:
                return False
        finally:
            status.close()
        secret = self._plane.api.request("GET", f"/api/v1/namespaces/{NAMESPACE}/secrets/istio-ca-secret")
        self.ca.write_bytes(base64.b64decode(secret["data"]["ca-cert.pem"]))
        self.connect().close()
        return istio_install.trusted(self._plane.api, self._installed)

    def _run(self, ports: Mapping[str, int]) -> None:
        plane = self._plane
        command = [
            str(binary("pilot-discovery")),
            "discovery",
            f"--kubeconfig={plane.kubeconfig_of(NAMESPACE, 'istiod')}",
            f"--httpAddr={self.http}",
            f"--httpsAddr=127.0.0.1:{ports['https']}",
            f"--grpcAddr={self.xds}",
            f"--secureGRPCAddr={self.secure_xds}",
            f"--monitoringAddr=127.0.0.1:{ports['monitoring']}",
            "--ctrlz_address=127.0.0.1",
            f"--ctrlz_port={ports['introspection']}",
            "--domain=cluster.local",
        ]
        environment = {
            "REVISION": "default",
            "PILOT_CERT_PROVIDER": "istiod",
            "POD_NAME": "istiod-lab",
            "POD_NAMESPACE": NAMESPACE,
            "SERVICE_ACCOUNT": "istiod",
            "CLUSTER_ID": "Kubernetes",
            "VALIDATION_WEBHOOK_CONFIG_NAME": f"istio-validator-{NAMESPACE}",
            "PILOT_ENABLE_ANALYSIS": "false",
            **self._env,
        }
        # In a folder of its own: it reads ./etc and ./var where they exist.
        self.process = start("istiod", command, plane.folder, env=environment, cwd=self.folder)
        plane.processes["istiod"] = self.process
