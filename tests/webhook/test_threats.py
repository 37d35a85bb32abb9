"""What tenants and thieves of our accounts cannot do: each line of docs/threat-model.md that ends in a refusal, on a real API server.

The replica runs with the rights that the manifests give it, the tenant with all rights in one namespace.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lab.controlplane import ControlPlane
from proxyless.adapters.cluster import MERGE, KubernetesApi
from proxyless.errors import ClusterError
from webhook.identity import kubeconfig_of
from webhook.replica import REPOSITORY, Replica
from webhook.wire import Wire, peer_authentication, pod, review

PAGE = REPOSITORY / "docs" / "threat-model.md"
STRICT = {"proxyless.dev/enforcement": "strict", "proxyless.dev/injection": "enabled"}
RBAC, ISTIO, OURS = "rbac.authorization.k8s.io", "security.istio.io/v1", "proxyless.dev/v1alpha1"
HOSTILE = "\x1b[2J\x1b[31mX\r\nWarning: all is well \x00\u202e" + "a" * 3000


class Tenant(NamedTuple):
    """Somebody with all rights in a strict namespace, and none elsewhere."""

    namespace: str
    api: KubernetesApi

    def denied(self, method: str, path: str, body: object = None, content: str = "application/json") -> ClusterError:
        """The error of a request that must not succeed."""
        return refusal(self.api, method, path, body, content)


@pytest.fixture(scope="module", autouse=True)
def replica(plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    config = kubeconfig_of(plane, "proxyless-system", "proxyless-webhook", tmp_path_factory.mktemp("identity"))
    with Replica(plane, env={"KUBECONFIG": str(config)}) as running:
        yield running


@pytest.fixture
def tenant(plane: ControlPlane, tmp_path: Path) -> Tenant:
    namespace = plane.namespace("tenant", STRICT)
    rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    bound(plane, namespace, {"kind": "Role", "metadata": {"name": "all"}, "rules": rules})
    return Tenant(namespace, account(plane, namespace, "default", tmp_path))


def bound(plane: ControlPlane, namespace: str, role: dict[str, Any]) -> None:
    """Give the namespace's ServiceAccount a role; one with rules is made before."""
    path = f"/apis/{RBAC}/v1/namespaces/{namespace}"
    if "rules" in role:
        plane.api.request("POST", f"{path}/roles", role)
    binding = {
        "metadata": {"name": "tenant"},
        "roleRef": {"apiGroup": RBAC, "kind": role["kind"], "name": role["metadata"]["name"]},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": namespace}],
    }
    plane.api.request("POST", f"{path}/rolebindings", binding)


def account(plane: ControlPlane, namespace: str, name: str, folder: Path) -> KubernetesApi:
    return KubernetesApi.connect(str(kubeconfig_of(plane, namespace, name, folder / "account")))


def refusal(
    api: KubernetesApi, method: str, path: str, body: object = None, content: str = "application/json"
) -> ClusterError:
    with pytest.raises(ClusterError) as caught:
        api.request(method, path, body, content=content)
    return caught.value


def permissive(**annotations: str) -> dict[str, Any]:
    made = peer_authentication("PERMISSIVE")
    made["metadata"] = {
        "name": "default",
        "annotations": {f"proxyless.dev/{key}": value for key, value in annotations.items()},
    }
    return made


def policy(**enforcement: str) -> dict[str, Any]:
    lines = [{"rule": rule, "action": action} for rule, action in enforcement.items()]
    return {
        "apiVersion": OURS,
        "kind": "ProxylessPolicy",
        "metadata": {"name": "lenient"},
        "spec": {"enforcement": lines},
    }


# -- our accounts, stolen -------------------------------------------------------------------------------------------

HOOKS = "/apis/admissionregistration.k8s.io/v1"
NOT_OURS = [
    ("GET", "/api/v1/secrets"),
    ("GET", "/api/v1/namespaces/proxyless-system/secrets"),
    ("GET", "/api/v1/namespaces/kube-system/secrets/any"),
    ("GET", "/api/v1/namespaces/default/configmaps/any"),
    ("POST", "/api/v1/namespaces/default/pods"),
    ("DELETE", "/api/v1/namespaces/default/pods/any"),
    ("POST", "/api/v1/namespaces/default/pods/any/exec"),
    ("POST", "/api/v1/namespaces/default/secrets"),
    ("POST", "/api/v1/namespaces/kube-system/serviceaccounts/default/token"),
    ("PATCH", "/api/v1/namespaces/default"),
    ("PATCH", f"/apis/{ISTIO}/namespaces/default/peerauthentications/default"),
    ("DELETE", f"/apis/{ISTIO}/namespaces/default/peerauthentications/default"),
    ("PATCH", f"/apis/{OURS}/proxylessmeshes/default"),
    ("POST", f"/apis/{OURS}/namespaces/default/proxylesspolicies"),
    ("POST", f"/apis/{RBAC}/v1/clusterrolebindings"),
    ("PATCH", f"/apis/{RBAC}/v1/clusterroles/proxyless-webhook"),
    ("PATCH", f"{HOOKS}/mutatingwebhookconfigurations/istio-sidecar-injector"),
    ("POST", f"{HOOKS}/mutatingwebhookconfigurations"),
    ("DELETE", f"{HOOKS}/validatingwebhookconfigurations/proxyless-validator"),
    ("GET", f"{HOOKS}/validatingwebhookconfigurations"),
    ("PATCH", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/any"),
    ("PATCH", "/apis/apps/v1/namespaces/proxyless-system/deployments/proxyless-webhook"),
]


@pytest.mark.parametrize("name", ["proxyless-webhook", "proxyless-operator"])
def test_a_stolen_account_is_refused_what_is_not_ours(plane: ControlPlane, name: str, tmp_path: Path) -> None:
    api = account(plane, "proxyless-system", name, tmp_path)
    for method, path in NOT_OURS:
        body = {} if method in ("POST", "PATCH") else None
        error = refusal(api, method, path, body, MERGE if method == "PATCH" else "application/json")
        assert error.status == 403, (method, path, str(error))


def test_the_operators_account_writes_no_webhook_configuration_and_reads_no_key(
    plane: ControlPlane, tmp_path: Path
) -> None:
    api = account(plane, "proxyless-system", "proxyless-operator", tmp_path)
    for method, path in (
        ("PATCH", f"{HOOKS}/mutatingwebhookconfigurations/a-proxyless-injector"),
        ("DELETE", "/api/v1/namespaces/default/events/any"),
        ("GET", "/api/v1/namespaces/proxyless-system/secrets/proxyless-webhook-ca"),
    ):
        assert refusal(api, method, path, {} if method != "GET" else None, MERGE).status == 403


# -- tenants and strict ---------------------------------------------------------------------------------------------


def test_a_tenant_cannot_talk_strict_away(plane: ControlPlane, tenant: Tenant) -> None:
    """By the object's own annotation, by a policy of their own, or by a label on the namespace."""
    path = f"/apis/{ISTIO}/namespaces/{tenant.namespace}/peerauthentications"
    excuse = "PX301=sidecars only here until 2999-01-01"
    for body in (permissive(), permissive(ignore=excuse), permissive(ignore="PX301")):
        assert "PX301" in str(tenant.denied("POST", path, body))
    for action in ("warn", "audit", "off"):
        policies = f"/apis/{OURS}/namespaces/{tenant.namespace}/proxylesspolicies"
        tenant.api.request("POST", policies, policy(PX301=action))
        assert "PX301" in str(tenant.denied("POST", path, permissive(ignore=excuse)))
        tenant.api.request("DELETE", f"{policies}/lenient")
    label = {"metadata": {"labels": {"proxyless.dev/enforcement": "off"}}}
    plane.api.request("GET", f"/api/v1/namespaces/{tenant.namespace}")
    assert "PX301" in str(tenant.denied("POST", path, permissive()))
    assert tenant.denied("PATCH", "/api/v1/namespaces/default", label, MERGE).status == 403


def test_a_tenant_cannot_reach_the_mesh_or_other_namespaces(tenant: Tenant) -> None:
    mesh = {
        "apiVersion": OURS,
        "kind": "ProxylessMesh",
        "metadata": {"name": "default"},
        "spec": {"strict": {"mayExcuse": ["policies"]}},
    }
    assert tenant.denied("POST", f"/apis/{OURS}/proxylessmeshes", mesh).status == 403
    assert (
        tenant.denied("POST", f"/apis/{OURS}/namespaces/default/proxylesspolicies", policy(PX301="off")).status == 403
    )
    assert tenant.denied("GET", "/api/v1/namespaces/proxyless-system/secrets/proxyless-webhook-ca").status == 403


@pytest.mark.parametrize("role", ["edit", "admin"])
def test_kubernetes_own_roles_write_policies_of_their_namespace_alone(
    plane: ControlPlane, role: str, tmp_path: Path
) -> None:
    """A policy there does not weaken strict; the mesh and other namespaces are the mesh owner's."""
    namespace = plane.namespace("user", STRICT)
    bound(plane, namespace, {"kind": "ClusterRole", "metadata": {"name": role}})
    api = account(plane, namespace, "default", tmp_path)
    api.request("POST", f"/apis/{OURS}/namespaces/{namespace}/proxylesspolicies", policy(PX301="off"))
    path = f"/apis/{OURS}/namespaces/default/proxylesspolicies"
    assert refusal(api, "POST", path, policy(PX301="off")).status == 403
    assert refusal(api, "POST", f"/apis/{OURS}/proxylessmeshes", {}).status == 403


def test_the_role_view_writes_none_of_our_kinds(plane: ControlPlane, tmp_path: Path) -> None:
    namespace = plane.namespace("user", STRICT)
    bound(plane, namespace, {"kind": "ClusterRole", "metadata": {"name": "view"}})
    api = account(plane, namespace, "default", tmp_path)
    path = f"/apis/{OURS}/namespaces/{namespace}/proxylesspolicies"
    assert api.request("GET", path)["items"] == []
    assert refusal(api, "POST", path, policy(PX301="off")).status == 403


# -- what a pod's author asks for -----------------------------------------------------------------------------------


def test_injection_gives_nothing_that_pod_security_refuses(plane: ControlPlane, tmp_path: Path) -> None:
    """A volume of the node, asked for through the agent's annotation: Pod Security judges the pod after us."""
    namespace = plane.namespace("restricted", {**STRICT, "pod-security.kubernetes.io/enforce": "restricted"})
    bound(plane, namespace, {"kind": "ClusterRole", "metadata": {"name": "edit"}})
    api = account(plane, namespace, "default", tmp_path)
    made = pod("host")
    safe = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "runAsUser": 7,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    made["spec"]["containers"][0]["securityContext"] = safe
    made["metadata"] = {"name": "fine"}
    stored = api.request("POST", f"/api/v1/namespaces/{namespace}/pods", made)
    assert "istio-proxy" in [item["name"] for item in stored["spec"]["containers"]]
    volume = json.dumps({"node": {"hostPath": {"path": "/"}}})
    made["metadata"] = {"name": "host", "annotations": {"sidecar.istio.io/userVolume": volume}}
    error = refusal(api, "POST", f"/api/v1/namespaces/{namespace}/pods", made)
    assert (error.status, "hostPath" in str(error)) == (403, True), error


# -- hostile words --------------------------------------------------------------------------------------------------


def test_hostile_names_reach_no_terminal(plane: ControlPlane) -> None:
    """Escape sequences, line ends and length in what is quoted, in warnings and in refusals, as kubectl prints them."""
    namespace = plane.namespace("words", STRICT)
    route = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "words"},
        "spec": {
            "hosts": ["echo"],
            "http": [{"mirror": {"host": HOSTILE}, "route": [{"destination": {"host": HOSTILE}}]}],
        },
    }
    for body, denied in ((route, False), (permissive(ignore=f"PX301={HOSTILE}"), True)):
        done = plane.kubectl("create", "-n", namespace, "-f", "-", stdin=json.dumps(body))
        said = done.stderr
        assert (done.returncode != 0) == denied, said
        assert "PX" in said
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202e]", said), said
        assert not any(line.startswith("Warning: all is well") for line in said.splitlines()), said


# -- forged reviews -------------------------------------------------------------------------------------------------


def test_a_forged_review_makes_nothing_in_the_cluster(plane: ControlPlane, replica: Replica) -> None:
    """Somebody who reaches the port and says to be the API server gets words about what they sent, and no object comes of it."""
    namespace = plane.namespace("forged", STRICT)
    made = pod("forged")
    made["metadata"]["namespace"] = namespace
    asked = review(made, plural="pods")
    asked["request"]["userInfo"] = {"username": "system:admin", "groups": ["system:masters"]}
    with Wire(replica.port) as wire:
        assert wire.ask("/inject/namespace", asked).response["patch"]
        assert not wire.ask(
            "/strict", review(peer_authentication("PERMISSIVE"), plural="peerauthentications")
        ).response["allowed"]
    for path in (f"/api/v1/namespaces/{namespace}/pods", f"/apis/{ISTIO}/namespaces/{namespace}/peerauthentications"):
        assert plane.api.request("GET", path)["items"] == []


# -- the page -------------------------------------------------------------------------------------------------------


def test_each_line_of_the_page_names_tests_that_there_are() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and "`tests/" in line]
    assert len(lines) > 8
    for file, name in re.findall(r"`(tests/[\w/.]+\.py)::(\w+)`", "\n".join(lines)):
        assert f"def {name}(" in (REPOSITORY / file).read_text(), f"{file}::{name}"
