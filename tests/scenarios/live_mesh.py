"""What scenarios do in a mesh: apply, ask for conditions, call. Used by the tests of this folder only."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lab.api import wait_until
from lab.errors import ApiError
from lab.node import echo
from lab.node.cluster import Cluster

KINDS = {
    "DestinationRule": "networking.istio.io/v1/{}/destinationrules",
    "VirtualService": "networking.istio.io/v1/{}/virtualservices",
    "PeerAuthentication": "security.istio.io/v1/{}/peerauthentications",
    "AuthorizationPolicy": "security.istio.io/v1/{}/authorizationpolicies",
}
PYTHON, GO, JAVA = "localhost/echo-python:1.85.1", "localhost/echo-go:1.85.0", "localhost/echo-java:1.85.1"
KITEX = "localhost/echo-kitex:0.3.0"
DUBBO = "localhost/echo-dubbo:3.2.9"
JAVA_ONE_STREAM = "localhost/echo-java:1.66.0"
"""The last that shares one xDS stream between targets."""
OWN = {"proxyless.dev/injection": "enabled", "proxyless.dev/enforcement": "strict"}
"""Labels of a namespace where we render the agent ourselves."""
DELEGATE = OWN | {"istio-injection": "enabled"}
"""Labels of a namespace where Istio's injector renders it and we set what it needs."""


ALL_KINDS = "deployments,services,destinationrules,virtualservices,gateways.networking.istio.io,peerauthentications"
"""What a namespace is judged by."""


class Mesh:
    """The cluster of the scenarios."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._namespaces: list[str] = []

    def namespace(self, prefix: str, labels: dict[str, str]) -> str:
        """A fresh namespace with istiod's root certificate in it.

        Without that kubelet tries the volumes of pods again after longer and longer pauses, and an istiod that follows one that
        was killed waits half a minute for its lease before it writes any.
        """
        name = f"{prefix}-{secrets.token_hex(3)}"
        self.cluster.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
        self._namespaces.append(name)
        root = f"/api/v1/namespaces/{name}/configmaps/istio-ca-root-cert"
        wait_until(f"istiod's root certificate in {name}", lambda: self.cluster.api.request("GET", root), timeout=90)
        return name

    def clear(self) -> None:
        """Remove the namespaces of the test that just ran, without waiting until they are gone."""
        for name in self._namespaces:
            self.cluster.api.request("DELETE", f"/api/v1/namespaces/{name}")
        self._namespaces.clear()

    def apply(self, text: str) -> subprocess.CompletedProcess[str]:
        """``kubectl apply``; the caller looks at the exit code and at the warnings in stderr."""
        return self.cluster.kubectl("apply", "-f", "-", stdin=text)

    def must_apply(self, *objects: str | dict[str, Any]) -> str:
        """Apply objects that have to be accepted; returns the warnings."""
        warnings = ""
        for item in objects:
            done = self.apply(item if isinstance(item, str) else json.dumps(item))
            assert done.returncode == 0, done.stderr
            warnings += done.stderr
        return warnings

    def deploy(self, namespace: str, *deployments: dict[str, Any]) -> None:
        """Create Deployments and wait until their pods serve."""
        self.must_apply({"apiVersion": "v1", "kind": "List", "items": list(deployments)})
        for item in deployments:
            echo.await_deployment(self.cluster, namespace, item["metadata"]["name"])

    def condition(self, kind: str, namespace: str, name: str) -> dict[str, Any]:
        """Our condition on an object, empty where it has none yet."""
        path = f"/apis/{KINDS[kind].format(f'namespaces/{namespace}')}/{name}"
        try:
            found = self.cluster.api.request("GET", path)
        except ApiError:
            return {}
        conditions = (found.get("status") or {}).get("conditions", [])
        return next((item for item in conditions if item["type"] == "ProxylessReady"), {})

    def await_condition(self, kind: str, namespace: str, name: str, status: str, within: float = 20) -> dict[str, Any]:
        """Wait until our condition has a status; returns it."""

        def there() -> bool:
            return bool(self.condition(kind, namespace, name).get("status") == status)

        wait_until(f"ProxylessReady={status} on {kind} {namespace}/{name}", there, timeout=within)
        return self.condition(kind, namespace, name)

    def lint(self, namespace: str, *names: str) -> str:
        """Findings of ``proxyless lint -`` on objects as they stand in the cluster."""
        shown = self.cluster.kubectl("get", "-n", namespace, "-o", "yaml", *names)
        assert shown.returncode == 0, shown.stderr
        return lint_text(shown.stdout)[0]

    def lint_everything(self, namespace: str) -> str:
        """All that ``proxyless lint -`` prints on a namespace and what is in it, notes included."""
        shown = self.cluster.kubectl("get", "-n", namespace, "-o", "yaml", ALL_KINDS)
        itself = self.cluster.kubectl("get", "-o", "yaml", "namespace", namespace)
        assert (shown.returncode, itself.returncode) == (0, 0), shown.stderr + itself.stderr
        return "\n".join(lint_text(f"{itself.stdout}---\n{shown.stdout}"))

    def lint_namespace(self, namespace: str) -> str:
        """Findings on the Istio resources, Services and workloads of a namespace, judged together."""
        return self.lint(namespace, ALL_KINDS)

    def proxyless(self, *arguments: str, kubeconfig: Path | None = None) -> subprocess.CompletedProcess[str]:
        """The command line as a user runs it, on this cluster."""
        environment = os.environ | {"KUBECONFIG": str(kubeconfig or self.cluster.kubeconfig)}
        command = [str(Path(sys.executable).with_name("proxyless")), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    def why(self, client: str, target: str, *options: str, kubeconfig: Path | None = None) -> dict[str, Any]:
        """What ``proxyless why --cluster`` says of calls from a workload, as its JSON document."""
        done = self.proxyless("why", client, target, "--cluster", "--format", "json", *options, kubeconfig=kubeconfig)
        assert done.returncode in (0, 1), done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def why_until(
        self, accept: Callable[[dict[str, Any]], bool], client: str, target: str, *options: str, within: float = 30
    ) -> dict[str, Any]:
        """Ask until the answer is acceptable, since what is sent takes a moment; returns the last one either way."""
        deadline = time.monotonic() + within
        while True:
            told = self.why(client, target, *options)
            if accept(told) or time.monotonic() > deadline:
                return told

    def foretold(self, client: str, target: str) -> str:
        """The code of what ``why`` says calls do, once istiod and the application see all of it as it was calculated."""
        told = self.why_until(_agrees, client, target)
        assert _agrees(told), told["live"]
        assert {point["topic"] for point in told["live"]["points"]} >= {
            "listener",
            "routes",
            "cluster",
            "tls",
            "endpoints",
        }
        return str(told["code"])

    def caller(self, namespace: str, **labels: str) -> echo.Caller:
        """A pod that calls when asked."""
        return echo.Caller.of(self.cluster, namespace, **labels)

    def pod(self, namespace: str, **labels: str) -> dict[str, Any]:
        """The first pod with these labels."""
        return echo.pods(self.cluster, namespace, **labels)[0]


def _agrees(told: dict[str, Any]) -> bool:
    """Whether intent, sent and accepted are the same in every point."""
    points = told["live"]["points"]
    return bool(points) and all(not point["whose"] and point["accepted"] == "accepted" for point in points)


def steadily(check: Callable[[], bool], seconds: float) -> bool:
    """Whether something holds all the time for some seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not check():
            return False
        time.sleep(0.2)
    return True


def lint_text(text: str, *options: str) -> tuple[str, str]:
    """What ``proxyless lint -`` prints on manifests: findings, and what it says beside them."""
    done = subprocess.run(
        [Path(sys.executable).with_name("proxyless"), "lint", "-v", *options, "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout, done.stderr
