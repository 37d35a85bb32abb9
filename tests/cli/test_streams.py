"""``proxyless streams`` where agents cannot be seen; that it sees real ones flap is in ``tests/scenarios``."""

from pathlib import Path

import pytest

from adapters.access import kubeconfig_for, rule
from cli.command import proxyless
from lab.controlplane import ControlPlane

POD = {
    "metadata": {"name": "hub", "annotations": {"inject.istio.io/templates": "grpc-agent"}},
    "spec": {
        "nodeName": "nowhere",
        "containers": [{"name": "app", "image": "app"}, {"name": "istio-proxy", "image": "proxyv2"}],
    },
}
RUNNING = {
    "name": "istio-proxy",
    "image": "proxyv2",
    "imageID": "",
    "ready": True,
    "restartCount": 0,
    "state": {"running": {"startedAt": "2026-11-21T12:00:00Z"}},
}


def test_agent_that_cannot_be_read_is_told_and_no_clean_answer(control_plane: ControlPlane, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/pods"
    control_plane.api.request("POST", path, POD)
    status = {"status": {"phase": "Running", "containerStatuses": [RUNNING]}}
    control_plane.api.request("PATCH", f"{path}/hub/status", status, content="application/merge-patch+json")
    done = proxyless("streams", "-n", namespace, "--kubeconfig", str(control_plane.kubeconfig))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"note: Pod {namespace}/hub: not read: its log: " in done.stderr
    assert f"note: Pod {namespace}/hub: not read: its metrics: " in done.stderr
    assert "of 1 with an agent, 1 agent could not be read." in done.stderr


def test_no_agent_is_nothing_read(control_plane: ControlPlane, namespace: str) -> None:
    done = proxyless("streams", "-n", namespace, "--kubeconfig", str(control_plane.kubeconfig))
    assert done.returncode == 3
    assert "of 0 with an agent" in done.stderr


def test_right_that_is_missing_is_named(control_plane: ControlPlane, namespace: str, tmp_path: Path) -> None:
    _, file = kubeconfig_for(control_plane, tmp_path, [rule("", ["services"])])
    done = proxyless("streams", "-n", namespace, "--kubeconfig", str(file))
    assert done.returncode == 2
    assert 'resources: ["pods"], verbs: [list, watch]' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("seconds", ["0", "-5", "soon", "86400"])
def test_time_must_be_one(seconds: str) -> None:
    done = proxyless("streams", "--since", seconds)
    assert done.returncode == 2
    assert "expected seconds from 1 to 3600" in done.stderr
