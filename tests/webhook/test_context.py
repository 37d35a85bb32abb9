"""What admission knows follows Istio's own settings, under the ProxylessMesh, as they change in the store."""

import json
from typing import Any

import jsonpatch

from proxyless.adapters.store import Store
from proxyless.webhook.admit_pod import admit_pod
from proxyless.webhook.context import ContextCache
from proxyless.webhook.review import parse

POD = {
    "metadata": {
        "name": "echo",
        "labels": {"proxyless.dev/inject": "true"},
        "annotations": {"proxyless.dev/mode": "own"},
    },
    "spec": {"containers": [{"name": "app", "image": "example.org/echo", "resources": {}}]},
}
MESH = {"metadata": {"name": "istio", "namespace": "istio-system"}, "trustDomain": "theirs.example"}
INJECTOR = {
    "metadata": {"name": "istio-sidecar-injector", "namespace": "istio-system"},
    "global": {"hub": "h", "tag": "1.30.2", "multiCluster": {"clusterName": "east"}},
}


def agent(seen: ContextCache) -> dict[str, Any]:
    """Image and environment of the agent that a new pod gets."""
    review = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "1",
            "operation": "CREATE",
            "userInfo": {},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "namespace": "shop",
            "object": POD,
        },
    }
    answer, _ = admit_pod(parse(json.dumps(review).encode(), "pod"), seen())
    pod = jsonpatch.apply_patch(POD, json.loads(json.dumps(answer.operations)))
    (container,) = (item for item in pod["spec"]["containers"] if item["name"] == "istio-proxy")
    return {"image": container["image"], **{entry["name"]: entry.get("value") for entry in container["env"]}}


def test_pods_get_what_istio_says_and_the_mesh_wins() -> None:
    store = Store(("ProxylessMesh", "MeshConfig", "InjectorConfig"))
    seen = ContextCache(store.snapshot)
    before = agent(seen)
    assert (before["TRUST_DOMAIN"], before["ISTIO_META_CLUSTER_ID"]) == ("cluster.local", "Kubernetes")
    store.replace("MeshConfig", [MESH])
    store.replace("InjectorConfig", [INJECTOR])
    theirs = agent(seen)
    assert (theirs["image"], theirs["TRUST_DOMAIN"], theirs["ISTIO_META_CLUSTER_ID"]) == (
        "h/proxyv2:1.30.2",
        "theirs.example",
        "east",
    )
    ours = {"metadata": {"name": "default"}, "spec": {"istio": {"trustDomain": "ours.example"}}}
    store.replace("ProxylessMesh", [ours])
    assert (agent(seen)["TRUST_DOMAIN"], agent(seen)["ISTIO_META_CLUSTER_ID"]) == ("ours.example", "east")
    store.replace("MeshConfig", ())
    store.replace("ProxylessMesh", ())
    assert agent(seen)["TRUST_DOMAIN"] == "cluster.local"
    assert seen().settings.istio is not None
