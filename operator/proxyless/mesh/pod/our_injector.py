"""Whether the API server sends a pod to our injector, by the selectors and conditions of its webhook configuration (``manifests/base/injector.yaml``).

A test evaluates the manifest beside this. A pod that no webhook of ours selects stays as it is, whoever asks for it.
"""

from collections.abc import Mapping
from typing import Any

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.opt_in_marks import AGENT_TEMPLATE, templates
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.surroundings import Namespace

LEFT_OUT = ("kube-system", "kube-public", "kube-node-lease", "proxyless-system")
"""Namespaces that our configuration never selects."""
POLICY = "policy"
"""Value of the namespace label that leaves the choice to ProxylessPolicies."""


def reaches_us(pod: Pod, namespace: Namespace) -> bool:
    """Whether the API server sends a pod to our webhook."""
    if namespace.name in LEFT_OUT or is_prepared(pod):
        return False
    by = namespace.labels.get(keys.INJECTION)
    if by == POLICY:
        return True
    said = _mark(pod.labels, pod.annotations)
    if by == "enabled":
        return said != "false"
    return said == "true" or (AGENT_TEMPLATE in templates(pod) and said != "false")


def is_prepared(pod: Pod) -> bool:
    """Whether a pod has all that Istio's injector needs to delegate to it already: by an admission policy of ours, or by us."""
    mark = pod.annotation(keys.MARK)
    return (
        mark is not None
        and '"mode":"delegate"' in mark
        and any(item.name == keys.AGENT and item.raw.get("image") == keys.AUTO_IMAGE for item in pod.containers)
    )


def _mark(labels: Mapping[str, Any], annotations: Mapping[str, Any]) -> object:
    """Our mark as the conditions of the configuration read it: a label wins, whatever it says."""
    return labels.get(keys.INJECT, annotations.get(keys.INJECT, ""))
