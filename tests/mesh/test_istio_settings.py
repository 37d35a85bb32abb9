"""What MeshConfig and the injector's values say, by the names of our settings; defaults and wrong types say nothing."""

from typing import Any

import pytest

from proxyless.mesh.istio_settings import INJECTOR_CONFIG, MESH_CONFIG, of_injector, of_mesh, settings_of
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot


def values(said: dict[str, Any]) -> dict[str, Any]:
    return {name: item.value for name, item in said.items()}


def test_mesh_config() -> None:
    body = {
        "rootNamespace": "istio-config",
        "trustDomain": "corp.example",
        "discoverySelectors": [{"matchLabels": {"mesh": "on"}}],
        "enablePrometheusMerge": False,
        "inboundTrafficPolicy": {"mode": "LOCALHOST"},
        "defaultConfig": {
            "discoveryAddress": "istiod.mesh.svc:15012",
            "holdApplicationUntilProxyStarts": True,
            "proxyMetadata": {"A": "b", "DEBUG": True, "N": 1},
            "image": {"imageType": "distroless"},
            "drainDuration": "45s",
            "terminationDrainDuration": "9s",
            "statusPort": 15021,
        },
    }
    assert values(of_mesh(body)) == {
        "root_namespace": "istio-config",
        "trust_domain": "corp.example",
        "discovery": ({"matchLabels": {"mesh": "on"}},),
        "prometheus_merge": False,
        "inbound_localhost": True,
        "discovery_address": "istiod.mesh.svc:15012",
        "hold_default": True,
        "status_port": 15021,
        "image_type": "distroless",
        "proxy_metadata": {"A": "b", "DEBUG": "true", "N": "1"},
        "proxy_config": {
            "holdApplicationUntilProxyStarts": True,
            "image": {"imageType": "distroless"},
            "terminationDrainDuration": "9s",
        },
    }
    assert of_mesh(body)["hold_default"].path == ("defaultConfig", "holdApplicationUntilProxyStarts")


def test_injector_values() -> None:
    body = {
        "revision": "canary",
        "global": {
            "hub": "registry.example/istio",
            "tag": "1.31.2",
            "variant": "distroless",
            "meshID": "m1",
            "network": "n1",
            "caAddress": "ca.example:443",
            "istioNamespace": "mesh",
            "imagePullSecrets": ["one"],
            "multiCluster": {"clusterName": "east"},
            "proxy": {"clusterDomain": "lan", "resources": {"requests": {"cpu": "5m"}}, "logLevel": "info"},
            "sts": {"servicePort": 15463},
        },
        "sidecarInjectorWebhook": {"injectedAnnotations": {"a": "b"}, "enableNamespacesByDefault": True},
    }
    assert values(of_injector(body)) == {
        "revision": "canary",
        "image": "registry.example/istio/proxyv2:1.31.2-distroless",
        "version": "1.31.2",
        "mesh_id": "m1",
        "network": "n1",
        "ca_address": "ca.example:443",
        "istio_namespace": "mesh",
        "image_pull_secrets": ("one",),
        "cluster_id": "east",
        "cluster_domain": "lan",
        "resources": {"requests": {"cpu": "5m"}},
        "proxy_log_level": "info",
        "sts_port": 15463,
        "injected_annotations": {"a": "b"},
        "istio_injects_by_default": True,
    }


@pytest.mark.parametrize(
    ("tag", "image", "version"),
    [
        ("1.31.0", "h/proxyv2:1.31.0", "1.31.0"),
        ("1.31.0-distroless", "h/proxyv2:1.31.0-distroless", "1.31.0"),
        (1.31, "h/proxyv2:1.31", "1.31"),
        ("latest", "h/proxyv2:latest", None),
        ("20261121", "h/proxyv2:20261121", None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_tag_as_image_and_release(tag: object, image: str | None, version: str | None) -> None:
    said = values(of_injector({"global": {"hub": "h", "tag": tag}}))
    assert (said.get("image"), said.get("version")) == (image, version)


def test_a_whole_image_is_taken_as_it_is() -> None:
    body = {"global": {"hub": "h", "tag": "1", "proxy": {"image": "r.example/agent:2"}}}
    assert of_injector(body)["image"].value == "r.example/agent:2"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"trustDomain": "", "rootNamespace": None, "defaultConfig": {}},
        {"trustDomain": 3, "rootNamespace": ["a"], "defaultConfig": "x", "enablePrometheusMerge": "yes"},
        {"defaultConfig": {"proxyMetadata": [1], "statusPort": True}, "inboundTrafficPolicy": []},
        {"global": {"proxy": [], "network": 4, "imagePullSecrets": [{}], "hub": 3, "tag": {}}, "revision": 2},
    ],
)
def test_wrong_types_say_nothing(body: dict[str, Any]) -> None:
    assert of_mesh(body) == {}
    assert of_injector(body) == {}


def test_the_revisions_own_else_the_only_one() -> None:
    def item(kind: str, name: str, namespace: str = "istio-system") -> Resource:
        return Resource(Ref(kind, namespace, name), {})

    default, canary = item(MESH_CONFIG, "istio"), item(MESH_CONFIG, "istio-canary")
    other = item(INJECTOR_CONFIG, "istio-sidecar-injector", "mesh")
    both = Snapshot([default, canary, other])
    assert settings_of(both.of_kind) == (default, other)
    assert settings_of(both.of_kind, revision="canary") == (canary, other)
    assert settings_of(both.of_kind, revision="none") == (None, other)
    assert settings_of(Snapshot([canary]).of_kind) == (canary, None)
    assert settings_of(Snapshot().of_kind) == (None, None)
