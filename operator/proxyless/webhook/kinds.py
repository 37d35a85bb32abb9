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
    "TrafficExtension": ("extensions.istio.io", "v1alpha1", "trafficextensions"),
    "HTTPRoute": ("gateway.networking.k8s.io", "v1", "httproutes"),
    "GRPCRoute": ("gateway.networking.k8s.io", "v1", "grpcroutes"),
    "TCPRoute": ("gateway.networking.k8s.io", "v1", "tcproutes"),
    "TLSRoute": ("gateway.networking.k8s.io", "v1", "tlsroutes"),
    "KubernetesGateway": ("gateway.networking.k8s.io", "v1", "gateways"),
    "BackendTLSPolicy": ("gateway.networking.k8s.io", "v1", "backendtlspolicies"),
    "XBackendTrafficPolicy": ("gateway.networking.x-k8s.io", "v1alpha1", "xbackendtrafficpolicies"),
    "Service": ("", "v1", "services"),
    "ProxylessMesh": ("proxyless.dev", "v1alpha1", "proxylessmeshes"),
    "ProxylessPolicy": ("proxyless.dev", "v1alpha1", "proxylesspolicies"),
}
"""What is validated, in the version that Istio 1.22 and later serve. Other versions reach us converted
(``matchPolicy: Equivalent``). TCPRoute has v1 since Gateway API 1.6, TLSRoute since 1.5, BackendTLSPolicy since 1.4: with older
CRDs admission is not asked about them, and the operator alone checks them."""

POD = ("", "v1", "pods")
