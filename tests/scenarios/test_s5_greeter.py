"""S5, the greeter of a tutorial: from nothing to working, each step taken only from what our tool prints.

The test plays a newcomer who knows nothing: it looks for the next command in the output, runs it, and looks again. It
holds no remedy itself; where the output gives none, the newcomer is stuck and the test fails.
"""

import json
import os
import re
import subprocess
from typing import Any

import pytest
from live_mesh import PYTHON, Mesh

from lab.demo import manifests as m
from lab.node import echo
from lab.parts import binary

PORT = 50051
STEPS = 8
"""More than a newcomer needs; bounds the loop."""
_COMMAND = re.compile(r"run: (kubectl .+)$", re.MULTILINE)


def greeter(ns: str, name: str, arguments: list[str], **container: Any) -> dict[str, Any]:
    """A Deployment as the tutorial has it: a label, an image, nothing of a mesh."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": ns},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "terminationGracePeriodSeconds": 0,
                    "containers": [
                        {"name": "greeter", "image": PYTHON, "args": ["--version=v1", *arguments], **container}
                    ],
                },
            },
        },
    }


def tutorial(ns: str) -> list[dict[str, Any]]:
    """Two Deployments without Services, rules on short hosts, a subset whose label no pod has, a plain target."""
    target = [{"name": "TARGET", "value": f"greeter-b:{PORT}"}]
    subset = {"host": "greeter-b", "subset": "v1"}
    return [
        greeter(ns, "greeter-a", ["--no-server"], env=target),
        greeter(ns, "greeter-b", [f"--port={PORT}"], ports=[{"containerPort": PORT}]),
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": {"name": "greeter-b", "namespace": ns},
            "spec": {"hosts": ["greeter-b"], "http": [{"route": [{"destination": subset}]}]},
        },
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "DestinationRule",
            "metadata": {"name": "greeter-b", "namespace": ns},
            "spec": {"host": "greeter-b", "subsets": [{"name": "v1", "labels": {"version": "v1"}}]},
        },
    ]


class Newcomer:
    """Reads what is printed, pastes the next command into a shell, and starts the application again."""

    def __init__(self, mesh: Mesh, ns: str) -> None:
        self.mesh, self.ns = mesh, ns
        self.seen: list[str] = []

    def look(self) -> str:
        """All that the linter prints about the namespace as it stands."""
        self.found = self.mesh.lint_everything(self.ns)
        return self.found

    def follow(self) -> None:
        """Run the commands that are printed, one at a time, until none is printed any more."""
        for _ in range(STEPS):
            command = _COMMAND.search(self.look())
            if command is None:
                return
            self.seen += re.findall(r"PX\d{3}", self.found[: command.start()])[-1:]
            done = subprocess.run(
                ["sh", "-c", command[1]],
                env=os.environ
                | {
                    "KUBECONFIG": str(self.mesh.cluster.kubeconfig),
                    "PATH": f"{binary('kubectl').parent}:/usr/bin:/bin",
                },
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert done.returncode == 0, (command[1], done.stderr)
        raise AssertionError(f"after {STEPS} steps there is still something to do:\n{self.found}")

    def call(self) -> dict[str, Any]:
        """What the application gets: it dials what its own environment says."""
        for name in ("greeter-a", "greeter-b"):
            echo.await_deployment(self.mesh.cluster, self.ns, name)
        pod = self.mesh.pod(self.ns, app="greeter-a")
        container = next(item for item in pod["spec"]["containers"] if item["name"] == "greeter")
        target = next(item["value"] for item in container["env"] if item["name"] == "TARGET")
        caller = self.mesh.caller(self.ns, app="greeter-a")
        return caller.until(target, lambda found: "error" not in found[0], within=10, timeout=3)[0]


@pytest.mark.cluster
def test_s5(mesh: Mesh) -> None:
    ns = mesh.namespace("s5", {})
    mesh.must_apply(*tutorial(ns))
    newcomer = Newcomer(mesh, ns)
    assert newcomer.call().get("code") == "UNAVAILABLE", "the tutorial does not even resolve its name"
    told = mesh.why(f"{ns}/greeter-a", f"greeter-b:{PORT}")
    assert (told["code"], "no Service or ServiceEntry has the host greeter-b" in told["verdict"]) == (
        "unavailable",
        True,
    ), told

    # From nothing to working
    newcomer.follow()
    print("steps:", newcomer.seen)
    assert {"PX112", "PX202", "PX512"} <= set(newcomer.seen)
    assert not re.findall(r" (?:error|warning) PX\d{3}", newcomer.found), newcomer.found
    answer = newcomer.call()
    assert (answer.get("version"), answer.get("tls")) == ("v1", False), answer
    for kind in ("VirtualService", "DestinationRule"):
        mesh.await_condition(kind, ns, "greeter-b", "True")

    # The mesh's rules apply now, which is what the tutorial is about: a fault that only a mesh client injects
    fault = json.loads(json.dumps(tutorial(ns)[2]))
    fault["spec"]["http"][0]["fault"] = {"abort": {"percentage": {"value": 100}, "grpcStatus": "RESOURCE_EXHAUSTED"}}
    mesh.must_apply(fault)
    caller = mesh.caller(ns, app="greeter-a")
    target = f"xds:///greeter-b.{ns}.svc.cluster.local:{PORT}"
    answers = caller.until(target, lambda found: found[0].get("code") == "RESOURCE_EXHAUSTED")
    assert answers[0].get("code") == "RESOURCE_EXHAUSTED", answers
    assert mesh.foretold(f"{ns}/greeter-a", target) == "aborted"
    mesh.must_apply(tutorial(ns)[2])

    # One half of mTLS by the newcomer's own wish: the answer to the apply says what it breaks, the linter what to do
    warned = mesh.must_apply(m.peer_authentication(ns, "STRICT"))
    assert "PX302" in warned, warned
    mesh.await_condition("DestinationRule", ns, "greeter-b", "False")
    newcomer.follow()
    assert newcomer.seen[-1] == "PX302"
    mesh.await_condition("DestinationRule", ns, "greeter-b", "True")
    answers = caller.until(target, lambda found: bool(found[0].get("tls")))
    assert answers[0].get("peer") == f"spiffe://cluster.local/ns/{ns}/sa/default", answers
    assert mesh.foretold(f"{ns}/greeter-a", target) == "mtls"
