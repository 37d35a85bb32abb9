"""Kubernetes objects as the pure part sees them: the raw body plus who it is and where it stands."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

KINDS: dict[str, tuple[str, bool]] = {
    # kind as we name it: (API group, namespaced)
    "VirtualService": ("networking.istio.io", True),
    "DestinationRule": ("networking.istio.io", True),
    "Gateway": ("networking.istio.io", True),
    "ServiceEntry": ("networking.istio.io", True),
    "Sidecar": ("networking.istio.io", True),
    "WorkloadEntry": ("networking.istio.io", True),
    "WorkloadGroup": ("networking.istio.io", True),
    "EnvoyFilter": ("networking.istio.io", True),
    "ProxyConfig": ("networking.istio.io", True),
    "PeerAuthentication": ("security.istio.io", True),
    "AuthorizationPolicy": ("security.istio.io", True),
    "RequestAuthentication": ("security.istio.io", True),
    "Telemetry": ("telemetry.istio.io", True),
    "WasmPlugin": ("extensions.istio.io", True),
    "HTTPRoute": ("gateway.networking.k8s.io", True),
    "GRPCRoute": ("gateway.networking.k8s.io", True),
    "KubernetesGateway": ("gateway.networking.k8s.io", True),
    "Service": ("", True),
    "Namespace": ("", False),
    "Pod": ("", True),
    "ConfigMap": ("", True),
    "Deployment": ("apps", True),
    "StatefulSet": ("apps", True),
    "DaemonSet": ("apps", True),
    "ReplicaSet": ("apps", True),
    "Job": ("batch", True),
    "CronJob": ("batch", True),
    "ProxylessMesh": ("proxyless.dev", False),
    "ProxylessPolicy": ("proxyless.dev", True),
}
"""Kinds that rules may start from or read. Gateway API's Gateway is ``KubernetesGateway``, since Istio's has the name."""

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod")
"""Kinds that hold a pod or a pod template."""

_BY_API: dict[tuple[str, str], str] = {
    (group, "Gateway" if kind == "KubernetesGateway" else kind): kind for kind, (group, _) in KINDS.items()
}


class Ref(NamedTuple):
    """Who an object is; ``namespace`` is empty for kinds of cluster scope."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """As kubectl users write it, ``DestinationRule shop/echo``."""
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Origin(NamedTuple):
    """Where an object was read from: file as the user named it, its document's first line (1-based), index there."""

    file: str
    line: int
    document: int
    item: int = -1
    """Index inside a ``kind: List``, -1 for an object of its own."""


@dataclass(slots=True, frozen=True)
class Resource:
    """One object. ``body`` is the raw manifest and is never changed."""

    ref: Ref
    body: dict[str, Any] = field(compare=False, hash=False, repr=False)
    origin: Origin | None = field(default=None, compare=False)

    @property
    def kind(self) -> str:
        """Kind as :data:`KINDS` names it."""
        return self.ref.kind

    @property
    def namespace(self) -> str:
        """Namespace, empty for kinds of cluster scope."""
        return self.ref.namespace

    @property
    def name(self) -> str:
        """Name, or generateName where there is no name yet."""
        return self.ref.name

    @property
    def spec(self) -> dict[str, Any]:
        """``spec`` as a mapping, empty where it is missing or has another type."""
        return mapping(self.body.get("spec"))

    @property
    def labels(self) -> dict[str, Any]:
        """``metadata.labels`` as a mapping."""
        return mapping(mapping(self.body.get("metadata")).get("labels"))

    @property
    def annotations(self) -> dict[str, Any]:
        """``metadata.annotations`` as a mapping."""
        return mapping(mapping(self.body.get("metadata")).get("annotations"))


def mapping(value: object) -> dict[str, Any]:
    """The value where it is a mapping, else an empty one: absent and malformed read alike."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """The value where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def kind_of(api_version: str, kind: str) -> str | None:
    """Our name of a kind, None where it is not ours to judge."""
    group, _, version = api_version.rpartition("/")
    return _BY_API.get((group if version else "", kind))


def resource(body: object, *, default_namespace: str = "default", origin: Origin | None = None) -> Resource | None:
    """A manifest as a Resource, None where it is not one of :data:`KINDS`.

    A missing namespace becomes ``default_namespace``, as kubectl would do.
    """
    if not isinstance(body, dict):
        return None
    api_version, kind_name = body.get("apiVersion"), body.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind_name, str):
        return None
    kind = kind_of(api_version, kind_name)
    if kind is None:
        return None
    metadata = mapping(body.get("metadata"))
    name = metadata.get("name") or metadata.get("generateName") or ""
    namespace = str(metadata.get("namespace") or default_namespace) if KINDS[kind][1] else ""
    return Resource(Ref(kind, namespace, str(name)), body, origin)
