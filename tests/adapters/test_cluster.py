"""The API server through our client: versions, pages, refusals in words that say what to add."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from adapters.access import kubeconfig_for, rule, set_rules
from lab.controlplane import ControlPlane
from proxyless.adapters import cluster as cluster_module
from proxyless.adapters.api_values import Served
from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.refusal import rbac_line
from proxyless.errors import ClusterError
from proxyless.model.resource import Ref

VIRTUAL_SERVICE = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: %s}
spec: {hosts: [echo], http: [{route: [{destination: {host: echo}}]}]}
"""


@pytest.fixture
def cluster(control_plane: ControlPlane) -> Iterator[KubernetesApi]:
    connected = KubernetesApi.connect(str(control_plane.kubeconfig))
    yield connected
    connected.close()


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("VirtualService", "virtualservices.networking.istio.io"),
        ("EnvoyFilter", "envoyfilters.networking.istio.io"),
        ("ProxyConfig", "proxyconfigs.networking.istio.io"),
        ("Gateway", "gateways.networking.istio.io"),
        ("KubernetesGateway", "gateways.gateway.networking.k8s.io"),
        ("Service", "services"),
        ("Deployment", "deployments.apps"),
    ],
)
def test_finds_kinds_in_whatever_version_serves_them(cluster: KubernetesApi, kind: str, name: str) -> None:
    served = cluster.served(kind)
    assert served is not None
    assert served.name == name


def test_lists_in_pages(
    cluster: KubernetesApi, control_plane: ControlPlane, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_module, "_CHUNK", 3)
    for number in range(7):
        control_plane.apply(VIRTUAL_SERVICE % f"v{number}", namespace=namespace)
    listing = cluster.list("VirtualService", namespace)
    assert {body["metadata"]["name"] for body in listing.bodies} == {f"v{number}" for number in range(7)}
    assert {body["kind"] for body in listing.bodies} == {"VirtualService"}
    assert listing.version >= max(int(body["metadata"]["resourceVersion"]) for body in listing.bodies)


def test_items_of_built_in_kinds_say_what_they_are(cluster: KubernetesApi) -> None:
    (body, *_) = cluster.list("Namespace").bodies
    assert (body["apiVersion"], body["kind"]) == ("v1", "Namespace")


def test_writes_status_only_at_the_version_that_was_read(
    cluster: KubernetesApi, control_plane: ControlPlane, namespace: str
) -> None:
    control_plane.apply(VIRTUAL_SERVICE % "echo", namespace=namespace)
    ref = Ref("VirtualService", namespace, "echo")
    before = cluster.get(ref)
    version = before["metadata"]["resourceVersion"]
    after = cluster.patch_status(ref, {"conditions": [{"type": "X", "status": "True"}]}, version=version)
    assert after["status"]["conditions"] == [{"type": "X", "status": "True"}]
    assert after["spec"] == before["spec"]
    with pytest.raises(ClusterError) as conflict:
        cluster.patch_status(ref, {"conditions": []}, version=version)
    assert conflict.value.status == 409


def test_a_missing_object_is_404(cluster: KubernetesApi, namespace: str) -> None:
    with pytest.raises(ClusterError) as missing:
        cluster.get(Ref("VirtualService", namespace, "none"))
    assert missing.value.status == 404


def test_a_refusal_names_the_right_to_add(control_plane: ControlPlane, tmp_path: Path) -> None:
    name, file = kubeconfig_for(control_plane, tmp_path, [rule("", ["namespaces"])])
    restricted = KubernetesApi.connect(str(file))
    assert restricted.list("Namespace").bodies
    with pytest.raises(ClusterError) as refused:
        restricted.list("VirtualService")
    assert refused.value.status == 403
    line = '{apiGroups: ["networking.istio.io"], resources: ["virtualservices"], verbs: [list, watch]}'
    assert line in str(refused.value)
    set_rules(control_plane, name, [rule("networking.istio.io", ["virtualservices"])])
    assert isinstance(_once_granted(restricted), list)
    restricted.close()


def _once_granted(cluster: KubernetesApi) -> Any:
    """The authorizer of the API server learns of a new right through a watch."""
    deadline = time.monotonic() + 10
    while True:
        try:
            return cluster.list("VirtualService").bodies
        except ClusterError as error:
            if error.status != 403 or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.mark.parametrize(
    ("method", "path", "line"),
    [
        ("GET", "/api/v1/pods", '{apiGroups: [""], resources: ["pods"], verbs: [list, watch]}'),
        ("GET", "/api/v1/namespaces", '{apiGroups: [""], resources: ["namespaces"], verbs: [list, watch]}'),
        ("GET", "/api/v1/namespaces/shop", '{apiGroups: [""], resources: ["namespaces"], verbs: [get]}'),
        (
            "PATCH",
            "/apis/networking.istio.io/v1/namespaces/shop/virtualservices/v/status",
            '{apiGroups: ["networking.istio.io"], resources: ["virtualservices/status"], verbs: [patch]}',
        ),
        (
            "POST",
            "/apis/coordination.k8s.io/v1/namespaces/p/leases",
            '{apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: [create]}',
        ),
        (
            "CONNECT",
            "/api/v1/namespaces/shop/pods/web-1/portforward",
            '{apiGroups: [""], resources: ["pods/portforward"], verbs: [get, create]}',
        ),
        (
            "POST",
            "/api/v1/namespaces/shop/serviceaccounts/web/token",
            '{apiGroups: [""], resources: ["serviceaccounts/token"], verbs: [create]}',
        ),
        ("GET", "/metrics", '{nonResourceURLs: ["/metrics"], verbs: [get]}'),
        ("GET", "/apis", '{nonResourceURLs: ["/apis"], verbs: [get]}'),
    ],
)
def test_rbac_line(method: str, path: str, line: str) -> None:
    assert rbac_line(method, path) == line


def test_wrong_credentials_say_so(control_plane: ControlPlane, tmp_path: Path) -> None:
    _, file = kubeconfig_for(control_plane, tmp_path, [])
    settings = json.loads(file.read_text())
    settings["users"][0]["user"]["token"] = "wrong"
    file.write_text(json.dumps(settings))
    with pytest.raises(ClusterError, match="does not accept these credentials") as refused:
        KubernetesApi.connect(str(file)).list("Namespace")
    assert refused.value.status == 401


def test_no_server_says_so(control_plane: ControlPlane, tmp_path: Path) -> None:
    _, file = kubeconfig_for(control_plane, tmp_path, [])
    settings = json.loads(file.read_text())
    with socket.socket() as taken:  # bound and never listening: nobody else can answer there
        taken.bind(("127.0.0.1", 0))
        settings["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{taken.getsockname()[1]}"
        file.write_text(json.dumps(settings))
        with pytest.raises(ClusterError, match=r"no answer from https://127.0.0.1:\d+ \(.*refused\)") as silent:
            KubernetesApi.connect(str(file)).list("Namespace")
    assert silent.value.status == 0


def test_no_configuration_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    with pytest.raises(ClusterError, match=r"no access to a cluster: .* Set KUBECONFIG"):
        KubernetesApi.connect()


def test_pages_are_read_as_they_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [
        {"metadata": {"resourceVersion": "7", "continue": "2"}, "items": [{"metadata": {"name": "a"}}]},
        {"metadata": {"resourceVersion": "7"}, "items": [{"metadata": {"name": "b"}, "kind": "Other"}]},
    ]
    asked: list[dict[str, str]] = []

    def request(_: KubernetesApi, _method: str, _path: str, *, query: dict[str, str], **_more: object) -> object:
        asked.append(query)
        return pages[len(asked) - 1]

    monkeypatch.setattr(KubernetesApi, "served", lambda *_: Served("", "v1", "pods", namespaced=True))
    monkeypatch.setattr(KubernetesApi, "request", request)
    listing = KubernetesApi(client.Configuration()).in_pages("Pod")
    assert next(listing.bodies) == {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    assert [query.get("continue") for query in asked] == [None]
    assert [body["kind"] for body in listing.bodies] == ["Other"]
    assert [query.get("continue") for query in asked] == [None, "2"]
    assert listing.version == 7
