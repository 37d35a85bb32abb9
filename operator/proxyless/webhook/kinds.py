"""Which resources admission is asked about, in which version. ``manifests/`` must say the same; a test holds that."""

VALIDATED: dict[str, tuple[str, str, str]] = {
    # kind: group, version, plural
    "VirtualService": ("networking.istio.io", "v1", "virtualservices"),
    "DestinationRule": ("networking.istio.io", "v1", "destinationrules"),
    "Gateway": ("networking.istio.io", "v1", "gateways"),
    "ServiceEntry": ("networking.istio.io", "v1", "serviceentries"),
    "Sidecar": ("networking.istio.io", "v1", "sidecars"),
    "WorkloadEntry": ("networking.istio.io", "v1", "workloadentries"),
    "WorkloadGroup": ("networking.istio.io", "v1", "workloadgroups"),
    "EnvoyFilter": ("networking.istio.io", "v1alpha3", "envoyfilters"),
    "ProxyConfig": ("networking.istio.io", "v1beta1", "proxyconfigs"),
    "PeerAuthentication": ("security.istio.io", "v1", "peerauthentications"),
    "AuthorizationPolicy": ("security.istio.io", "v1", "authorizationpolicies"),
    "RequestAuthentication": ("security.istio.io", "v1", "requestauthentications"),
    "Telemetry": ("telemetry.istio.io", "v1", "telemetries"),
    "WasmPlugin": ("extensions.istio.io", "v1alpha1", "wasmplugins"),
    "HTTPRoute": ("gateway.networking.k8s.io", "v1", "httproutes"),
    "GRPCRoute": ("gateway.networking.k8s.io", "v1", "grpcroutes"),
    "KubernetesGateway": ("gateway.networking.k8s.io", "v1", "gateways"),
    "Service": ("", "v1", "services"),
    "ProxylessMesh": ("proxyless.dev", "v1alpha1", "proxylessmeshes"),
    "ProxylessPolicy": ("proxyless.dev", "v1alpha1", "proxylesspolicies"),
}
"""What is validated, in the version that Istio 1.22 and later serve. Other versions reach us converted
(``matchPolicy: Equivalent``)."""

POD = ("", "v1", "pods")
