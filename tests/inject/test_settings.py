"""Settings as a front door may make them, and what is derived from them."""

import json
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest

from inject.golden import patched
from proxyless.inject.pod import inject
from proxyless.inject.settings import InjectionSettings
from proxyless.mesh.pod.surroundings import Namespace


@pytest.mark.parametrize(
    ("settings", "istiod", "authority"),
    [
        (InjectionSettings(), "istiod.istio-system.svc:15012", "istiod.istio-system.svc:15012"),
        (InjectionSettings(revision=""), "istiod.istio-system.svc:15012", "istiod.istio-system.svc:15012"),
        (
            InjectionSettings(revision="canary", istio_namespace="mesh"),
            "istiod-canary.mesh.svc:15012",
            "istiod-canary.mesh.svc:15012",
        ),
        (InjectionSettings(discovery_address="mesh.example:443"), "mesh.example:443", "istiod.istio-system.svc:15012"),
        (InjectionSettings(ca_address="ca.example:443"), "istiod.istio-system.svc:15012", "ca.example:443"),
    ],
)
def test_addresses(settings: InjectionSettings, istiod: str, authority: str) -> None:
    assert settings.istiod == istiod
    assert settings.authority == authority


def test_mesh_id_is_the_trust_domain_unless_said() -> None:
    assert InjectionSettings(trust_domain="corp.example").mesh == "corp.example"
    assert InjectionSettings(trust_domain="corp.example", mesh_id="corp").mesh == "corp"


def test_frozen_mappings_and_dates_are_written_as_json() -> None:
    pod: dict[str, Any] = {
        "metadata": {"name": "cart", "annotations": {"proxyless.dev/inject": "true"}},
        "spec": {"containers": [{"name": "cart", "ports": [{"containerPort": 1, "since": date(2026, 11, 21)}]}]},
    }
    told = InjectionSettings(proxy_config=MappingProxyType({"tracing": MappingProxyType({"sampling": 10.0})}))
    agent = patched(pod, inject(pod, Namespace("shop"), told))["spec"]["containers"][0]
    env = {entry["name"]: entry.get("value") for entry in agent["env"]}
    assert json.loads(env["PROXY_CONFIG"]) == {"tracing": {"sampling": 10.0}}
    assert json.loads(env["ISTIO_META_POD_PORTS"]) == [{"containerPort": 1, "since": "2026-11-21"}]
