"""Pods on fake nodes become Running and Ready, and end, as on real ones."""

from lab.api import wait_until
from lab.controlplane import ControlPlane
from lab.nodes import FakeNodes

POD = """
apiVersion: v1
kind: Pod
metadata: {name: app}
spec:
  initContainers:
  - {name: prepare, image: "localhost/prepare:1"}
  - {name: agent, image: "localhost/agent:1", restartPolicy: Always}
  containers:
  - {name: app, image: "localhost/app:1", readinessProbe: {tcpSocket: {port: 80}}}
"""


def test_pod_with_init_containers_and_probe_becomes_ready(
    control_plane: ControlPlane, fake_nodes: FakeNodes, namespace: str
) -> None:
    control_plane.apply(POD, namespace=namespace)
    status = fake_nodes.await_running(namespace, "app")["status"]
    assert [entry["ready"] for entry in status["containerStatuses"]] == [True]
    states = [list(entry["state"]) for entry in status["initContainerStatuses"]]
    assert states == [["terminated"], ["running"]]
    assert status["podIP"].startswith("10.128.")


def test_deployment_rolls_out_over_added_nodes_and_goes_away(
    control_plane: ControlPlane, fake_nodes: FakeNodes, namespace: str
) -> None:
    fake_nodes.add(2)
    control_plane.kubectl("create", "deployment", "web", "--image=localhost/web:1", "--replicas=30", "-n", namespace)
    waited = control_plane.kubectl(
        "wait", "--for=condition=Available", "deployment/web", "-n", namespace, "--timeout=30s"
    )
    assert waited.returncode == 0, waited.stderr
    pods = f"/api/v1/namespaces/{namespace}/pods"
    nodes = {pod["spec"]["nodeName"] for pod in control_plane.api.request("GET", pods)["items"]}
    assert nodes == {"fake-node-0", "fake-node-1", "fake-node-2"}
    control_plane.kubectl("delete", "deployment", "web", "-n", namespace)
    wait_until("all pods are gone", lambda: not control_plane.api.request("GET", pods)["items"])


def test_node_has_a_heartbeat_and_goes_away_at_the_end(control_plane: ControlPlane) -> None:
    with FakeNodes(control_plane) as nodes:
        assert nodes.names == ["fake-node-0"]
        lease = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/fake-node-0"
        wait_until("a heartbeat", lambda: control_plane.api.request("GET", lease)["spec"]["renewTime"])
    assert control_plane.api.request("GET", "/api/v1/nodes")["items"] == []
