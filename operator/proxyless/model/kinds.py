"""The table of kinds: what of the Kubernetes API proxyless reads, watches, checks on apply and writes conditions to.

Everything that must know a kind is made from here: what is listed and watched, admission's handlers, and by ``make generate``
the rights and webhook rules in ``manifests/`` and the table in ``docs/kinds.md``.
"""

from proxyless.model.record import NamedTuple


class Kind(NamedTuple):
    """What is known of a kind."""

    group: str
    """API group, empty for the core."""
    version: str
    """The version that admission is asked about, which Istio 1.22 and later serve. Others reach us converted
    (``matchPolicy: Equivalent``); reading takes whatever version the API server prefers."""
    plural: str
    """Name in URLs and rights; empty for what no API server serves."""
    namespaced: bool = True
    watched: bool = True
    """Whether operator and webhook watch it."""
    listed: bool = True
    """Whether commands list it, watched or not."""
    validated: bool = False
    """Whether admission checks it on apply."""
    conditions: bool = False
    """Whether it has a list of conditions in its status that we write to."""
    by_parent: bool = False
    """Whether that list stands in an entry of ``status.parents`` of our own, as Gateway API's routes have it."""
    optional: bool = False
    """Whether a mesh does well without its CRD: then there are just no such objects."""


def _istio(group: str, version: str, plural: str, **more: bool) -> Kind:
    return Kind(f"{group}.istio.io", version, plural, validated=True, conditions=True, **more)


def _gateway_api(plural: str, group: str = "gateway.networking.k8s.io", version: str = "v1", **more: bool) -> Kind:
    return Kind(group, version, plural, validated=True, optional=True, **more)


KINDS: dict[str, Kind] = {
    # kind as we name it
    "VirtualService": _istio("networking", "v1", "virtualservices"),
    "DestinationRule": _istio("networking", "v1", "destinationrules"),
    "Gateway": _istio("networking", "v1", "gateways"),
    "ServiceEntry": _istio("networking", "v1", "serviceentries"),
    "Sidecar": _istio("networking", "v1", "sidecars"),
    "WorkloadEntry": _istio("networking", "v1", "workloadentries"),
    "WorkloadGroup": _istio("networking", "v1", "workloadgroups", watched=False, listed=False),  # no rule reads it
    "EnvoyFilter": _istio("networking", "v1alpha3", "envoyfilters"),
    "ProxyConfig": _istio("networking", "v1beta1", "proxyconfigs"),
    "PeerAuthentication": _istio("security", "v1", "peerauthentications"),
    "AuthorizationPolicy": _istio("security", "v1", "authorizationpolicies"),
    "RequestAuthentication": _istio("security", "v1", "requestauthentications"),
    "Telemetry": _istio("telemetry", "v1", "telemetries"),
    "WasmPlugin": _istio("extensions", "v1alpha1", "wasmplugins"),
    "TrafficExtension": _istio("extensions", "v1alpha1", "trafficextensions", optional=True),  # older Istio has none
    # TCPRoute has v1 since Gateway API 1.6, TLSRoute since 1.5, BackendTLSPolicy since 1.4: with older CRDs admission is not
    # asked about them, and the operator alone checks them.
    "HTTPRoute": _gateway_api("httproutes", conditions=True, by_parent=True),
    "GRPCRoute": _gateway_api("grpcroutes", conditions=True, by_parent=True),
    "TCPRoute": _gateway_api("tcproutes"),
    "TLSRoute": _gateway_api("tlsroutes"),
    "KubernetesGateway": _gateway_api("gateways"),
    "BackendTLSPolicy": _gateway_api("backendtlspolicies"),
    "XBackendTrafficPolicy": _gateway_api("xbackendtrafficpolicies", "gateway.networking.x-k8s.io", "v1alpha1"),
    "Service": Kind("", "v1", "services", validated=True),
    # Changes with every pod, and where it is not given the pods that a Service selects say the same.
    "EndpointSlice": Kind("discovery.k8s.io", "v1", "endpointslices", watched=False),
    "Namespace": Kind("", "v1", "namespaces", namespaced=False),
    "Pod": Kind("", "v1", "pods"),
    "ConfigMap": Kind("", "v1", "configmaps", watched=False, listed=False),
    "ReplicationController": Kind("", "v1", "replicationcontrollers"),
    "Deployment": Kind("apps", "v1", "deployments"),
    "StatefulSet": Kind("apps", "v1", "statefulsets"),
    "DaemonSet": Kind("apps", "v1", "daemonsets"),
    "ReplicaSet": Kind("apps", "v1", "replicasets"),
    "Job": Kind("batch", "v1", "jobs"),
    "CronJob": Kind("batch", "v1", "cronjobs"),
    "Rollout": Kind("argoproj.io", "v1alpha1", "rollouts", watched=False, optional=True),  # few clusters have them
    "ProxylessMesh": Kind(
        "proxyless.dev", "v1alpha1", "proxylessmeshes", namespaced=False, validated=True, conditions=True
    ),
    "ProxylessPolicy": Kind("proxyless.dev", "v1alpha1", "proxylesspolicies", validated=True, conditions=True),
    # Settings of Istio that stand inside ConfigMaps, IstioOperators and Helm values.
    "MeshConfig": Kind("istio.mesh.v1alpha1", "", ""),
    "InjectorConfig": Kind("istio.mesh.v1alpha1", "", ""),
}
"""All kinds that rules may start from or read. Gateway API's Gateway is ``KubernetesGateway``, since Istio's has the name."""

INNER = tuple(name for name, kind in KINDS.items() if not kind.plural)
"""Kinds that no API server serves: they stand inside other objects."""
COUNTED = ("WorkloadPods",)
"""Kinds that neither an API server nor a file has, and that are no entries of the table: what runs in the pods of one workload,
counted by ``adapters.census``."""
OWN_KINDS = frozenset(name for name, kind in KINDS.items() if kind.group == "proxyless.dev")
"""Our own kinds."""
WATCHED = tuple(name for name, kind in KINDS.items() if kind.watched)
"""Kinds that operator and webhook watch; a test holds that these are what rules read."""
UNWATCHED = tuple(name for name, kind in KINDS.items() if kind.listed and not kind.watched)
"""Kinds that commands list and nobody watches."""


def api_kind(kind: str) -> str:
    """The kind as the API names it."""
    return "Gateway" if kind == "KubernetesGateway" else kind
