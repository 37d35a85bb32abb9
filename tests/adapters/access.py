"""An identity with exactly the given rights on the test's API server, as a kubeconfig with a ServiceAccount's token."""

import json
import secrets
from pathlib import Path
from typing import Any

from lab.controlplane import ControlPlane

READ = ("get", "list", "watch")


def rule(group: str, resources: list[str], verbs: tuple[str, ...] = READ) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources, "verbs": list(verbs)}


def set_rules(control_plane: ControlPlane, name: str, rules: list[dict[str, Any]]) -> None:
    """Replace the rights of an identity that :func:`kubeconfig_for` made."""
    path = f"/apis/rbac.authorization.k8s.io/v1/clusterroles/{name}"
    control_plane.api.request("PATCH", path, {"rules": rules}, content="application/merge-patch+json")


def kubeconfig_for(control_plane: ControlPlane, folder: Path, rules: list[dict[str, Any]]) -> tuple[str, Path]:
    """Name and kubeconfig of a new ServiceAccount in ``default`` that may do what the rules say."""
    name = f"restricted-{secrets.token_hex(4)}"
    api = control_plane.api
    api.request("POST", "/api/v1/namespaces/default/serviceaccounts", {"metadata": {"name": name}})
    api.request("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", {"metadata": {"name": name}, "rules": rules})
    binding = {
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}],
    }
    api.request("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding)
    request = {"spec": {"expirationSeconds": 3600}}
    token = api.request("POST", f"/api/v1/namespaces/default/serviceaccounts/{name}/token", request)["status"]["token"]
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [
            {
                "name": "c",
                "cluster": {
                    "server": control_plane.server,
                    "certificate-authority": str(control_plane.folder / "ca.crt"),
                },
            }
        ],
        "users": [{"name": "u", "user": {"token": token}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    file = folder / f"{name}.kubeconfig"
    file.write_text(json.dumps(kubeconfig))
    return name, file
