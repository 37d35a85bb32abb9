"""Which istiod serves a pod: by its agent, by its revision or a tag, else by Istio's usual names; and what is said where none does."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.access import kubeconfig_for, rule
from lab.controlplane import ControlPlane
from proxyless.adapters import istiods
from proxyless.adapters.cluster import KubernetesApi
from proxyless.errors import ClusterError
from proxyless.model.resource import Ref

RUNNING = {"status": {"phase": "Running"}}
MERGE = "application/merge-patch+json"


def made_istiod(plane: ControlPlane, namespace: str, name: str, *, ready: bool = True) -> None:
    """A Service and a pod that runs as far as the API server knows."""
    labels = {"istio": name}
    api = plane.api
    service = {"metadata": {"name": name}, "spec": {"selector": labels, "ports": [{"port": 15012}]}}
    api.request("POST", f"/api/v1/namespaces/{namespace}/services", service)
    pod = {"metadata": {"name": name, "labels": labels}, "spec": {"containers": [{"name": "app", "image": "app"}]}}
    api.request("POST", f"/api/v1/namespaces/{namespace}/pods", pod)
    if ready:
        api.request("PATCH", f"/api/v1/namespaces/{namespace}/pods/{name}/status", RUNNING, content=MERGE)


def made_webhook(plane: ControlPlane, namespace: str, service: str, **labels: str) -> None:
    """An injector's webhook configuration of Istio that selects nothing."""
    hook = {
        "name": "none.istio.io",
        "clientConfig": {"service": {"name": service, "namespace": namespace}},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "objectSelector": {"matchLabels": {"never": "selected"}},
    }
    said = {"app": "sidecar-injector"} | {f"istio.io/{key}": value for key, value in labels.items()}
    body = {"metadata": {"generateName": "test-injector-", "labels": said}, "webhooks": [hook]}
    plane.api.request("POST", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", body)


def agent(namespace: str, address: str = "", **annotations: str) -> dict[str, Any]:
    """A client's pod."""
    env = [{"name": "PROXY_CONFIG", "value": json.dumps({"discoveryAddress": address} if address else {})}]
    return {
        "metadata": {"namespace": namespace, "name": "web", "annotations": annotations},
        "spec": {"containers": [{"name": "istio-proxy", "env": env}]},
    }


@pytest.fixture
def cluster(control_plane: ControlPlane) -> KubernetesApi:
    return KubernetesApi.connect(str(control_plane.kubeconfig))


def test_a_revision_and_a_tag_lead_to_its_injector(
    control_plane: ControlPlane, cluster: KubernetesApi, namespace: str
) -> None:
    revision, tag = f"rev-{namespace}", f"tag-{namespace}"
    made_istiod(control_plane, namespace, "istiod-own")
    made_webhook(control_plane, namespace, "istiod-own", rev=revision)
    made_webhook(control_plane, namespace, "istiod-own", rev=revision, tag=tag)
    for asked in (revision, tag):
        found = istiods.find(cluster, namespace, agent(namespace, **{"istio.io/rev": asked}))
        assert (found.service, found.pods) == (
            Ref("Service", namespace, "istiod-own"),
            (Ref("Pod", namespace, "istiod-own"),),
        )
    labels = {"metadata": {"labels": {"istio.io/rev": tag}}}
    control_plane.api.request("PATCH", f"/api/v1/namespaces/{namespace}", labels, content=MERGE)
    assert istiods.find(cluster, namespace).service.name == "istiod-own"


def test_what_the_agent_was_told_comes_first(
    control_plane: ControlPlane, cluster: KubernetesApi, namespace: str
) -> None:
    made_istiod(control_plane, namespace, "istiod-told")
    found = istiods.find(cluster, namespace, agent(namespace, f"istiod-told.{namespace}.svc:15012"))
    assert found.server_name == f"istiod-told.{namespace}.svc"


def test_no_istiod_is_told_with_what_to_do(control_plane: ControlPlane, cluster: KubernetesApi, namespace: str) -> None:
    with pytest.raises(ClusterError, match="there is no Service istio-system/istiod-absent; give istiod's address"):
        istiods.find(cluster, namespace, agent(namespace, **{"istio.io/rev": "absent"}))
    made_istiod(control_plane, namespace, "istiod-down", ready=False)
    with pytest.raises(ClusterError, match="selects 1 pods, none of them running"):
        istiods.find(cluster, namespace, agent(namespace, f"istiod-down.{namespace}.svc:15012"))


def test_without_the_right_to_see_webhooks_the_usual_name_is_tried(
    control_plane: ControlPlane, namespace: str, tmp_path: Path
) -> None:
    _, file = kubeconfig_for(control_plane, tmp_path, [rule("", ["namespaces", "services", "pods"])])
    made_istiod(control_plane, namespace, "istiod")
    found = istiods.find(KubernetesApi.connect(str(file)), namespace, root_namespace=namespace)
    assert found.service == Ref("Service", namespace, "istiod")
