"""Kubeconfigs for ServiceAccounts, so that what runs in tests has the rights that our manifests give and no others."""

from pathlib import Path

from lab.controlplane import ControlPlane


def kubeconfig_of(plane: ControlPlane, namespace: str, account: str, folder: Path) -> Path:
    """A kubeconfig with a fresh token of a ServiceAccount, valid for an hour."""
    path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"
    token = plane.api.request("POST", path, {"spec": {"expirationSeconds": 3600}})["status"]["token"]
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"kubeconfig-{account}"
    target.write_text(
        f"""
apiVersion: v1
kind: Config
current-context: it
clusters: [{{name: it, cluster: {{server: "{plane.server}", certificate-authority: "{plane.folder / "ca.crt"}"}}}}]
users: [{{name: it, user: {{token: "{token}"}}}}]
contexts: [{{name: it, context: {{cluster: it, user: it}}}}]
"""
    )
    target.chmod(0o600)
    return target
