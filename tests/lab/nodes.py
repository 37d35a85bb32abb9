"""Fake nodes whose pods become Running and Ready, as a kubelet would make them (KWOK).

    with ControlPlane() as cp, FakeNodes(cp) as nodes:   # one node, 110 pods
        nodes.add(9)                                     # more: `fake-node-1` ...

Nothing of a pod really runs: no image is pulled, no process starts, its address answers nothing. Called by tests that need
pods Running, and by scale tests. Real nodes (`lab.node`) live beside them: only nodes with KWOK's annotation are played.
"""

from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from lab.api import wait_until
from lab.controlplane import ControlPlane
from lab.errors import LabError
from lab.modulefiles import module_files
from lab.parts import binary
from lab.process import Process, start

_ANNOTATION = "kwok.x-k8s.io/node"
_POD_ADDRESSES = "10.128.0.0/14"
_STAGES = ("node/fast", "node/heartbeat-with-lease", "pod/fast")
"""KWOK's own descriptions of what a kubelet does: Ready at once, heartbeat by Lease, pods Running at once, Jobs complete."""
_READY_TIMEOUT = 60.0


class FakeNodes:
    """KWOK, running against one control plane, and the nodes that it plays."""

    def __init__(self, plane: ControlPlane, *, nodes: int = 1, pods_per_node: int = 110) -> None:
        """Nothing starts yet. `pods_per_node` is what the scheduler believes; 110 is a kubelet's default."""
        self._plane = plane
        self._first = nodes
        self._pods = pods_per_node
        self._process: Process | None = None
        self.names: list[str] = []

    def start(self) -> Self:
        """Start KWOK and wait until its first nodes are Ready. Raises LabError with its last log lines."""
        command = [
            str(binary("kwok")),
            f"--kubeconfig={self._plane.kubeconfig}",
            f"--manage-nodes-with-annotation-selector={_ANNOTATION}=fake",
            f"--cidr={_POD_ADDRESSES}",
            "--node-ip=127.0.0.1",
            "--node-lease-duration-seconds=40",  # a kubelet's
            *(f"--config={file}" for file in _stages()),
        ]
        home = {"HOME": str(self._plane.folder)}  # not the user's ~/.kwok
        self._process = self._plane.processes["kwok"] = start("kwok", command, self._plane.folder, env=home)
        self.add(self._first)
        return self

    def add(self, count: int) -> list[str]:
        """Add nodes and wait until they are Ready and open to pods; returns their names."""
        added = [f"fake-node-{len(self.names) + number}" for number in range(count)]
        for name in added:
            self._plane.api.request("POST", "/api/v1/nodes", self._node(name))
        self.names += added
        for name in added:
            wait_until(f"fake node {name} ready", partial(self._is_ready, name), timeout=_READY_TIMEOUT)
        return added

    def stop(self) -> None:
        """End KWOK and remove its nodes; their pods are then left to the cluster's own controllers."""
        if self._process is not None:
            self._process.kill()
            self._plane.processes.pop("kwok", None)
            for name in self.names:
                self._plane.api.request("DELETE", f"/api/v1/nodes/{name}")
        self._process = None
        self.names.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def await_running(self, namespace: str, name: str, *, timeout: float = 30) -> dict[str, Any]:
        """Wait until one pod is Running and Ready; returns it. Raises LabError with its status."""
        path = f"/api/v1/namespaces/{namespace}/pods/{name}"

        def ready() -> bool:
            status = self._plane.api.request("GET", path)["status"]
            return status.get("phase") == "Running" and _condition(status, "Ready")

        try:
            wait_until(f"pod {namespace}/{name} running", ready, timeout=timeout)
        except LabError as error:
            raise LabError(f"{error}; its status: {self._plane.api.request('GET', path).get('status')}") from error
        pod: dict[str, Any] = self._plane.api.request("GET", path)
        return pod

    def _is_ready(self, name: str) -> bool:
        if self._process is not None and self._process.exit_code is not None:
            raise LabError(f"kwok ended with exit code {self._process.exit_code}\n{self._process.tail()}")
        node = self._plane.api.request("GET", f"/api/v1/nodes/{name}")
        return _condition(node["status"], "Ready") and not node["spec"].get("taints")

    def _node(self, name: str) -> dict[str, Any]:
        capacity = {"cpu": "64", "memory": "256Gi", "pods": str(self._pods)}
        return {
            "metadata": {
                "name": name,
                "annotations": {_ANNOTATION: "fake"},
                "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "type": "kwok"},
            },
            "status": {"capacity": capacity, "allocatable": capacity},
        }


def _stages() -> list[Path]:
    files = [file for stage in _STAGES for file in module_files("sigs.k8s.io/kwok", f"kustomize/stage/{stage}")]
    return [file for file in files if file.name != "kustomization.yaml" and file.parent.name != "testdata"]


def _condition(status: dict[str, Any], kind: str) -> bool:
    return any(entry["type"] == kind and entry["status"] == "True" for entry in status.get("conditions") or ())
