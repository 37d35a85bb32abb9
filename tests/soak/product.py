"""The product in two versions, run as replicas beside an API server. Used by ``soak.__main__``."""

import json
import subprocess
import time
from pathlib import Path

import yaml

from lab.controlplane import ControlPlane
from lab.ports import free_port
from webhook.replica import REPOSITORY, Replica

SECRET = "/api/v1/namespaces/proxyless-system/secrets/proxyless-webhook-ca"
READY = 60.0
"""Seconds that a replica may take; a loaded machine must not fail for that."""


def last_version() -> str:
    """The last tag that stands before this commit; where there is none, the commit before this one."""
    command = ["git", "describe", "--tags", "--abbrev=0", "HEAD^"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "HEAD^"


def unpacked(ref: str, folder: Path) -> Path:
    """A version's tree, from git."""
    command = ["git", "archive", ref, "operator", "manifests", "crds"]
    made = subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=False)
    if made.returncode != 0:
        raise SystemExit(f"no version {ref} in this clone (FROM=, or fetch it): {made.stderr.decode().strip()}")
    folder.mkdir()
    subprocess.run(["tar", "--extract", "--directory", folder], input=made.stdout, check=True)
    return folder


class Product:
    """Webhook replicas that share a port, as a Service would spread over them."""

    def __init__(self, plane: ControlPlane, tree: Path, replicas: int = 2) -> None:
        self._plane = plane
        self.tree = tree
        self._port = free_port()
        self._number = replicas
        self.replicas: list[Replica] = []

    def install(self) -> None:
        """Apply the manifests of the tree, as a user installs and upgrades.

        Where they name our Service the port of these replicas is put, in the same apply: there is no moment at which the configurations lead nowhere. caBundle
        is not in the manifests, and an apply leaves what another writer owns.
        """
        built = self._plane.kubectl("kustomize", self.tree / "manifests")
        assert built.returncode == 0, built.stderr
        objects = [one for one in yaml.safe_load_all(built.stdout) if one]
        for one in objects:
            for hook in one.get("webhooks") or ():
                path = hook["clientConfig"].pop("service")["path"]
                hook["clientConfig"]["url"] = f"https://127.0.0.1:{self._port}{path}"
        text = "\n---\n".join(json.dumps(one) for one in objects)
        done = self._plane.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)
        assert done.returncode == 0, done.stderr

    def begin(self) -> None:
        """Start all replicas."""
        for _ in range(self._number):
            self._add()

    def kill_one(self) -> None:
        """As a node that dies; another one comes after it."""
        self.replicas.pop(0).process.kill()
        self._add()

    def replace_one(self) -> None:
        """As a rollout: the new one is ready before the old one ends."""
        self._add()
        assert self.replicas.pop(0).process.stop(grace=30) == 0

    def upgrade(self, tree: Path) -> None:
        """The manifests first, then each replica."""
        self.tree = tree
        self.install()
        for _ in range(self._number):
            self.replace_one()

    def uninstall_injector(self) -> None:
        """What an upgrade must never do; shows that the soak would see it."""
        done = self._plane.kubectl("delete", "mutatingwebhookconfiguration", "a-proxyless-injector")
        assert done.returncode == 0, done.stderr

    def rotate(self) -> None:
        """The authority is lost: each replica has to agree on a new one."""
        before = self._authority()
        self._plane.api.request("DELETE", SECRET)
        deadline = time.monotonic() + READY
        while self._authority() in ("", before):
            assert time.monotonic() < deadline, "no new authority"
            time.sleep(0.2)

    def end(self) -> None:
        """Kill all replicas. Harmless when called again."""
        while self.replicas:
            self.replicas.pop().process.kill()

    def memory(self) -> list[int]:
        """MiB of each replica that runs, as the kernel counts them."""
        found = []
        for replica in self.replicas:
            status = Path(f"/proc/{replica.process.pid}/status").read_text()
            found.append(int(status.partition("VmRSS:")[2].split()[0]) // 1024)
        return found

    def count(self, sample: str) -> float:
        """A number of the metrics, of all replicas that run."""
        return sum(replica.count(sample) for replica in self.replicas)

    def _add(self) -> None:
        replica = Replica(self._plane, port=self._port, env={"PYTHONPATH": str(self.tree / "operator")})
        self.replicas.append(replica.start())
        replica.until("ok", READY)

    def _authority(self) -> str:
        done = self._plane.kubectl(
            "get", "secret", "-n", "proxyless-system", "proxyless-webhook-ca", "-o", "jsonpath={.data.tls\\.crt}"
        )
        return done.stdout
