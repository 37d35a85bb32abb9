"""How the injectors of the cluster are set up, as far as the choice between them depends on it.

Made by the front doors from ProxylessMesh and Istio's ConfigMaps, for ``lint`` and for ``inject`` alike; the defaults are
those of Istio and of our manifests. A NamedTuple: the linter must not pay for the import of dataclasses.
"""

from typing import Literal

from proxyless.model.record import NamedTuple

InjectionMode = Literal["own", "delegate"]
"""``own``: we add the agent. ``delegate``: we prepare the pod, and Istio's injector adds it."""
Xds = Literal["agent", "direct"]
"""``agent``: through the agent's socket, one stream. ``direct``: to istiod with the agent's certificate."""
WantedMode = Literal["auto", "own", "delegate"]
WantedXds = Literal["auto", "agent", "direct"]

IGNORED = ("kube-system", "kube-public", "kube-node-lease", "local-path-storage")
"""Namespaces that no injector touches; Istio's list, which ours adopts."""


class Injectors(NamedTuple):
    """Settings of our injector and of Istio's, as far as they decide who gets which pod."""

    mode: WantedMode = "auto"
    """``auto``: delegate where Istio's injector will select the pod and can do what it needs, own elsewhere."""
    xds: WantedXds = "auto"
    """``auto``: direct where more than one stream is expected and the library is known to manage it."""
    hold: bool = True
    """Whether our injector makes the application wait for the agent where the pod does not say."""
    native_sidecar: bool | None = None
    """Agent as init container with ``restartPolicy: Always``; None: for pods that run to completion."""
    istio_injector: bool = True
    """Whether the cluster has Istio's injector at all."""
    revision: str = "default"
    """Revision of the control plane that pods of ours belong to."""
    revision_tags: tuple[str, ...] = ()
    """Tags that point at that revision."""
    istio_injects_by_default: bool = False
    """Istio's value ``sidecarInjectorWebhook.enableNamespacesByDefault``."""
    ignored_namespaces: tuple[str, ...] = IGNORED
    """Never injected, asked or not."""
