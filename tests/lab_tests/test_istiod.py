"""istiod runs as a local process: its injector answers, and the API server calls its webhooks."""

import base64
import json
import ssl
from typing import Any

import pytest

from lab.api import wait_until
from lab.controlplane import ControlPlane
from lab.errors import LabError
from lab.istiod import Istiod
from lab.pki import Authority

POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "app", "annotations": {"inject.istio.io/templates": "grpc-agent"}},
    "spec": {"containers": [{"name": "app", "image": "localhost/app:1"}]},
}
REVIEW = {
    "apiVersion": "admission.k8s.io/v1",
    "kind": "AdmissionReview",
    "request": {
        "uid": "1",
        "kind": {"group": "", "version": "v1", "kind": "Pod"},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "namespace": "default",
        "operation": "CREATE",
        "object": POD,
    },
}
BOOTSTRAP = {"name": "GRPC_XDS_BOOTSTRAP", "value": "/etc/istio/proxy/grpc-bootstrap.json"}


def test_injector_answers_a_review(istiod: Istiod) -> None:
    response = istiod.inject(REVIEW)["response"]
    assert response["allowed"]
    patch = json.loads(base64.b64decode(response["patch"]))
    assert any(step["path"].startswith("/spec/") and "GRPC_XDS_BOOTSTRAP" in json.dumps(step) for step in patch)


def test_its_certificate_is_only_good_for_its_authority_and_name(istiod: Istiod) -> None:
    istiod.connect().close()
    own = istiod.ca.read_bytes()
    istiod.ca.write_bytes(Authority("stranger").pair.cert)
    try:
        with pytest.raises(ssl.SSLCertVerificationError):
            istiod.connect()
    finally:
        istiod.ca.write_bytes(own)


def test_api_server_has_pods_injected(istiod: Istiod, control_plane: ControlPlane) -> None:
    namespace = control_plane.namespace(labels={"istio-injection": "enabled"})
    pods = f"/api/v1/namespaces/{namespace}/pods"

    def injected() -> bool:  # the API server reads new webhooks a moment later
        pod = control_plane.api.request("POST", f"{pods}?dryRun=All", POD)
        return len(pod["spec"]["containers"]) + len(pod["spec"].get("initContainers", ())) > 1

    wait_until("the API server calls the injector", injected)
    pod = control_plane.api.request("POST", pods, POD)
    names = [container["name"] for container in pod["spec"]["containers"]]
    assert "istio-proxy" in names
    assert BOOTSTRAP in next(entry for entry in pod["spec"]["containers"] if entry["name"] == "app")["env"]
    assert istiod.process.exit_code is None


def test_its_webhooks_go_away_with_it(control_plane: ControlPlane) -> None:
    with Istiod(control_plane, webhooks=True):
        pass
    for kind in ("mutating", "validating"):
        path = f"/apis/admissionregistration.k8s.io/v1/{kind}webhookconfigurations"
        names = [item["metadata"]["name"] for item in control_plane.api.request("GET", path)["items"]]
        assert not [name for name in names if name.startswith("istio")]


def test_setting_that_istioctl_refuses_is_reported(control_plane: ControlPlane) -> None:
    with pytest.raises(LabError, match=r"istioctl manifest generate .*nonsense"):
        Istiod(control_plane, settings=["profile=nonsense"]).start()
