"""A one-node Kubernetes: control plane, containerd, kubelet, kube-proxy and DNS in namespaces of their own.

    with Cluster() as cluster:                    # everything of ControlPlane, and pods really run
        cluster.load(images.proxy())              # an image for its pods
        cluster.exec("shop", "echo-v1-abc", "app", "ls")
        cluster.door("10.96.3.4", 7070)           # a loopback port outside that leads to an address inside

Several run side by side. Whatever ends this process ends the whole cluster: the machine's first process dies with it,
and with that its pid, mount and network namespaces (`lab.node.machine`).
"""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from lab import rundir
from lab.api import Api, wait_until
from lab.components import Layout
from lab.controlplane import ControlPlane
from lab.errors import LabError
from lab.node import config, dns, images, needs
from lab.node.cgroups import group_of, make_cgroups, remove_cgroups, sweep_cgroups
from lab.node.oci import Image
from lab.parts import CONTROL_PLANE, binaries
from lab.ports import free_port
from lab.process import Process, recorded, start

NODE_PARTS = ("kubelet", "kube-proxy", "containerd", "containerd-shim-runc-v2", "ctr", "coredns", "pause")
_HERE = Path(__file__).parent


class Cluster(ControlPlane):
    """See the module. Root and Linux only; raises LabError that names what is missing."""

    def start(self) -> "Cluster":
        needs.check()
        sweep_cgroups(rundir.base())
        self._node_binaries = binaries(*NODE_PARTS)
        super().start()
        return self

    @classmethod
    def attached(cls, name: str) -> Self:
        """A cluster that `Cluster(keep=name)` left running, for a developer who tries a test many times."""
        found = cls(keep=name)
        found.folder = rundir.kept(name)
        found._binaries, found._node_binaries = binaries(*CONTROL_PLANE), binaries(*NODE_PARTS)
        machine = recorded(found.folder / "machine.pid")
        if machine is None or not machine.is_alive():
            raise LabError(f"no cluster {name!r} runs; `python -m lab status` lists those that do")
        found.machine = _first_child(machine.pid)
        found.kubeconfig = found.folder / "admin.kubeconfig"
        found.server = json.loads(found.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        found.api = Api.of(found.server, *(found.folder / file for file in ("ca.crt", "admin.crt", "admin.key")))
        return found

    def _make_layout(self) -> Layout:
        self._start_machine()
        layout = Layout(self.folder, free_port(), free_port(), free_port(), address=config.ADDRESS)
        for port in (layout.api_port, layout.manager_port, layout.scheduler_port):
            self._open_door(f"door-{port}", port, "127.0.0.1", port)
        return layout

    def _command(self, argv: list[str]) -> list[str]:
        return self.inside(argv, "net")

    def inside(self, argv: list[str], kinds: str = "all") -> list[str]:
        """Command line that runs a program inside the machine: its network, or all its namespaces."""
        script = [sys.executable, "-I", "-S", str(_HERE / "enter.py")]
        return [*script, str(self.machine), self.folder.name, kinds, *argv]

    def _start(self) -> None:
        super()._start()
        self._write_files()
        self._run_node("containerd", self._containerd_command())
        wait_until("containerd ready", lambda: self._ctr("version").returncode == 0, timeout=60)
        with ThreadPoolExecutor(1) as loader:
            loading = loader.submit(self.load, images.pause(), images.coredns())
            self._run_node("kubelet", self._kubelet_command())
            self._run_node("kube-proxy", self._kube_proxy_command())
            self.apply(dns.manifests(), namespace="kube-system")
            wait_until("node ready", self._node_is_ready, timeout=90)
            loading.result()

    def await_dns(self) -> None:
        """Wait until cluster DNS answers."""
        path = "/apis/apps/v1/namespaces/kube-system/deployments/coredns"
        wait_until(
            "CoreDNS ready",
            lambda: self.api.request("GET", path).get("status", {}).get("availableReplicas"),
            timeout=90,
        )

    def load(self, *wanted: Image | Path) -> None:
        """Import images (or OCI archives) into the node."""
        for item in wanted:
            archive = images.archive(item) if isinstance(item, Image) else item
            done = self._ctr("-n", config.IMAGE_NAMESPACE, "image", "import", "--local", str(archive), timeout=300)
            if done.returncode != 0:
                raise RuntimeError(f"import of {archive.name}: {done.stderr.strip()}")

    def tag_image(self, name: str, other: str) -> None:
        """Give an image of the node one more name, as a newer version would have."""
        done = self._ctr("-n", config.IMAGE_NAMESPACE, "image", "tag", "--force", name, other)
        if done.returncode != 0:
            raise RuntimeError(f"tag {other}: {done.stderr.strip()}")

    def exec(self, namespace: str, pod: str, container: str, *command: str, timeout: float = 60) -> str:
        """Run a program in a container and return its output; raises LabError with what it said."""
        done = self.kubectl("exec", "-n", namespace, pod, "-c", container, "--", *command, timeout=timeout)
        if done.returncode != 0:
            raise RuntimeError(f"{pod}/{container}: {' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def kill_container(self, namespace: str, pod: str, container: str = "") -> None:
        """SIGKILL to a container's main process (the first container's by default); kubelet starts it again."""
        statuses = self.api.request("GET", f"/api/v1/namespaces/{namespace}/pods/{pod}")["status"]["containerStatuses"]
        wanted = next(item for item in statuses if item["name"] == container or not container)
        identity = wanted["containerID"].removeprefix("containerd://")
        done = self._ctr("-n", config.IMAGE_NAMESPACE, "task", "kill", "--signal", "SIGKILL", identity)
        if done.returncode != 0:
            raise RuntimeError(f"kill {namespace}/{pod}: {done.stderr.strip()}")

    def door(self, host: str, port: int) -> int:
        """Open a loopback port outside that leads to an address inside; returns the port."""
        outside = free_port()
        self._open_door(f"door-{outside}", outside, host, port)
        return outside

    def restart_node(self, name: str) -> None:
        """Kill and restart containerd, kubelet or kube-proxy; containers go on."""
        self.processes[name].kill()
        commands = {
            "containerd": self._containerd_command,
            "kubelet": self._kubelet_command,
            "kube-proxy": self._kube_proxy_command,
        }
        self._run_node(name, commands[name]())

    def _end(self) -> None:
        super()._end()
        if hasattr(self, "folder"):
            remove_cgroups(self.folder.name)

    # -- pieces -------------------------------------------------------------------------------------------------

    def _start_machine(self) -> None:
        make_cgroups(self.folder.name)
        command = [
            "unshare", "--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--propagation", "private",
            sys.executable, "-I", "-S", str(_HERE / "machine.py"), config.ADDRESS, str(self.folder),
        ]  # fmt: skip
        self.processes["machine"] = process = start("machine", command, self.folder, outlive=bool(self._keep))
        ready = self.folder / "machine.ready"

        def is_up() -> bool:
            if process.exit_code is not None:
                raise RuntimeError(f"the machine's namespaces could not be made:\n{process.tail()}")
            return ready.exists()

        wait_until("machine ready", is_up, timeout=20)
        self.machine = _first_child(process.pid)

    def _open_door(self, name: str, outside: int, host: str, port: int) -> None:
        command = [
            sys.executable,
            "-I",
            "-S",
            str(_HERE / "doorway.py"),
            str(self.machine),
            str(outside),
            host,
            str(port),
        ]
        self.processes[name] = start(name, command, self.folder, outlive=bool(self._keep))

    def _run_node(self, name: str, argv: list[str]) -> Process:
        environment = {"PATH": f"{self._node_binaries['containerd'].parent}:/usr/sbin:/usr/bin:/sbin:/bin"}
        self.processes[name] = started = start(
            name, self.inside(argv), self.folder, env=environment, outlive=bool(self._keep)
        )
        return started

    def _write_files(self) -> None:
        at = self.folder
        (at / "containerd.toml").write_text(
            config.containerd(at, self._node_binaries["containerd-shim-runc-v2"].parent)
        )
        (at / "cni").mkdir()
        (at / "cni" / "lab.conflist").write_text(config.cni())
        (at / "kubelet.json").write_text(config.kubelet(at, f"/{group_of(at.name)}"))
        (at / "kube-proxy.json").write_text(config.kube_proxy(at))
        (at / "resolv.conf").write_text("")

    def _containerd_command(self) -> list[str]:
        return [str(self._node_binaries["containerd"]), "--config", str(self.folder / "containerd.toml")]

    def _kubelet_command(self) -> list[str]:
        return [
            str(self._node_binaries["kubelet"]),
            f"--config={self.folder}/kubelet.json",
            f"--kubeconfig={self.folder}/kubelet.kubeconfig",
            f"--root-dir={self.folder}/kubelet",
            f"--cert-dir={self.folder}/kubelet-certs",
            f"--hostname-override={config.NODE}",
            f"--node-ip={config.ADDRESS}",
        ]

    def _kube_proxy_command(self) -> list[str]:
        return [str(self._node_binaries["kube-proxy"]), f"--config={self.folder}/kube-proxy.json"]

    def _ctr(self, *arguments: str, timeout: float = 30) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.inside([str(self._node_binaries["ctr"]), "-a", f"{self.folder}/containerd.sock", *arguments]),
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )

    def _node_is_ready(self) -> bool:
        for name in ("machine", "containerd", "kubelet", "kube-proxy"):
            if self.processes[name].exit_code is not None:
                raise RuntimeError(f"{name} ended:\n{self.processes[name].tail()}")
        nodes = self.api.request("GET", "/api/v1/nodes").get("items", [])
        return any(
            condition["type"] == "Ready" and condition["status"] == "True"
            for node in nodes
            for condition in node["status"].get("conditions", [])
        )


def _first_child(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
