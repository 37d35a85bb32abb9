"""What an installed Istio has in the API server, for an istiod that runs as a local process.

Rendered by the real `istioctl` (its charts are compiled in), so ConfigMaps, RBAC and webhooks are Istio's own. Left out:
CRDs (`lab.crds` has them), the Deployment and what scales it. Changed: its Service leads to loopback, and the webhooks ask
the port on which the local process listens. Only `lab.istiod` calls it.
"""

import json
import subprocess
from collections.abc import Sequence
from typing import Any

import yaml

from lab.api import APPLY, Api
from lab.errors import ApiError, LabError
from lab.parts import binary

NAMESPACE = "istio-system"
_LEFT_OUT = {"CustomResourceDefinition", "Deployment", "HorizontalPodAutoscaler"}
_WEBHOOKS = {"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}
_PATHS = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Service": "/api/v1/namespaces/{}/services",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    "Role": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/roles",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings",
    "MutatingWebhookConfiguration": "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
    "ValidatingWebhookConfiguration": "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
}


def render(settings: Sequence[str]) -> list[dict[str, Any]]:
    """Objects that `istioctl manifest generate` makes with these `--set` settings; raises LabError with its stderr."""
    command = [str(binary("istioctl")), "manifest", "generate"]
    for setting in ("profile=minimal", "hub=localhost", "tag=lab", *settings):
        command += ["--set", setting]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)} ended with exit code {done.returncode}:\n{done.stderr.strip()}")
    return [item for item in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if item]


def install(api: Api, objects: Sequence[dict[str, Any]], *, port: int, webhooks: bool) -> list[str]:
    """Apply what a local istiod needs; returns `Kind/name` of each. `port` is where its webhooks are served."""
    applied: list[dict[str, Any]] = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}]
    applied += [item for item in objects if item["kind"] not in _LEFT_OUT | ({*_WEBHOOKS} if not webhooks else set())]
    for item in applied:
        _apply(api, _local(item, port))
    return [f"{item['kind']}/{item['metadata']['name']}" for item in applied]


def uninstall(api: Api, installed: Sequence[str]) -> None:
    """Remove the webhooks: they would refuse pods once nobody answers them. The rest stays for the next start."""
    for entry in installed:
        kind, _, name = entry.partition("/")
        if kind in _WEBHOOKS:
            try:
                api.request("DELETE", f"{_PATHS[kind]}/{name}")
            except ApiError as error:
                if error.reason != "NotFound":
                    raise


def trusted(api: Api, installed: Sequence[str]) -> bool:
    """Whether istiod has written its authority into each webhook that was installed."""
    for entry in installed:
        kind, _, name = entry.partition("/")
        if kind in _WEBHOOKS:
            hooks = api.request("GET", f"{_PATHS[kind]}/{name}")["webhooks"]
            if not all(hook["clientConfig"].get("caBundle") for hook in hooks):
                return False
    return True


def _local(item: dict[str, Any], port: int) -> dict[str, Any]:
    if item["kind"] == "Service":
        return item | {"spec": {"type": "ExternalName", "externalName": "localhost"}}
    if item["kind"] in _WEBHOOKS:
        for hook in item["webhooks"]:
            hook["clientConfig"]["service"]["port"] = port
    return item


def _apply(api: Api, item: dict[str, Any]) -> None:
    kind, metadata = item["kind"], item["metadata"]
    if kind not in _PATHS:
        raise LabError(f"istioctl renders a {kind}, which the lab does not know how to apply: add it to {__name__}")
    path = f"{_PATHS[kind].format(metadata.get('namespace', ''))}/{metadata['name']}"
    api.request("PATCH", f"{path}?fieldManager=lab&force=true", json.dumps(item), content=APPLY)
