"""Port-forwards that cannot be made: each says what is missing. That they carry calls is shown in ``tests/scenarios``."""

import stat
from pathlib import Path

import pytest
import websocket

from adapters.access import kubeconfig_for, rule
from lab.controlplane import ControlPlane
from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.forward import Forward
from proxyless.errors import ClusterError
from proxyless.model.resource import Ref

POD = {"metadata": {"name": "web"}, "spec": {"containers": [{"name": "app", "image": "app"}]}}


@pytest.fixture
def pod(control_plane: ControlPlane, namespace: str) -> Ref:
    """A pod that no node runs."""
    control_plane.api.request("POST", f"/api/v1/namespaces/{namespace}/pods", POD)
    return Ref("Pod", namespace, "web")


def test_the_right_that_is_missing_is_named(control_plane: ControlPlane, pod: Ref, tmp_path: Path) -> None:
    _, file = kubeconfig_for(control_plane, tmp_path, [rule("", ["pods"])])
    with (
        pytest.raises(ClusterError, match="pods/portforward") as told,
        Forward(KubernetesApi.connect(str(file)), pod, 1),
    ):
        pass
    assert told.value.status == 403
    assert 'resources: ["pods/portforward"], verbs: [get, create]' in str(told.value)


@pytest.mark.parametrize(("name", "said"), [("web", "does not have a host assigned"), ("none", '"none" not found')])
def test_a_pod_that_does_not_run(control_plane: ControlPlane, pod: Ref, name: str, said: str) -> None:
    cluster = KubernetesApi.connect(str(control_plane.kubeconfig))
    with pytest.raises(ClusterError, match=said), Forward(cluster, pod._replace(name=name), 1):
        pass


def test_an_api_server_that_is_not_there(control_plane: ControlPlane, pod: Ref) -> None:
    cluster = KubernetesApi.connect(str(control_plane.kubeconfig))
    cluster.configuration.host = "https://127.0.0.1:1"
    with pytest.raises(ClusterError, match=r"no answer from https://127\.0\.0\.1:1 to a port-forward"):
        Forward(cluster, pod, 1).__enter__()


def test_nobody_else_can_open_the_socket_and_nothing_stays(
    control_plane: ControlPlane, pod: Ref, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made without a far end, since no node runs here."""
    monkeypatch.setattr(Forward, "_open", lambda _: websocket.WebSocket())
    with Forward(KubernetesApi.connect(str(control_plane.kubeconfig)), pod, 1) as port:
        place = Path(port.address.removeprefix("unix:"))
        assert place.is_socket()
        assert stat.S_IMODE(place.parent.stat().st_mode) == stat.S_IRWXU
    assert not place.parent.exists()
