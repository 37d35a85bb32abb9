"""The real API server accepts what the models accept and refuses, in clear words, what they refuse."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from lab.controlplane import ControlPlane
from lab.errors import LabError
from proxyless.model.crd import ProxylessMesh, ProxylessPolicy

pytestmark = pytest.mark.cluster

CRDS = Path(__file__).parents[2] / "crds"
MODELS: dict[str, type[BaseModel]] = {"ProxylessMesh": ProxylessMesh, "ProxylessPolicy": ProxylessPolicy}

FULL_MESH = {
    "istio": {
        "version": "1.31.0",
        "revision": "canary",
        "namespace": "istio-system",
        "rootNamespace": "istio-config",
        "trustDomain": "td.example",
        "clusterDomain": "cluster.local",
        "holdDefault": True,
    },
    "enforcement": [
        {"rule": "PX301", "action": "deny"},
        {"rule": "PX5*", "action": "audit"},
        {"rule": "PX*", "action": "off"},
    ],
    "injection": {
        "mode": "own",
        "xds": "direct",
        "image": "example.com/proxyv2:1.31.0",
        "resources": {"requests": {"cpu": "20m"}, "limits": {"memory": "128Mi"}},
        "caAddress": "istiod.istio-system.svc:15012",
        "clusterID": "Kubernetes",
        "meshID": "mesh1",
        "network": "net1",
        "discoveryAddress": "istiod.istio-system.svc:15012",
        "nativeSidecar": "always",
        "hold": False,
    },
}
FULL_POLICY = {
    "workloads": [
        {
            "selector": {"matchLabels": {"app": "echo"}},
            "framework": "grpc",
            "language": "go",
            "version": "v1.66.3",
            "targets": 3,
            "inject": True,
            "xds": "agent",
        },
        {"framework": "dubbo", "language": "java", "version": "3.2.0", "inject": False},
        {"framework": "kitex", "version": "0.10.3"},
    ],
    "enforcement": [{"rule": "PX502", "action": "warn"}],
    "exceptions": [
        {
            "rule": "PX502",
            "kind": "VirtualService",
            "name": "echo",
            "reason": "the mirror is for the gateway",
            "expires": "2027-03-31T00:00:00Z",
        }
    ],
}


def policy_with(**spec: Any) -> tuple[str, str, dict[str, Any]]:
    return "ProxylessPolicy", "p", spec


def injected(**injection: Any) -> tuple[str, str, dict[str, Any]]:
    return "ProxylessMesh", "default", {"injection": injection}


GOOD = {
    "full mesh": ("ProxylessMesh", "default", FULL_MESH),
    "empty mesh": ("ProxylessMesh", "default", {}),
    "full policy": ("ProxylessPolicy", "p", FULL_POLICY),
    "empty policy": policy_with(),
    "pre-release": ("ProxylessMesh", "default", {"istio": {"version": "1.31.0-rc.0"}}),
    "kitex in go": policy_with(workloads=[{"framework": "kitex", "language": "go", "version": "0.10.3"}]),
}
BAD = {
    "bad rule": (policy_with(enforcement=[{"rule": "302", "action": "warn"}]), "a rule's code such as PX301"),
    "bad prefix": (policy_with(enforcement=[{"rule": "PX50", "action": "warn"}]), "a rule's code such as PX301"),
    "bad action": (policy_with(enforcement=[{"rule": "PX301", "action": "block"}]), '"deny", "warn", "audit", "off"'),
    "no action": (policy_with(enforcement=[{"rule": "PX301"}]), "action: Required value"),
    "prefix excused": (
        policy_with(exceptions=[{"rule": "PX5*", "reason": "because we said so"}]),
        "prefixes excuse too much",
    ),
    "no reason": (policy_with(exceptions=[{"rule": "PX502"}]), "reason: Required value"),
    "short reason": (policy_with(exceptions=[{"rule": "PX502", "reason": "ok"}]), "at least 10 char"),
    "blank reason": (policy_with(exceptions=[{"rule": "PX502", "reason": "ok" + " " * 20}]), "why this is accepted"),
    "name without kind": (
        policy_with(exceptions=[{"rule": "PX502", "name": "echo", "reason": "because we said so"}]),
        "name needs kind",
    ),
    "no such day": (
        policy_with(exceptions=[{"rule": "PX502", "reason": "because we said so", "expires": "2027-02-31"}]),
        "date-time",
    ),
    "version alone": (policy_with(workloads=[{"version": "1.66.3"}]), "version needs language"),
    "no version": (policy_with(workloads=[{"language": "go", "version": "newest"}]), "a version such as"),
    "unknown language": (policy_with(workloads=[{"language": "cobol"}]), '"python"'),
    "kitex in java": (policy_with(workloads=[{"framework": "kitex", "language": "java"}]), "Kitex exists in Go alone"),
    "dubbo injected": (policy_with(workloads=[{"framework": "dubbo", "inject": True}]), "must not be injected"),
    "negative targets": (policy_with(workloads=[{"targets": -1}]), "targets"),
    "mode": (("ProxylessMesh", "default", {"injection": {"mode": "sidecar"}}), '"auto", "own", "delegate"'),
    "quantity": (injected(resources={"limits": {"cpu": "lots"}}), "a quantity that is not negative"),
    "negative quantity": (injected(resources={"requests": {"memory": "-1Gi"}}), "a quantity that is not negative"),
    "request above limit": (
        injected(resources={"requests": {"cpu": "2"}, "limits": {"cpu": "1500m"}}),
        "a request must not be more than the limit",
    ),
    "unknown resource": (injected(resources={"limits": {"gpu": "1"}}), "must name only cpu, memory"),
    "network": (injected(network="bad network !!"), "must be a label value"),
    "blank image": (injected(image=" "), "an image reference without blanks"),
    "image with a line break": (injected(image="a/b:1\n"), "an image reference without blanks"),
    "address without port": (injected(caAddress="istiod.istio-system.svc"), "must be host:port"),
    "cluster id": (injected(clusterID="a b"), "must consist of letters, digits"),
    "namespace": (("ProxylessMesh", "default", {"istio": {"namespace": "Istio"}}), "lower-case letters"),
    "label of a selector": (policy_with(workloads=[{"selector": {"matchLabels": {"app": "a b"}}}]), "a label value"),
}
SERVER_ONLY = {
    "second mesh": (("ProxylessMesh", "other", {}), "name it default"),
    "rule twice": (
        policy_with(enforcement=[{"rule": "PX301", "action": "warn"}, {"rule": "PX301", "action": "deny"}]),
        "duplicate entries for key",
    ),
    "unknown field": (policy_with(workload=[]), "workload"),
}


@pytest.fixture(scope="module")
def namespace(control_plane: ControlPlane) -> str:
    done = control_plane.kubectl("apply", "--server-side", "-k", CRDS)
    assert done.returncode == 0, done.stderr
    done = control_plane.kubectl(
        "wait", "--for=condition=Established", "crd", "-l", "app.kubernetes.io/part-of=proxyless"
    )
    assert done.returncode == 0, done.stderr
    return control_plane.namespace()


def apply(control_plane: ControlPlane, namespace: str, kind: str, name: str, spec: dict[str, Any]) -> str:
    body = {"apiVersion": "proxyless.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
    return control_plane.apply(json.dumps(body), namespace=namespace)


@pytest.mark.parametrize("case", GOOD)
def test_accepts(control_plane: ControlPlane, namespace: str, case: str) -> None:
    kind, name, spec = GOOD[case]
    MODELS[kind].model_validate({"spec": spec})
    assert "serverside-applied" in apply(control_plane, namespace, kind, name, spec)


@pytest.mark.parametrize("case", BAD)
def test_refuses(control_plane: ControlPlane, namespace: str, case: str) -> None:
    (kind, name, spec), words = BAD[case]
    with pytest.raises(ValidationError):
        MODELS[kind].model_validate({"spec": spec})
    with pytest.raises(LabError) as refused:
        apply(control_plane, namespace, kind, name, spec)
    assert words in str(refused.value)


@pytest.mark.parametrize("case", SERVER_ONLY)
def test_refuses_what_one_object_cannot_tell(control_plane: ControlPlane, namespace: str, case: str) -> None:
    (kind, name, spec), words = SERVER_ONLY[case]
    with pytest.raises(LabError) as refused:
        apply(control_plane, namespace, kind, name, spec)
    assert words in str(refused.value)


def test_columns_show_counts(control_plane: ControlPlane, namespace: str) -> None:
    apply(control_plane, namespace, "ProxylessPolicy", "columns", {})
    status = {
        "workloads": 7,
        "findings": {"error": 5, "warning": 6},
        "excused": 4,
        "conditions": [
            {
                "type": "ProxylessReady",
                "status": "False",
                "reason": "Findings",
                "message": "PX301",
                "lastTransitionTime": "2026-11-21T00:00:00Z",
            }
        ],
    }
    path = f"/apis/proxyless.dev/v1alpha1/namespaces/{namespace}/proxylesspolicies/columns/status"
    control_plane.api.request("PATCH", path, {"status": status}, content="application/merge-patch+json")
    header, row = control_plane.kubectl("get", "pxp", "columns", "-n", namespace).stdout.splitlines()
    assert header.split() == ["NAME", "WORKLOADS", "ERRORS", "WARNINGS", "EXCUSED", "READY", "AGE"]
    assert row.split()[:6] == ["columns", "7", "5", "6", "4", "False"]
    done = control_plane.kubectl(
        "wait", "--for=condition=ProxylessReady=false", "pxp/columns", "-n", namespace, "--timeout=60s"
    )
    assert done.returncode == 0, done.stderr
