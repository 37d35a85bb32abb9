"""Istio's own settings in a real cluster: read by name, followed, laid under the ProxylessMesh; our agent is then Istio's."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonpatch
import pytest

from adapters.access import kubeconfig_for, rule, set_rules
from lab.api import APPLY, wait_until
from lab.controlplane import ControlPlane
from lab.istiod import Istiod
from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.effective_settings import shown_settings
from proxyless.adapters.listing import read_once
from proxyless.adapters.policies import injection_settings_from, read, settings_from
from proxyless.adapters.store import Store
from proxyless.adapters.watch import Watch
from proxyless.inject.pod import inject
from proxyless.inject.settings import InjectionSettings
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.mesh.pod.surroundings import Namespace
from proxyless.model.kinds import INNER
from proxyless.model.version import Version

SETTINGS = (
    "tag=1.31.0",
    "hub=registry.example/istio",
    "meshConfig.trustDomain=corp.example",
    "meshConfig.defaultConfig.proxyMetadata.FOO=bar",
    "meshConfig.defaultConfig.terminationDrainDuration=9s",
    "values.global.multiCluster.clusterName=east",
    "values.global.network=net1",
    "values.global.meshID=mesh1",
    "values.global.variant=distroless",
    "values.global.proxy.logLevel=info",
    "values.global.proxy.resources.requests.cpu=7m",
    "values.global.proxy.resources.limits.cpu=300m",
    "values.global.proxy.resources.limits.memory=1Gi",
    "values.global.proxy.readinessPeriodSeconds=3",
)
MAPS = {
    "apiGroups": [""],
    "resources": ["configmaps"],
    "resourceNames": ["istio", "istio-sidecar-injector"],
    "verbs": ["get"],
}
POD: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "echo",
        "namespace": "default",
        "labels": {"app": "echo"},
        "annotations": {
            "inject.istio.io/templates": "grpc-agent",
            "proxy.istio.io/config": '{"holdApplicationUntilProxyStarts": true}',
        },
    },
    "spec": {
        "containers": [
            {"name": "app", "image": "example.org/echo", "ports": [{"containerPort": 17070}], "resources": {}}
        ]
    },
}


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    """One of its own: its Istio is set in a way that other tests do not expect."""
    with ControlPlane(crds=("istio",), scheduler=False) as own:
        own.kubectl("apply", "--server-side", "-k", Path(__file__).parents[2] / "crds")
        yield own


@pytest.fixture(scope="module")
def istiod(plane: ControlPlane) -> Iterator[Istiod]:
    with Istiod(plane, settings=SETTINGS) as running:
        yield running


def soon(check: Callable[[], object], timeout: float = 10) -> None:
    wait_until("the store", check, timeout=timeout, every=0.05)


def once(plane: ControlPlane) -> Store:
    cluster = KubernetesApi.connect(str(plane.kubeconfig))
    try:
        return read_once(cluster, ("ProxylessMesh", *INNER))
    finally:
        cluster.close()


@pytest.mark.cluster("pilot-discovery", "istioctl")
@pytest.mark.usefixtures("istiod")
def test_settings_are_those_of_the_cluster(plane: ControlPlane) -> None:
    snapshot = once(plane).snapshot()
    settings = settings_from(snapshot, MeshSettings())
    assert (settings.istio, settings.trust_domain) == (Version(1, 31, 0), "corp.example")
    injection = injection_settings_from(snapshot, InjectionSettings())
    assert injection.image == "registry.example/istio/proxyv2:1.31.0-distroless"
    assert (injection.cluster_id, injection.network, injection.mesh_id) == ("east", "net1", "mesh1")
    assert injection.proxy_metadata == {"FOO": "bar"}
    sources = {item["name"]: item["source"] for item in shown_settings(read(snapshot).effective)}
    assert sources["istio.trustDomain"] == "ConfigMap istio-system/istio"
    assert sources["injection.image"] == "ConfigMap istio-system/istio-sidecar-injector"
    assert sources["istio.holdDefault"] == "default"


@pytest.mark.cluster("pilot-discovery", "istioctl")
def test_our_agent_is_the_one_that_istio_would_have_added(plane: ControlPlane, istiod: Istiod) -> None:
    settings = injection_settings_from(once(plane).snapshot(), InjectionSettings(mode="own", xds="agent"))
    namespace = Namespace("default", {"proxyless.dev/injection": "enabled"})
    ours = _agent(jsonpatch.apply_patch(POD, inject(POD, namespace, settings).operations))
    review = {
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
    answer = istiod.inject(review)["response"]
    assert ours == _agent(jsonpatch.apply_patch(POD, json.loads(base64.b64decode(answer["patch"]))))


def _agent(pod: dict[str, Any]) -> dict[str, Any]:
    """The agent's container as far as Istio's settings decide it."""
    (agent,) = (item for item in pod["spec"]["containers"] if item["name"] == "istio-proxy")
    env = {entry["name"]: entry.get("value") for entry in agent["env"]}
    env.pop("PKCS8_KEY", None)  # ours alone
    env["PROXY_CONFIG"] = json.loads(env["PROXY_CONFIG"] or "{}")
    env["ISTIO_META_POD_PORTS"] = json.loads(env["ISTIO_META_POD_PORTS"] or "[]")
    probe = {key: value for key, value in agent["readinessProbe"].items() if value}
    return {"env": env, "readinessProbe": probe} | {key: agent[key] for key in ("image", "args", "resources")}


def test_by_name_and_with_no_other_right(plane: ControlPlane, tmp_path: Path) -> None:
    plane.kubectl("create", "namespace", "istio-system")
    _say(plane, "trustDomain: one.example")
    own = rule("proxyless.dev", ["proxylessmeshes"])
    name, file = kubeconfig_for(plane, tmp_path, [own])
    store = Store(("ProxylessMesh", *INNER))
    cluster = KubernetesApi.connect(str(file))
    watch = Watch(cluster, store, retry=0.2)
    watch.start()
    try:
        soon(lambda: 'resources: ["configmaps"], verbs: [get]' in store.missing().get("MeshConfig", ""))
        set_rules(plane, name, [own, MAPS])
        soon(lambda: not store.missing())
        soon(lambda: settings_from(store.snapshot(), MeshSettings()).trust_domain == "one.example")
        _say(plane, "trustDomain: two.example")
        soon(lambda: settings_from(store.snapshot(), MeshSettings()).trust_domain == "two.example")
        _say(plane, "a: [")
        soon(lambda: "mesh of ConfigMap istio-system/istio is not YAML" in store.missing().get("MeshConfig", ""), 20)
        _say(plane, "trustDomain: three.example")
        soon(lambda: settings_from(store.snapshot(), MeshSettings()).trust_domain == "three.example")
        mesh = {"apiVersion": "proxyless.dev/v1alpha1", "kind": "ProxylessMesh", "metadata": {"name": "default"}}
        plane.apply(json.dumps({**mesh, "spec": {"istio": {"trustDomain": "ours.example"}}}))
        soon(lambda: settings_from(store.snapshot(), MeshSettings()).trust_domain == "ours.example")
        sources = {
            item["name"]: (item["value"], item["source"]) for item in shown_settings(read(store.snapshot()).effective)
        }
        assert sources["istio.trustDomain"] == ("ours.example", "ProxylessMesh default")
        assert watch.restarts == 0
    finally:
        watch.stop()
        cluster.close()


def _say(plane: ControlPlane, mesh: str) -> None:
    path = "/api/v1/namespaces/istio-system/configmaps/istio?fieldManager=test&force=true"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio"}, "data": {"mesh": mesh}}
    plane.api.request("PATCH", path, json.dumps(body), content=APPLY)
