"""The stage on the user's own cluster: a namespace of its own, removed at the end; nothing else is touched.

The product must be installed there (`kubectl apply -k manifests/`): the demo never changes a cluster's admission.
"""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

from lab.api import wait_until
from lab.demo.stage import Installed
from lab.errors import LabError
from lab.parts import binary

_CONFIGURATION = "a-proxyless-injector"


class OwnStage(Installed):
    """See the module. Pods need not run there: the echo image is not pulled, so no calls are made."""

    can_fail_parts = False
    image = "registry.k8s.io/pause:3.10"
    """Any image that clusters have: the steps look at the pods' shape."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig_file = kubeconfig.expanduser()
        self.namespace = f"proxyless-demo-{secrets.token_hex(3)}"
        self._made = False

    def kubectl(
        self, *arguments: str, stdin: str | None = None, timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """The user's kubectl where there is one, else the lab's."""
        program = shutil.which("kubectl") or str(binary("kubectl"))
        return subprocess.run(
            [program, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
            env=os.environ | self.environment,
        )

    @property
    def environment(self) -> dict[str, str]:
        """The kubeconfig that was given."""
        return {"KUBECONFIG": str(self.kubeconfig_file)}

    def start(self) -> None:
        """Look whether the cluster answers and has the product; raises LabError with what to do."""
        if not self.kubeconfig_file.is_file():
            raise LabError(f"there is no file {self.kubeconfig_file}: say which with make demo KUBECONFIG=...")
        reached = self.kubectl("version")
        if reached.returncode != 0:
            raise LabError(f"the cluster of {self.kubeconfig_file} does not answer: {reached.stderr.strip()}")
        if self.kubectl("get", "mutatingwebhookconfiguration", _CONFIGURATION).returncode != 0:
            raise LabError(
                "proxyless is not installed there. Install it with `kubectl apply -k manifests/` and run this again; "
                "`kubectl delete -k manifests/` takes it out"
            )
        self._made = True

    def stop(self) -> None:
        """Remove the namespace and wait until it is gone: no trace is left."""
        if self._made:
            self.kubectl("delete", "namespace", self.namespace, "--ignore-not-found", "--wait=true", timeout=180)

    def await_pods(self, count: int) -> None:
        """Wait until the pods exist; whether they can run is the cluster's business."""

        def there() -> bool:
            shown = self.kubectl("get", "pods", "-n", self.namespace, "-o", "name").stdout
            return len(shown.split()) >= count

        wait_until(f"{count} pods", there, timeout=60)

    def where(self) -> str:
        """What the person is told."""
        return f"the cluster of {self.kubeconfig_file}, namespace {self.namespace}, which goes away at the end"

    def leftover(self) -> str:
        """How to use what --keep leaves, and how to end it."""
        return f"The namespace {self.namespace} stays. End it with: kubectl delete namespace {self.namespace}"
