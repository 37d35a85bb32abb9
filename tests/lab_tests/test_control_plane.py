"""The control plane behaves as a real cluster's does where the product depends on it."""

import http.client
import shutil
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.api import Api, wait_until
from lab.controlplane import ControlPlane
from lab.crds import install
from lab.errors import ApiError, LabError

POD = """
apiVersion: v1
kind: Pod
metadata: {name: app}
spec: {containers: [{name: app, image: "localhost/app:1"}]}
"""
PEER = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default}
spec: {mtls: {mode: STRICT}}
"""


@pytest.mark.cluster
def test_start_time_is_printed_and_stop_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()
    with ControlPlane() as plane:
        with capsys.disabled():
            print(
                f"\ncontrol plane with Istio's CRDs ready after {time.monotonic() - started:.1f} s (wanted: at most 15)"
            )
        folder, pids = plane.folder, [process.pid for process in plane.processes.values()]
        assert len(pids) == 4
        assert plane.kubectl("get", "virtualservices", "-A").returncode == 0
    assert not folder.exists()
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@pytest.mark.cluster
def test_two_run_side_by_side() -> None:
    def named(name: str) -> ControlPlane:
        plane = ControlPlane(crds=(), controller_manager=False, scheduler=False).start()
        plane.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        return plane

    with ThreadPoolExecutor() as pool:  # their threads end before the test does: no child may end with them
        planes = list(pool.map(named, ("one", "two")))
    try:
        for plane, own, other in ((planes[0], "one", "two"), (planes[1], "two", "one")):
            assert plane.api.request("GET", f"/api/v1/namespaces/{own}")
            with pytest.raises(ApiError, match="404 NotFound"):
                plane.api.request("GET", f"/api/v1/namespaces/{other}")
    finally:
        for plane in planes:
            plane.stop()


@pytest.mark.cluster
def test_failed_start_names_the_part_and_shows_its_log() -> None:
    with pytest.raises(LabError) as caught:
        ControlPlane(crds=(), api_server_args=["--service-cluster-ip-range=nonsense"]).start()
    text = str(caught.value)
    assert "kube-apiserver ended with exit code 1" in text
    assert "not a valid cidr" in text
    kept = Path(text.rpartition("logs: ")[2])
    assert {file.name for file in kept.iterdir()} == {"etcd.log", "kube-apiserver.log", "failed"}
    shutil.rmtree(kept)


@pytest.mark.cluster
def test_logs_stay_where_the_block_failed() -> None:
    with pytest.raises(ZeroDivisionError) as caught, ControlPlane(crds=(), controller_manager=False, scheduler=False):
        1 / 0  # noqa: B018
    note = caught.value.__notes__[0]
    assert note.startswith("logs of the control plane: ")
    kept = Path(note.rpartition(": ")[2])
    assert {file.name for file in kept.iterdir()} == {"etcd.log", "kube-apiserver.log", "failed"}
    shutil.rmtree(kept)


@pytest.mark.cluster
def test_installed_crds_are_served_at_once() -> None:
    with ControlPlane(crds=(), controller_manager=False, scheduler=False) as plane:
        assert "httproutes.gateway.networking.k8s.io" in install(plane.api, "gateway")
        for kind in ("gatewayclasses", "gateways", "grpcroutes", "httproutes"):
            assert plane.api.request("GET", f"/apis/gateway.networking.k8s.io/v1/{kind}")["items"] == []


@pytest.mark.cluster
def test_restarted_api_server_has_its_data() -> None:
    with ControlPlane(crds=(), controller_manager=False, scheduler=False) as plane:
        name = plane.namespace()
        plane.restart("kube-apiserver")
        assert plane.api.request("GET", f"/api/v1/namespaces/{name}")["metadata"]["name"] == name


def test_pod_is_created_with_a_token_volume(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(POD, namespace=namespace)
    pod = control_plane.api.request("GET", f"/api/v1/namespaces/{namespace}/pods/app")
    assert pod["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"]


def test_scheduler_and_controllers_act(control_plane: ControlPlane, namespace: str) -> None:
    made = control_plane.kubectl("create", "deployment", "web", "--image=localhost/web:1", "-n", namespace)
    assert made.returncode == 0, made.stderr

    def unschedulable() -> bool:
        pods = control_plane.api.request("GET", f"/api/v1/namespaces/{namespace}/pods")["items"]
        conditions = [entry for pod in pods for entry in pod["status"].get("conditions", ())]
        return any(entry.get("reason") == "Unschedulable" for entry in conditions)

    wait_until("the scheduler looks at the Deployment's pod", unschedulable)


def test_every_istio_and_gateway_crd_is_established(control_plane: ControlPlane) -> None:
    found = control_plane.api.request("GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")["items"]
    names = [crd["metadata"]["name"] for crd in found]
    assert len([name for name in names if name.endswith(".istio.io")]) == 15
    assert "httproutes.gateway.networking.k8s.io" in names
    for crd in found:
        established = [item for item in crd["status"]["conditions"] if item["type"] == "Established"]
        assert [item["status"] for item in established] == ["True"], crd["metadata"]["name"]


def test_condition_is_written_through_the_status_subresource(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(PEER, namespace=namespace)
    path = f"/apis/security.istio.io/v1/namespaces/{namespace}/peerauthentications/default"
    peer = control_plane.api.request("GET", path)
    peer["status"] = {"conditions": [{"type": "ProxylessReady", "status": "True", "reason": "Checked", "message": ""}]}
    control_plane.api.request("PUT", f"{path}/status", peer)
    waited = control_plane.kubectl(
        "wait", "--for=condition=ProxylessReady", "peerauthentication/default", "-n", namespace, "--timeout=60s"
    )
    assert waited.returncode == 0, waited.stderr


def test_service_account_token_authenticates_and_rbac_forbids(control_plane: ControlPlane, namespace: str) -> None:
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default/token"
    token = control_plane.api.request("POST", path, {"spec": {"expirationSeconds": 600}})["status"]["token"]
    context = ssl.create_default_context(cafile=str(control_plane.folder / "ca.crt"))
    host = control_plane.server.removeprefix("https://")
    connection = http.client.HTTPSConnection(host, context=context, timeout=10)
    try:
        for sent, status in ((token, 403), ("nonsense", 401)):
            connection.request(
                "GET", f"/api/v1/namespaces/{namespace}/secrets", headers={"Authorization": f"Bearer {sent}"}
            )
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status
    finally:
        connection.close()


def test_admission_policies_are_enforced(control_plane: ControlPlane, namespace: str) -> None:
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    policy = {
        "matchConstraints": {"resourceRules": [rule], "namespaceSelector": selector},
        "validations": [{"expression": "false", "message": "no ConfigMaps here"}],
    }
    binding = {"policyName": namespace, "validationActions": ["Deny"]}
    group = "/apis/admissionregistration.k8s.io/v1"
    for kind, spec in (("validatingadmissionpolicies", policy), ("validatingadmissionpolicybindings", binding)):
        control_plane.api.request("POST", f"{group}/{kind}", {"metadata": {"name": namespace}, "spec": spec})

    def refused() -> bool:
        try:
            body = {"metadata": {"generateName": "probe-"}}
            control_plane.api.request("POST", f"/api/v1/namespaces/{namespace}/configmaps", body)
        except ApiError as error:
            return "no ConfigMaps here" in error.message
        return False

    wait_until("the policy is enforced", refused)


def test_refused_apply_says_why(control_plane: ControlPlane, namespace: str) -> None:
    with pytest.raises(LabError, match=r"spec\.mtls\.mode.*Unsupported value"):
        control_plane.apply(PEER.replace("STRICT", "LOOSE"), namespace=namespace)


def test_kubeconfig_is_complete_in_itself(control_plane: ControlPlane, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.write_bytes(control_plane.kubeconfig.read_bytes())
    shown = control_plane.kubectl("--kubeconfig", copy, "get", "namespace", "default", "-o", "name")
    assert shown.stdout == "namespace/default\n"
    assert str(control_plane.folder) not in copy.read_text()


def test_api_reports_an_unreachable_server(control_plane: ControlPlane) -> None:
    nobody = Api("https://127.0.0.1:1", ssl.create_default_context())
    with pytest.raises(ConnectionRefusedError):
        nobody.request("GET", "/readyz")
    nobody.close()
    assert control_plane.api.request("GET", "/readyz") == "ok"
