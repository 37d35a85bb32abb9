"""A Kubernetes control plane on loopback: etcd, API server, controller manager, scheduler.

    with ControlPlane() as cp:                      # Istio's CRDs are installed; crds=() leaves them out
        ns = cp.namespace()                         # a fresh one, its default ServiceAccount is there
        cp.apply(text, namespace=ns)                # kubectl apply --server-side; raises LabError if it is refused
        cp.kubectl("get", "pods", "-n", ns).stdout  # CompletedProcess[str]; the caller looks at returncode
        cp.api.request("GET", "/api/v1/nodes")      # JSON in and out, 2 ms; ApiError from 400 up
        cp.kubeconfig_of(ns, "default")             # Path: acts as that ServiceAccount, so RBAC can be tested
        cp.kubeconfig, cp.server, cp.folder         # Path, "https://127.0.0.1:PORT", Path of everything it wrote
        cp.restart("kube-apiserver")                # same data; also "kube-controller-manager", "kube-scheduler"
        cp.processes["kube-apiserver"].kill()       # lab.process.Process

Several run side by side. Everything is in one folder that goes away at the end; its logs stay for a day where the start or
the `with` block failed, and the error of a failed start shows their last lines. Webhooks are reachable by URL on 127.0.0.1 and through a Service of type ExternalName
`localhost`. There are no nodes: pods stay Pending unless `lab.nodes.FakeNodes` runs them.
"""

import os
import secrets
import ssl
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from lab import components, crds, credentials, rundir
from lab.api import Api, wait_until
from lab.components import Layout
from lab.errors import LabError
from lab.parts import ALWAYS, binaries
from lab.ports import free_port
from lab.process import Process, start

_READY_TIMEOUT = 60.0
"""Seconds for each part. An idle machine with 2 cores needs 5 in all; a loaded one must not fail for that."""


class ControlPlane:
    """One control plane. Not thread-safe to start and stop; its clients are."""

    def __init__(
        self,
        *,
        controller_manager: bool = True,
        scheduler: bool = True,
        crds: Sequence[str] = ("istio",),
        api_server_args: Sequence[str] = (),
        keep: str = "",
    ) -> None:
        """Nothing starts yet.

        `crds` are names that `lab.crds` knows, `api_server_args` are added to the API server's flags (a later flag
        wins), `keep` names a run that outlives this process: `python -m lab down NAME` stops it and whatever else was started
        into its folder with `lab.process.start(..., outlive=True)`.
        """
        self._parts = [
            part
            for part, wanted in (("kube-controller-manager", controller_manager), ("kube-scheduler", scheduler))
            if wanted
        ]
        self._crds = tuple(crds)
        self._api_server_args = tuple(api_server_args)
        self._keep = keep
        self.processes: dict[str, Process] = {}

    def start(self) -> Self:
        """Start everything and return when it is ready. Raises LabError with the last log lines of what failed."""
        self._binaries = binaries(*ALWAYS, *self._parts)
        self.folder = rundir.create_kept(self._keep) if self._keep else rundir.create("run")
        try:
            self._start()
        except BaseException as error:
            tails = self._tails()
            self._end()
            rundir.keep_logs(self.folder)
            if isinstance(error, LabError):
                raise LabError(f"{error}\n{tails}\nlogs: {self.folder}") from error
            raise
        return self

    def stop(self, *, keep_logs: bool = False) -> None:
        """End everything and remove its folder, or all of it but the logs (for a day). Harmless if it never started."""
        self._end()
        if hasattr(self, "folder") and self.folder.is_dir():
            (rundir.keep_logs if keep_logs else rundir.remove)(self.folder)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(keep_logs=isinstance(error, Exception))
        if isinstance(error, Exception):
            error.add_note(f"logs of the control plane: {self.folder}")

    def restart(self, name: str, *, down: float = 0) -> None:
        """Kill one part, leave it down for some seconds, start it again and wait until it is ready."""
        self.processes[name].kill()
        time.sleep(down)
        self._run(name)
        self._await(name)

    def kubectl(
        self, *arguments: str | Path, stdin: str | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run the built kubectl as administrator, free of the user's own configuration. Never raises for its exit code."""
        return subprocess.run(
            [self._binaries["kubectl"], *map(str, arguments)],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            env=os.environ | self.environment,
        )

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to reach this cluster, and to leave nothing in the user's home."""
        return {"KUBECONFIG": str(self.kubeconfig), "KUBECACHEDIR": str(self.folder / "kubectl"), "KUBERC": "off"}

    def kubeconfig_of(self, namespace: str, account: str) -> Path:
        """Write a kubeconfig with a fresh token of a ServiceAccount (RBAC applies to it); valid for a day."""
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
        token = self.api.request("POST", path, {"spec": {"expirationSeconds": 24 * 3600}})["status"]["token"]
        return credentials.kubeconfig(self._layout, f"{namespace}-{account}", {"token": token})

    def apply(self, text: str, *, namespace: str = "default") -> str:
        """Apply YAML as `kubectl apply --server-side` does; returns stdout, raises LabError with its stderr."""
        done = self.kubectl("apply", "--server-side", "-n", namespace, "-f", "-", stdin=text)
        if done.returncode != 0:
            raise LabError(f"kubectl apply: {done.stderr.strip()}")
        return done.stdout

    def namespace(self, prefix: str = "test", labels: dict[str, str] | None = None) -> str:
        """Create a namespace with a name of its own and wait for its default ServiceAccount."""
        name = f"{prefix}-{secrets.token_hex(4)}"
        self.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": labels or {}}})
        if "kube-controller-manager" in self._parts:
            self._await_account(name)
        return name

    def _start(self) -> None:
        self._layout = self._make_layout()
        self.server = f"https://127.0.0.1:{self._layout.api_port}"
        self.kubeconfig = credentials.write(self._layout)
        self.api = Api.of(self.server, *(self.folder / name for name in ("ca.crt", "admin.crt", "admin.key")))
        (self.folder / "etcd").mkdir(mode=0o700)
        for name in ("etcd", "kube-apiserver"):
            self._run(name)
        self._await("kube-apiserver")
        for name in self._crds:  # before the controllers: side by side both take longer
            crds.install(self.api, name)
        for name in self._parts:
            self._run(name)
        for name in self._parts:
            self._await(name)
        if "kube-controller-manager" in self._parts:
            self._await_account("default")

    def _make_layout(self) -> Layout:
        """Where it listens. A node has a network of its own and says something else."""
        return Layout(self.folder, free_port(), free_port(), free_port())

    def _command(self, argv: list[str]) -> list[str]:
        """How a part is started. A node starts it inside its namespaces."""
        return argv

    def _run(self, name: str) -> None:
        flags = {
            "etcd": components.etcd,
            "kube-apiserver": components.api_server,
            "kube-controller-manager": components.controller_manager,
            "kube-scheduler": components.scheduler,
        }[name](self._layout)
        if name == "kube-apiserver":
            flags += self._api_server_args
        command = self._command([str(self._binaries[name]), *flags])
        self.processes[name] = start(name, command, self.folder, outlive=bool(self._keep))

    def _await(self, name: str) -> None:
        at = self._layout
        health = {
            "kube-controller-manager": (at.manager_port, "/healthz"),
            "kube-scheduler": (at.scheduler_port, "/readyz"),
        }

        def ready() -> bool:
            for process in self.processes.values():
                if process.exit_code is not None:
                    raise LabError(f"{process.name} ended with exit code {process.exit_code}")
            if name == "kube-apiserver":
                return bool(self.api.request("GET", "/readyz", timeout=5) == "ok")
            return _answers(*health[name])

        wait_until(f"{name} ready", ready, timeout=_READY_TIMEOUT)

    def _await_account(self, namespace: str) -> None:
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
        wait_until(
            f"ServiceAccount default in {namespace}", lambda: self.api.request("GET", path), timeout=_READY_TIMEOUT
        )

    def _end(self) -> None:
        for process in reversed(self.processes.values()):
            process.kill()
        self.processes.clear()
        if hasattr(self, "api"):
            self.api.close()

    def _tails(self) -> str:
        """Last log lines of each part, more of one that has ended."""
        return "\n".join(
            f"--- last lines of {process.name}:\n{process.tail(6 if process.exit_code is None else 20)}"
            for process in self.processes.values()
        )


def _answers(port: int, path: str) -> bool:
    """Whether a component that made its own certificate says that it is ready."""
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    component = Api(f"https://127.0.0.1:{port}", unverified)
    try:
        return bool(component.request("GET", path, timeout=5) == "ok")
    finally:
        component.close()
