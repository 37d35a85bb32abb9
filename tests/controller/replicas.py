"""Operator replicas as processes of their own against the test's API server, and what tests ask about them."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.api import APPLY, wait_until
from lab.controlplane import ControlPlane
from lab.ports import free_port

ROOT = Path(__file__).parents[2]
CRDS = ROOT / "crds"
PATHS = {
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments/{}",
    "Service": "/api/v1/namespaces/{}/services/{}",
    "VirtualService": "/apis/networking.istio.io/v1/namespaces/{}/virtualservices/{}",
    "DestinationRule": "/apis/networking.istio.io/v1/namespaces/{}/destinationrules/{}",
    "PeerAuthentication": "/apis/security.istio.io/v1/namespaces/{}/peerauthentications/{}",
    "HTTPRoute": "/apis/gateway.networking.k8s.io/v1/namespaces/{}/httproutes/{}",
    "ProxylessPolicy": "/apis/proxyless.dev/v1alpha1/namespaces/{}/proxylesspolicies/{}",
    "ProxylessMesh": "/apis/proxyless.dev/v1alpha1/proxylessmeshes/{1}",
}


class Replica:
    """One operator process."""

    def __init__(
        self,
        kubeconfig: Path,
        folder: Path,
        *,
        namespace: str = "default",
        lease_duration: float = 3,
        flags: tuple[str, ...] = (),
    ) -> None:
        self.port = free_port()
        self.log = folder / f"operator-{self.port}.log"
        self.command = [
            *(
                sys.executable,
                "-m",
                "proxyless.controller.main",
                "--namespace",
                namespace,
                "--health-host",
                "127.0.0.1",
            ),
            *("--health-port", str(self.port), "--lease-duration", str(lease_duration), "--retry", "0.5"),
            *flags,
        ]
        self.environment = os.environ | {"KUBECONFIG": str(kubeconfig), "PYTHONPATH": str(ROOT / "operator")}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.log.read_text()[-2000:]}"
        return self.get("/readyz")[0] == 200

    def until_ready(self, timeout: float = 30) -> None:
        wait_until(f"operator ready ({self.get('/readyz')})", self.ready, timeout=timeout)

    def metric(self, name: str) -> float:
        lines = [line for line in self.get("/metrics")[1].splitlines() if line.startswith((name + " ", name + "{"))]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    def kill(self) -> None:
        """End it without notice, as a lost machine does."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)

    def terminate(self) -> tuple[int, float]:
        """Exit code, and seconds from SIGTERM to the end."""
        assert self.process is not None
        started = time.monotonic()
        self.process.terminate()
        return self.process.wait(15), time.monotonic() - started


@contextmanager
def running(kubeconfig: Path, folder: Path, **options: Any) -> Iterator[Replica]:
    replica = Replica(kubeconfig, folder, **options)
    replica.start()
    try:
        yield replica
    finally:
        replica.kill()
        text = replica.log.read_text()
        print(text[-6000:])
        assert '"level": "error"' not in text, "the operator logged a defect"
        assert "Traceback" not in text, "the operator logged a defect"


def install_crds(control_plane: ControlPlane) -> None:
    done = control_plane.kubectl("apply", "--server-side", "-k", CRDS)
    assert done.returncode == 0, done.stderr
    done = control_plane.kubectl(
        "wait", "--for=condition=Established", "crd", "-l", "app.kubernetes.io/part-of=proxyless"
    )
    assert done.returncode == 0, done.stderr


class Objects:
    """Objects of one namespace through the API server."""

    def __init__(self, control_plane: ControlPlane, namespace: str) -> None:
        self.api = control_plane.api
        self.namespace = namespace
        self.control_plane = control_plane

    def path(self, kind: str, name: str) -> str:
        return PATHS[kind].format(self.namespace, name)

    def get(self, kind: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.api.request("GET", self.path(kind, name))
        return found

    def apply(self, *bodies: dict[str, Any]) -> None:
        """Server-side apply, each by one request: kubectl needs 80 ms more."""
        for body in bodies:
            namespace = {} if body["kind"] == "ProxylessMesh" else {"namespace": self.namespace}
            whole = {**body, "metadata": {**body["metadata"], **namespace}}
            path = self.path(body["kind"], body["metadata"]["name"])
            self.api.request("PATCH", f"{path}?fieldManager=test&force=true", whole, content=APPLY)

    def server(self, name: str) -> None:
        """A proxyless server and its Service."""
        self.apply(deployment(name), service(name))

    def patch(self, kind: str, name: str, body: dict[str, Any], *, status: bool = False) -> None:
        path = self.path(kind, name) + ("/status" if status else "")
        self.api.request("PATCH", path, body, content="application/merge-patch+json")

    def delete(self, kind: str, name: str) -> None:
        self.api.request("DELETE", self.path(kind, name))

    def condition(self, kind: str, name: str, type_: str = "ProxylessReady") -> dict[str, Any]:
        """The condition of an object, empty where it has none."""
        conditions = self.get(kind, name).get("status", {}).get("conditions", [])
        return next((entry for entry in conditions if entry["type"] == type_), {})

    def says(self, kind: str, name: str, status: str, *codes: str) -> bool:
        """Whether an object's condition has the status, names the codes and speaks of the object as it is."""
        body = self.get(kind, name)
        conditions = body.get("status", {}).get("conditions", [])
        entry = next((entry for entry in conditions if entry["type"] == "ProxylessReady"), {})
        return (
            entry.get("status") == status
            and all(code in entry["message"] for code in codes)
            and entry.get("observedGeneration") == body["metadata"]["generation"]
        )


def within(what: str, check: Callable[[], object], timeout: float = 10) -> float:
    """Seconds until the check holds."""
    started = time.monotonic()
    wait_until(what, check, timeout=timeout, every=0.02)
    return time.monotonic() - started


def deployment(name: str) -> dict[str, Any]:
    """A proxyless workload: it asks for the agent and holds."""
    annotations = {
        "inject.istio.io/templates": "grpc-agent",
        "proxy.istio.io/config": '{"holdApplicationUntilProxyStarts": true}',
    }
    template = {
        "metadata": {"labels": {"app": name}, "annotations": annotations},
        "spec": {"containers": [{"name": "app", "image": "app"}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": template},
    }


def service(name: str) -> dict[str, Any]:
    ports = [{"name": "grpc", "port": 7070}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": ports},
    }


def destination_rule(name: str, mode: str = "ISTIO_MUTUAL", host: str = "echo") -> dict[str, Any]:
    return istio("networking", "DestinationRule", name, {"host": host, "trafficPolicy": {"tls": {"mode": mode}}})


def virtual_service(name: str, *, mirror: bool = False, host: str = "echo") -> dict[str, Any]:
    route = {"route": [{"destination": {"host": host}}], **({"mirror": {"host": host}} if mirror else {})}
    return istio("networking", "VirtualService", name, {"hosts": [host], "http": [route]})


def peer_authentication(name: str, mode: str = "STRICT") -> dict[str, Any]:
    return istio("security", "PeerAuthentication", name, {"mtls": {"mode": mode}})


def istio(group: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": f"{group}.istio.io/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def policy(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "proxyless.dev/v1alpha1", "kind": "ProxylessPolicy", "metadata": {"name": name}, "spec": spec}
