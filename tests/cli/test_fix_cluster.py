"""``lint --cluster --fix`` and ``why-injected`` on a real API server: the commands that are printed are taken, and help."""

import shlex
import subprocess

from cli.command import proxyless
from lab.controlplane import ControlPlane

MESH = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo, namespace: %(namespace)s}
spec:
  hosts: [echo.%(namespace)s.svc.cluster.local]
  http:
  - match: [{headers: {X-User: {exact: a}}}]
    route: [{destination: {host: echo.%(namespace)s.svc.cluster.local}}]
    mirror: {host: next.%(namespace)s.svc.cluster.local}
  - route: [{destination: {host: echo.%(namespace)s.svc.cluster.local}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: echo, namespace: %(namespace)s}
spec:
  selector: {matchLabels: {app: echo}}
  template:
    metadata: {labels: {app: echo}, annotations: {inject.istio.io/templates: grpc-agent}}
    spec: {containers: [{name: app, image: "example.org/echo", ports: [{containerPort: 17070}]}]}
"""


def fixes(plane: ControlPlane, namespace: str) -> subprocess.CompletedProcess[str]:
    return proxyless(
        "lint", "--cluster", "--kubeconfig", str(plane.kubeconfig), "--fix", "--unsafe-fixes", "--assume-proxyless",
        "--client", "go=1.66.3", "--select", "PX502,PX524,PX103", "-n", namespace,
    )  # fmt: skip


def test_commands_are_taken_by_the_api_server_and_leave_nothing(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(MESH % {"namespace": namespace}, namespace=namespace)
    done = fixes(control_plane, namespace)
    commands = [line for line in done.stdout.splitlines() if f"--namespace={namespace} " in line]
    assert len(commands) == 3, done.stdout
    for command in commands:
        words = shlex.split(command)
        assert words[:2] == ["kubectl", "patch"]
        tried = control_plane.kubectl(*words[1:], "--dry-run=server")
        assert tried.returncode == 0, tried.stderr
    for command in commands:
        made = control_plane.kubectl(*shlex.split(command)[1:])
        assert made.returncode == 0, made.stderr
    stale = control_plane.kubectl(*shlex.split(commands[0])[1:])
    assert stale.returncode != 0, "a patch tests what it rests on"
    again = fixes(control_plane, namespace)
    assert f"--namespace={namespace} " not in again.stdout
    assert f"/{namespace}" not in again.stdout


def test_why_injected_finds_a_workload_of_the_cluster(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(MESH % {"namespace": namespace}, namespace=namespace)
    done = proxyless("why-injected", f"{namespace}/deploy/echo", "--kubeconfig", str(control_plane.kubeconfig))
    assert f"Deployment {namespace}/echo: " in done.stdout, done.stderr
    assert "said by: pod: spec.template.metadata.annotations['inject.istio.io/templates']" in done.stdout
    none = proxyless("why-injected", f"{namespace}/deploy/none", "--kubeconfig", str(control_plane.kubeconfig))
    assert none.returncode == 2
    assert "no workload" in none.stderr


OWN = """
apiVersion: v1
kind: ConfigMap
metadata: {name: xds, namespace: %(namespace)s}
data:
  b.json: '{"xds_servers": [{"server_uri": "istiod.istio-system.svc:15012", "channel_creds": [{"type": "insecure"}]}]}'
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: own, namespace: %(namespace)s}
spec:
  selector: {matchLabels: {app: own}}
  template:
    metadata: {labels: {app: own}}
    spec:
      containers:
      - name: app
        image: example.org/own
        env: [{name: GRPC_XDS_BOOTSTRAP, value: /etc/xds/b.json}]
        volumeMounts: [{name: xds, mountPath: /etc/xds}]
      volumes: [{name: xds, configMap: {name: xds}}]
"""


def test_bootstrap_of_a_workload_of_the_cluster(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(OWN % {"namespace": namespace}, namespace=namespace)
    done = proxyless("bootstrap", f"{namespace}/deploy/own", "--kubeconfig", str(control_plane.kubeconfig))
    assert done.returncode == 1, done.stderr
    assert f"Deployment {namespace}/own container app (configmap xds: data['b.json'])" in done.stdout
    assert "asks istiod's port 15012 in plaintext" in done.stdout
