"""Our patched pods before a real API server: it accepts them, in a namespace of the strictest Pod Security Standard too."""

import copy
import json
from typing import Any

import pytest

from inject.golden import OWN, Case
from lab.controlplane import ControlPlane
from lab.errors import ApiError

APPLICATION = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "runAsUser": 2000,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""What the application's own containers need there; the agent has to bring its own."""


@pytest.fixture(scope="module")
def strict_namespace(control_plane: ControlPlane) -> str:
    name = "inject-restricted"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    control_plane.api.request("POST", "/api/v1/namespaces", namespace)
    account = f"/api/v1/namespaces/{name}/serviceaccounts"
    for one in ("default", "cart"):
        try:
            control_plane.api.request(
                "POST", account, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": one}}
            )
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
    return name


def _acceptable(pod: dict[str, Any]) -> dict[str, Any]:
    """The pod with application containers that meet the standard themselves; images and names that it can have."""
    body = copy.deepcopy(pod)
    body.setdefault("metadata", {}).pop("namespace", None)
    if not body["metadata"].get("name") and not body["metadata"].get("generateName"):
        body["metadata"]["generateName"] = "cart-"
    for container in [*body["spec"]["containers"], *(body["spec"].get("initContainers") or [])]:
        if container["name"] != "istio-proxy":
            container["securityContext"] = APPLICATION
    return {"apiVersion": "v1", "kind": "Pod", **body}


@pytest.mark.parametrize("case", OWN, ids=lambda case: case.name)
def test_accepted_where_restricted_is_enforced(case: Case, control_plane: ControlPlane, strict_namespace: str) -> None:
    path = f"/api/v1/namespaces/{strict_namespace}/pods?dryRun=All"
    made = control_plane.api.request("POST", path, _acceptable(case.injected()))
    assert "istio-proxy" in json.dumps(made["spec"])


def test_without_a_security_context_it_is_refused(control_plane: ControlPlane, strict_namespace: str) -> None:
    """What the test above rests on."""
    case = next(case for case in OWN if case.name == "asked_by_label")
    pod = _acceptable(case.injected())
    for container in pod["spec"]["containers"]:
        if container["name"] == "istio-proxy":
            del container["securityContext"]
    with pytest.raises(ApiError, match="violates PodSecurity"):
        control_plane.api.request("POST", f"/api/v1/namespaces/{strict_namespace}/pods?dryRun=All", pod)


def test_a_long_name_that_is_not_cut_is_refused(control_plane: ControlPlane, strict_namespace: str) -> None:
    case = next(case for case in OWN if case.name == "long_owner_name_is_cut")
    pod = _acceptable(case.injected())
    pod["metadata"]["labels"]["service.istio.io/canonical-name"] += "egion"
    with pytest.raises(ApiError, match="no more than 63"):
        control_plane.api.request("POST", f"/api/v1/namespaces/{strict_namespace}/pods?dryRun=All", pod)
