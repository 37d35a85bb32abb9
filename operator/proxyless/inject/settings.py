"""Settings of injection as one frozen value, made by the caller from ProxylessMesh and Istio's ConfigMaps.

Every default is that of Istio's own injector, so that a pod of ours and one of Istio's differ only in the declared
repairs (``tests/inject/parity.md``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from proxyless.matrix.query import load
from proxyless.mesh.pod.settings import IGNORED, Injectors, WantedMode, WantedXds

AGENT_DISCOVERY = "istiod.istio-system.svc:15012"
"""Where the agent looks for istiod unless PROXY_CONFIG says otherwise."""


def _image() -> str:
    return load().istio.image


def _resources() -> dict[str, dict[str, str]]:
    return {"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "100m", "memory": "128Mi"}}


@dataclass(frozen=True, kw_only=True)
class InjectionSettings:
    """Settings of injection; an empty text is derived from others, or left out."""

    mode: WantedMode = "auto"
    """``auto``: delegate where Istio's injector will select the pod and can do what it needs, own elsewhere."""
    xds: WantedXds = "auto"
    """``auto``: direct where more than one stream is expected and the library is known to manage it."""
    hold: bool = True
    """Start the application only once the agent is ready (holdApplicationUntilProxyStarts)."""
    native_sidecar: bool | None = None
    """Agent as init container with ``restartPolicy: Always`` (Kubernetes 1.29 and later), which Jobs need to end.
    None: for pods that run to completion."""

    # Istio's own injector: who it selects.
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

    # The mesh.
    istio_namespace: str = "istio-system"
    discovery_address: str = ""
    """host:port of istiod's xDS; empty: the revision's Service, port 15012."""
    ca_address: str = ""
    """host:port of the certificate authority; empty: the revision's Service, port 15012."""
    trust_domain: str = "cluster.local"
    cluster_domain: str = "cluster.local"
    cluster_id: str = "Kubernetes"
    mesh_id: str = ""
    """Empty: the trust domain."""
    network: str = ""
    pilot_cert_provider: str = "istiod"
    token_audience: str = "istio-ca"  # noqa: S105  a name that everybody knows
    trust_bundle_name: str = "istio-ca-root-cert"
    """ConfigMap with istiod's root, or the suffix of the ClusterTrustBundle's name."""
    cluster_trust_bundle: bool = False
    """Root from a ClusterTrustBundle instead of the ConfigMap."""
    gke_workload_certificates: bool = False
    """Certificates from GKE's CSI driver instead of the agent's folder."""
    mount_mtls_certs: bool = False
    """Also mount the Secret ``istio.SERVICEACCOUNT``, as very old meshes do."""
    inbound_localhost: bool = False
    """The mesh's inbound traffic policy is LOCALHOST."""
    proxy_config: Mapping[str, Any] = field(default_factory=dict)
    """The mesh's ``defaultConfig`` where it differs from Istio's defaults."""
    proxy_metadata: Mapping[str, str] = field(default_factory=dict)
    """The mesh's ``proxyMetadata``: environment of the agent."""
    prometheus_merge: bool = True

    # The agent's container.
    image: str = field(default_factory=_image)
    image_pull_policy: str = ""
    image_pull_secrets: tuple[str, ...] = ()
    resources: Mapping[str, Mapping[str, str]] = field(default_factory=_resources)
    run_as_user: int = 1337
    """The id of Istio's sidecar. Not an id of the image: every folder that the agent writes is an emptyDir."""
    run_as_group: int = 1337
    status_port: int = 15020
    readiness_initial_delay: int = 0
    """Seconds."""
    readiness_period: int = 15
    """Seconds."""
    readiness_failure_threshold: int = 4
    startup_failure_threshold: int = 600
    """Seconds that a native sidecar may take to become ready: it is asked every second."""
    proxy_log_level: str = "warning"
    component_log_level: str = "misc:error"
    agent_log_level: str = "default:info"
    log_as_json: bool = False
    sts_port: int = 0
    """Port of the agent's token exchange; 0: none."""
    injected_annotations: Mapping[str, str] = field(default_factory=dict)
    """Added to every injected pod."""

    @cached_property
    def injectors(self) -> Injectors:
        """Those of the settings that decide who injects a pod, as ``lint`` has them too."""
        return Injectors._make(getattr(self, name) for name in Injectors._fields)

    @property
    def service(self) -> str:
        """host:port of the revision's own Service."""
        suffix = "" if self.revision in ("", "default") else f"-{self.revision}"
        return f"istiod{suffix}.{self.istio_namespace}.svc:15012"

    @property
    def istiod(self) -> str:
        """host:port where agent and applications reach istiod's xDS."""
        return self.discovery_address or self.service

    @property
    def authority(self) -> str:
        """host:port of the certificate authority."""
        return self.ca_address or self.service

    @property
    def mesh(self) -> str:
        """Id of the mesh."""
        return self.mesh_id or self.trust_domain
