"""Whether Istio's own injector will select a pod, by the selectors of its webhook configuration.

Called by ``decide``. The rules are those of the four webhooks (five with enableNamespacesByDefault) that Istio installs
per revision; a configuration that somebody edited by hand is not seen here.
"""

from collections.abc import Mapping
from typing import Any, Literal

from proxyless.mesh.pod import keys
from proxyless.mesh.pod.opt_in_marks import istio_place, istio_word
from proxyless.mesh.pod.pod import Pod
from proxyless.mesh.pod.settings import IGNORED, Injectors
from proxyless.mesh.pod.surroundings import Namespace

Labels = Mapping[str, Any]

SYSTEM_NAMESPACES = IGNORED
"""Namespaces that Istio's catch-all webhook leaves out."""


def istio_selects(
    namespace_labels: Labels, pod_labels: Labels, revision: str, enable_namespaces_by_default: bool = False
) -> bool:
    """Whether a webhook of Istio's injector selects a pod.

    Args:
        namespace_labels: labels of the namespace, the API server's ``kubernetes.io/metadata.name`` among them.
        pod_labels: labels of the pod. The annotation of the same name as the inject label never selects.
        revision: name of the revision or of a tag; ``default`` and the empty name are the same.
        enable_namespaces_by_default: Istio's value of that name.
    """
    revision = revision or "default"
    injection = namespace_labels.get(keys.NAMESPACE_INJECTION)
    namespace_revision = namespace_labels.get(keys.REVISION)
    inject = pod_labels.get(keys.SIDECAR_INJECT)
    pod_revision = pod_labels.get(keys.REVISION)
    if injection is None and namespace_revision == revision and inject != "false":
        return True
    bare = injection is None and namespace_revision is None
    if bare and inject != "false" and pod_revision == revision:
        return True
    if revision != "default":
        return False
    if injection == "enabled" and inject != "false":
        return True
    if bare and inject == "true" and pod_revision is None:
        return True
    return (
        enable_namespaces_by_default
        and bare
        and inject is None
        and pod_revision is None
        and namespace_labels.get(keys.NAMESPACE_NAME) not in SYSTEM_NAMESPACES
    )


def selected(namespace_labels: Labels, pod_labels: Labels, settings: Injectors) -> bool:
    """Whether the injector of our revision, or of a tag that points at it, selects the pod."""
    return settings.istio_injector and any(
        istio_selects(namespace_labels, pod_labels, name, settings.istio_injects_by_default)
        for name in (settings.revision, *settings.revision_tags)
    )


def foreign_revision(namespace_labels: Labels, pod_labels: Labels, settings: Injectors) -> str | None:
    """Revision that a pod asks for and that is not ours, None where there is none. Its injector may get the pod."""
    if keys.NAMESPACE_INJECTION in namespace_labels or pod_labels.get(keys.SIDECAR_INJECT) == "false":
        return None
    asked = namespace_labels.get(keys.REVISION, pod_labels.get(keys.REVISION))
    ours = (settings.revision or "default", *settings.revision_tags)
    return None if not settings.istio_injector or asked is None or asked in ours else asked


InjectorReach = Literal["already", "by label", "not at all"]
"""Whether Istio's injector can be brought to a pod: it comes anyway, a pod label brings it, nothing does."""


def reach(namespace_labels: Labels, pod_labels: Labels, pod_annotations: Labels, settings: Injectors) -> InjectorReach:
    """How Istio's injector can be brought to a pod.

    A label ``"false"`` is its author's word and stays. The annotation of that name counts inside the injector, after
    its webhook was called, and only where there is no such label.
    """
    said = pod_labels.get(keys.SIDECAR_INJECT)
    if not settings.istio_injector or said == "false":
        return "not at all"
    let_down = said is None and pod_annotations.get(keys.SIDECAR_INJECT) == "false"
    if not let_down and selected(namespace_labels, pod_labels, settings):
        return "already"
    return "by label" if selected(namespace_labels, {**pod_labels, **bringing(settings)}, settings) else "not at all"


def bringing(settings: Injectors) -> dict[str, str]:
    """Pod labels that bring Istio's injector to a pod whose namespace says nothing."""
    labels = {keys.SIDECAR_INJECT: "true"}
    if settings.revision not in ("", "default"):
        labels[keys.REVISION] = settings.revision
    return labels


def keeps_off(pod: Pod, namespace: Namespace | None, settings: Injectors) -> str | None:
    """Why Istio's injector leaves a pod as it is, empty where it, or that of another revision, selects the pod.

    None where the pod alone does not tell and its namespace is not known.
    """
    if istio_word(pod) is False:
        return (
            f"the pod {'label' if 'labels' in istio_place(pod).path else 'annotation'} {keys.SIDECAR_INJECT} is false"
        )
    if namespace is not None and namespace.name in settings.ignored_namespaces:
        return f"Istio never injects into namespace {namespace.name}"
    if not settings.istio_injector:
        return "Istio's injector is not installed"
    if namespace is None:
        return None
    if selected(namespace.labels, pod.labels, settings) or foreign_revision(namespace.labels, pod.labels, settings):
        return ""
    return _why_not(pod, namespace, settings)


def _why_not(pod: Pod, namespace: Namespace, settings: Injectors) -> str:
    switch, revision = (namespace.labels.get(key) for key in (keys.NAMESPACE_INJECTION, keys.REVISION))
    if switch is not None and switch != "enabled":
        return f"namespace {namespace.name} has {keys.NAMESPACE_INJECTION}: {switch}"
    if switch is None and revision is None and pod.label(keys.SIDECAR_INJECT) is None:
        return (
            f"namespace {namespace.name} has neither {keys.NAMESPACE_INJECTION} nor {keys.REVISION},"
            f" and the pod has no label {keys.SIDECAR_INJECT}"
        )
    return f"no webhook of Istio's revision {settings.revision or 'default'} selects them"
