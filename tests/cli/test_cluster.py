"""``--cluster`` on a real API server: what is there, what files would add, what may not be read, what is missing."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from adapters.access import kubeconfig_for, rule
from cli.command import proxyless
from lab.controlplane import ControlPlane
from lab.ports import free_port

POLICY = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: %s}
spec: {mtls: {mode: PERMISSIVE}}
"""
SERVER = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo, namespace: %s}
spec:
  selector: {matchLabels: {app: echo}}
  template:
    metadata:
      labels: {app: echo}
      annotations: {inject.istio.io/templates: grpc-agent}
    spec: {containers: [{name: app, image: example.org/echo, ports: [{containerPort: 17070}]}]}
"""
RULE = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: echo, namespace: %s}
spec:
  host: echo
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL}
    connectionPool: {http: {http2MaxRequests: 10}}
"""


def run(plane: ControlPlane, command: str, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return proxyless(command, "--cluster", "--kubeconfig", str(plane.kubeconfig), *arguments, stdin=stdin)


def found(done: subprocess.CompletedProcess[str], namespace: str) -> set[tuple[str, str]]:
    findings = json.loads(done.stdout)["findings"]
    return {(item["code"], item["object"]["kind"]) for item in findings if item["object"]["namespace"] == namespace}


def test_lint_judges_what_is_there(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(POLICY % namespace + "---" + SERVER % namespace, namespace=namespace)
    done = run(control_plane, "lint", "--format", "json", "--select", "PX301")
    assert done.returncode == 1, done.stderr
    assert found(done, namespace) == {("PX301", "PeerAuthentication")}
    assert f"of the cluster at {control_plane.server}, " in done.stderr
    assert "not checked" not in done.stderr


def test_lint_judges_files_as_if_applied_and_nothing_else(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(SERVER % namespace + "---" + RULE % namespace, namespace=namespace)
    alone = proxyless("lint", "--format", "json", "-", stdin=POLICY % namespace)
    assert "applies" in alone.stdout
    done = run(control_plane, "lint", "--format", "json", "-", stdin=POLICY % namespace)
    findings = json.loads(done.stdout)["findings"]
    assert {item["object"]["kind"] for item in findings} == {"PeerAuthentication"}
    assert [item["line"] for item in findings if item["code"] == "PX301"] == [5]
    assert "1 file and the cluster at" in done.stderr


def test_upgrade_report_reads_the_cluster(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(SERVER % namespace + "---" + RULE % namespace, namespace=namespace)
    done = run(control_plane, "upgrade-report", "--istio", "1.28..1.31", "--format", "json")
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert ("PX408", namespace) in {(item["code"], item["object"]["namespace"]) for item in report["gone"]}
    fields = {item["path"]: item for item in report["fields"] if item["object"]["namespace"] == namespace}
    assert fields["spec.trafficPolicy.connectionPool.http.http2MaxRequests"]["after"] == "supported"


def test_kinds_that_may_not_be_read_are_named(control_plane: ControlPlane, namespace: str, tmp_path: Path) -> None:
    control_plane.apply(POLICY % namespace, namespace=namespace)
    _, file = kubeconfig_for(control_plane, tmp_path, [rule("security.istio.io", ["peerauthentications"])])
    done = proxyless("lint", "--cluster", "--kubeconfig", str(file), "--assume-proxyless", "--format", "json")
    assert ("PX301", "PeerAuthentication") in found(done, namespace)
    assert "note: not checked: VirtualService: " in done.stderr
    assert 'resources: ["virtualservices"], verbs: [list, watch]' in done.stderr
    assert "note: not checked: PeerAuthentication" not in done.stderr


@pytest.mark.parametrize("command", [("lint",), ("upgrade-report", "--istio", "1.28..1.31")])
def test_no_way_to_the_cluster_is_a_usage_error_that_says_why(command: tuple[str, ...], tmp_path: Path) -> None:
    missing = proxyless(*command, "--cluster", "--kubeconfig", str(tmp_path / "none"))
    assert missing.returncode == 2
    assert "Set KUBECONFIG" in missing.stderr
    nobody = tmp_path / "nobody"
    cluster = {"name": "c", "cluster": {"server": f"https://127.0.0.1:{free_port()}"}}
    context = {"name": "c", "context": {"cluster": "c", "user": ""}}
    nobody.write_text(
        json.dumps(
            {"clusters": [cluster], "contexts": [context], "current-context": "c", "users": [{"name": "", "user": {}}]}
        )
    )
    silent = proxyless(*command, "--cluster", "--kubeconfig", str(nobody))
    assert silent.returncode == 2
    assert "no answer from" in silent.stderr


@pytest.mark.parametrize("command", [("lint",), ("upgrade-report", "--istio", "1.28..1.31")])
def test_what_to_read_must_be_said(command: tuple[str, ...]) -> None:
    nothing = proxyless(*command)
    assert (nothing.returncode, "or --cluster" in nothing.stderr) == (2, True)
    half = proxyless(*command, "--context", "c", "-")
    assert (half.returncode, "add --cluster" in half.stderr) == (2, True)


def test_without_the_api_client_the_extra_is_named() -> None:
    code = """
        import sys
        from importlib.abc import MetaPathFinder
        class Absent(MetaPathFinder):
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in ("kubernetes", "urllib3"):
                    raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        sys.meta_path.insert(0, Absent())
        from proxyless.cli.main import main
        sys.exit(main(["lint", "--cluster"]))
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'proxyless[cluster]'" in done.stderr


def test_why_reads_the_cluster_and_what_files_would_change(control_plane: ControlPlane, namespace: str) -> None:
    """A pod by the name that kubectl shows, endpoints as they are, and the call as it would be with a file applied."""
    service = f"""
apiVersion: v1
kind: Service
metadata: {{name: echo, namespace: {namespace}}}
spec: {{selector: {{app: echo}}, ports: [{{name: grpc, port: 7070, targetPort: 17070}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: echo-1, namespace: {namespace}, labels: {{kubernetes.io/service-name: echo}}}}
addressType: IPv4
ports: [{{name: grpc, port: 17070, protocol: TCP}}]
endpoints: [{{addresses: [10.1.2.3], conditions: {{ready: true}}, targetRef: {{kind: Pod, namespace: {namespace}, name: echo-5d-x}}}}]
"""
    server = SERVER.replace(
        "spec:\n  selector", "spec:\n  replicas: 0\n  selector", 1
    )  # a pod made here would lack the agent
    control_plane.apply(server % namespace + "---" + RULE % namespace + "---" + service, namespace=namespace)
    target = f"xds:///echo.{namespace}.svc.cluster.local:7070"
    words = ("--format", "json", f"{namespace}/deploy/echo", target, "/a.B/C", "--assume-proxyless")
    injected = {"metadata": {"labels": {"istio-injection": "enabled"}}}
    path = f"/api/v1/namespaces/{namespace}"
    control_plane.api.request("PATCH", path, injected, content="application/merge-patch+json")
    done = run(control_plane, "why", *words)
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert told["verdict"].startswith("fails: UNAVAILABLE, the client speaks mTLS")
    assert (told["because"]["file"], told["not_given"]) == ("", [])
    done = run(control_plane, "why", *words, "-f", "-", stdin=(POLICY % namespace).replace("PERMISSIVE", "STRICT"))
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "works with mTLS"), done.stderr
