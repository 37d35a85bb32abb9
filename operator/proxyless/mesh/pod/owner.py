"""Which workload a pod belongs to, as Istio names it: from the owner reference and the usual naming of owners.

Called by the own mode (labels, the agent's environment) and by delegate (long names). Istio's telemetry groups by these
names, so they must be Istio's, odd cases included.
"""

import re
from collections.abc import Mapping
from typing import Any

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.pod import Pod, text_of
from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple

LONGEST_LABEL = 63
"""Characters of a label value, by the API server."""

_CRON_JOB = pattern(r"(.+)-\d{8,10}\Z", re.ASCII)


class Owner(NamedTuple):
    """The workload."""

    name: str
    """Empty where a name is generated and nobody owns the pod."""
    kind: str
    api_version: str

    def uri(self, namespace: str) -> str:
        """Istio's name for it, ``kubernetes://apis/apps/v1/namespaces/shop/deployments/cart``."""
        return f"kubernetes://apis/{self.api_version}/namespaces/{namespace}/{self.kind.lower()}s/{self.name}"


def owner(pod: Pod) -> Owner:
    """The workload of a pod. Only a pod whose name is generated has one; others, StatefulSets' too, stand for themselves."""
    if not pod.generate_name:
        return Owner(pod.name, "Pod", "v1")
    controller = next((item for item in pod.owners if item.get("controller") is True), None)
    if controller is None:
        return Owner(pod.name, "Pod", "v1")
    name, kind, version = (str(controller.get(key) or "") for key in ("name", "kind", "apiVersion"))
    return _above(pod.labels, name, kind, version) or Owner(name, kind, version)


def _above(labels: Mapping[str, Any], name: str, kind: str, version: str) -> Owner | None:
    """The owner's owner, where its name tells."""
    if kind == "ReplicaSet":
        template = text_of(labels.get("pod-template-hash"))
        if template and name.endswith(template):
            return Owner(name.removesuffix(f"-{template}"), "Deployment", version)
        rollout = text_of(labels.get("rollouts-pod-template-hash"))
        if rollout and name.endswith(rollout):
            return Owner(name.removesuffix(f"-{rollout}"), "Rollout", "v1alpha1")
    if kind == "ReplicationController" and (config := text_of(labels.get("deploymentconfig"))):
        return Owner(config, "DeploymentConfig", version)
    if kind == "Job" and (match := _CRON_JOB.match(name)):
        return Owner(match[1], "CronJob", "batch/v1")
    return None


def canonical_name(pod: Pod, workload: Owner) -> str:
    """Istio's canonical service name before it is made to fit a label; empty where nothing names the pod."""
    return named_by_label(pod) or workload.name or pod.generate_name.rstrip("-.")


def named_by_label(pod: Pod) -> str:
    """The canonical name that the pod's own labels give it, empty where none does."""
    return pod.label(keys.CANONICAL_NAME) or pod.label("app.kubernetes.io/name") or pod.label("app") or ""


def fit_label(name: str) -> str:
    """A name cut to what a label may hold; a cut name ends in a letter or digit, as label values must."""
    return name if len(name) <= LONGEST_LABEL else name[:LONGEST_LABEL].rstrip("-._")


def canonical_revision(pod: Pod) -> str:
    """Istio's canonical revision."""
    labels = pod.labels
    return (
        labels.get(keys.CANONICAL_REVISION)
        or labels.get("app.kubernetes.io/version")
        or labels.get("version")
        or "latest"
    )
