"""Stages that need nothing but Go and Python: a control plane on loopback, and the product as processes.

`LoopbackStage` has all controllers and pods that KWOK plays; `ApiServerStage` has etcd, API server and kubectl alone, which
is what is built first, so nothing makes pods of a Deployment there. The processes get what `manifests/` gives their pods: two webhook replicas behind one address, one operator. Webhook
configurations and RBAC are those of the manifests; each process uses a kubeconfig of its own ServiceAccount.
"""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from lab.api import wait_until
from lab.controlplane import ControlPlane
from lab.demo import manifests
from lab.demo.stage import kept
from lab.errors import LabError
from lab.nodes import FakeNodes
from lab.ports import free_port
from lab.process import Process, start

ROOT = Path(__file__).parents[3]
SYSTEM = "proxyless-system"


class LoopbackStage:
    """See the module."""

    can_fail_parts = True
    image = "localhost/echo-python:any"

    def __init__(self, *, keep: str = "", controllers: bool = True) -> None:
        self.namespace = "echo-grpc"
        self.plane = ControlPlane(
            crds=("istio", "gateway"), keep=keep, controller_manager=controllers, scheduler=controllers
        )
        self._keep = bool(keep)
        self._processes: dict[str, Process] = {}

    def start(self) -> None:
        """Control plane, manifests, processes; returns when all are ready."""
        self.plane.start()
        self._populate()
        self._install()
        self._address = f"127.0.0.1:{free_port()}"
        for number in (1, 2):
            self._run_webhook(number)
        self.start_operator()
        for name in list(self._processes):
            self._await_ready(name)
        self._await_trust()

    def _populate(self) -> None:
        """What makes pods run."""
        self.nodes = FakeNodes(self.plane).start()

    def stop(self) -> None:
        """End everything, the control plane last."""
        for process in self._processes.values():
            process.kill()
        if hasattr(self, "nodes"):
            self.nodes.stop()
        self.plane.stop()

    def _install(self) -> None:
        """CRDs, namespace, RBAC and webhook configurations of manifests/; Deployments too, but nobody runs their pods."""
        rendered = self.plane.kubectl("kustomize", str(ROOT / "manifests"))
        if rendered.returncode != 0:
            raise LabError(rendered.stderr)
        done = self.plane.kubectl("apply", "--server-side", "-f", "-", stdin=_without_workloads(rendered.stdout))
        if done.returncode != 0:
            raise LabError(f"manifests/ were refused: {done.stderr}")

    def _kubeconfig(self, account: str) -> Path:
        """A kubeconfig with a token of a ServiceAccount, so that least privilege is what really runs."""
        target = self.plane.folder / f"{account}.kubeconfig"
        if not target.exists():
            token = self.plane.kubectl("create", "token", account, "-n", SYSTEM, "--duration=8h").stdout.strip()
            config = json.loads(self.plane.kubeconfig.read_text())
            config["users"][0]["user"] = {"token": token}
            target.touch(mode=0o600)
            target.write_text(json.dumps(config))
        return target

    def _run(self, name: str, account: str, arguments: list[str], health: int) -> None:
        command = [str(Path(sys.executable).with_name("proxyless")), "run", *arguments]
        environment = {"KUBECONFIG": str(self._kubeconfig(account)), "PROXYLESS_NAMESPACE": SYSTEM}
        self._processes[name] = start(name, command, self.plane.folder, env=environment, outlive=self._keep)
        self._health = getattr(self, "_health", {}) | {name: health}

    def _run_webhook(self, number: int) -> None:
        health = free_port()
        self._run(
            f"webhook-{number}", "proxyless-webhook",
            ["webhook", "--url-mode", self._address, "--health-port", str(health)], health,
        )  # fmt: skip

    def _await_ready(self, name: str) -> None:
        address = f"http://127.0.0.1:{self._health[name]}/readyz"

        def ready() -> bool:
            if self._processes[name].exit_code is not None:
                raise LabError(f"{name} ended:\n{self._processes[name].tail()}")
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    return bool(answer.status == 200)
            except urllib.error.HTTPError as error:  # it holds the connection until it is closed
                error.close()
                return False

        try:
            wait_until(f"{name} ready", ready, timeout=60)
        except Exception as error:
            raise LabError(f"{error}\nlast lines of its log:\n{self._processes[name].tail()}") from error

    def _await_trust(self) -> None:
        """The API server takes a moment to see a changed webhook configuration."""

        def refuses() -> bool:
            probe = json.dumps(
                {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe", "namespace": "default", "labels": {"proxyless.dev/inject": "true"}},
                 "spec": {"containers": [{"name": "app", "image": "x"}]}}
            )  # fmt: skip
            done = self.plane.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", stdin=probe)
            return "istio-proxy" in done.stdout

        wait_until("admission works", refuses, timeout=30)

    def await_pods(self, count: int) -> None:
        """KWOK marks them Running."""
        path = f"/api/v1/namespaces/{self.namespace}/pods"

        def running() -> bool:
            items = self.plane.api.request("GET", path)["items"]
            return len([item for item in items if item["status"].get("phase") == "Running"]) >= count

        wait_until(f"{count} pods running", running, timeout=60)

    def kill_webhook(self) -> None:
        """SIGKILL to the first replica."""
        self._processes["webhook-1"].kill()

    def start_webhook(self) -> None:
        """A new first replica."""
        self._run_webhook(1)
        self._await_ready("webhook-1")

    def kill_operator(self) -> None:
        """SIGKILL; the Lease it held runs out by itself."""
        self._processes["operator"].kill()

    def start_operator(self) -> None:
        """A new operator process."""
        health = free_port()
        self._run(
            "operator",
            "proxyless-operator",
            ["operator", "--health-host", "127.0.0.1", "--health-port", str(health)],
            health,
        )

    @property
    def caller(self) -> Callable[[int], list[str]] | None:
        """No pod really runs here."""
        return None

    def until(self, accept: Callable[[list[str]], bool]) -> list[str]:
        """Never called: no pod really runs here."""
        raise NotImplementedError

    def where(self) -> str:
        """What the person is told."""
        return "API server, etcd, controller-manager and scheduler on loopback; pods are played by KWOK, so no calls are made"

    def leftover(self) -> str:
        """How to use what --keep leaves, and how to end it."""
        return kept(self.plane)

    @property
    def environment(self) -> dict[str, str]:
        """That of the control plane."""
        return self.plane.environment

    def kubectl(
        self, *arguments: str, stdin: str | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """kubectl as administrator."""
        return self.plane.kubectl(*arguments, stdin=stdin, timeout=timeout)


class ApiServerStage(LoopbackStage):
    """See the module."""

    def __init__(self) -> None:
        super().__init__(controllers=False)

    def _populate(self) -> None:
        """Nothing runs pods; the account that every pod of `default` has is made by a controller elsewhere."""
        self.plane.apply(manifests.service_account("default"))

    def where(self) -> str:
        """What the person is told."""
        return (
            "a real API server and etcd on loopback, without controllers and nodes; proxyless as two webhook replicas and "
            "an operator, each with the ServiceAccount of manifests/"
        )


def _without_workloads(text: str) -> str:
    """Documents without the Deployments: here they run as processes."""
    documents = [part for part in text.split("\n---\n") if "\nkind: Deployment\n" not in f"\n{part}\n"]
    return "\n---\n".join(documents)
