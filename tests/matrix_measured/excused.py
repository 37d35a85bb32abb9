"""Rows of the table that no case measures, each with its reason. A test holds that every other row has a case."""

_TEMPLATE = "A template for machines that register themselves: it takes an agent on a virtual machine."
_OLD_API = "The API server has no such field in this release of Istio's CRDs."
_EXPERIMENTAL = "Only in the experimental channel of the Gateway API's CRDs."
_NETWORKS = "It takes a second network and a gateway between the two."
_INJECTION = "Read when a pod is injected; the injection tests compare with istiod's own injector."
_SAME = "As the field of the same name in a DestinationRule, which is measured."
_ONE_TRUST = (
    "Altered where a mesh has several trust domains. With one, authz-principals and authz-not-principals show it."
)
_NO_GATEWAY = (
    "Altered where a gateway stands between: the address behind it is not seen. Without one it is the peer's own."
)
_TRUST = "It takes new certificates for the whole mesh while calls go on."

EXCUSED: dict[str, str] = {
    "AuthorizationPolicy.rules.from.source.notPrincipals": _ONE_TRUST,
    "AuthorizationPolicy.rules.from.source.principals": _ONE_TRUST,
    "AuthorizationPolicy.rules.from.source.notRemoteIpBlocks": _NO_GATEWAY,
    "AuthorizationPolicy.rules.from.source.remoteIpBlocks": _NO_GATEWAY,
    "AuthorizationPolicy.rules.from.source.notTrustDomains": _ONE_TRUST,
    "AuthorizationPolicy.rules.from.source.trustDomains": _ONE_TRUST,
    "AuthorizationPolicy.rules.when.key.remoteIp": _NO_GATEWAY,
    "AuthorizationPolicy.rules.when.key.sourcePrincipal": _ONE_TRUST,
    "AuthorizationPolicy.rules.when.key.sourceTrustDomain": _ONE_TRUST,
    "AuthorizationPolicy.rules.when.key.headers.capitals": "Read in the libraries' sources and in GO-2026-6441; not played yet.",
    "AuthorizationPolicy.rules.untranslatable": "Not a field: what becomes of a rule that the API server's validation refuses anyway.",
    "DestinationRule.trafficPolicy": "Stands for all its fields, which are measured one by one.",
    "DestinationRule.trafficPolicy.connectionPool.http.http2MaxRequests.unset": "The limit is 1024 calls at a time: too many for the machine of a test.",
    "DestinationRule.trafficPolicy.loadBalancer.backendUtilization": _OLD_API,
    "DestinationRule.trafficPolicy.loadBalancer.zoneAwareLbSetting": "It takes endpoints and clients in several zones, with more load than a test makes.",
    "DestinationRule.trafficPolicy.outlierDetection.minHealthPercent": "It takes endpoints that Kubernetes knows to be unhealthy.",
    "DialTarget.agent.manyStreams": "Measured by the scenario of one stream, over minutes.",
    "DialTarget.server.inbound": "Every server case rests on it; there is no field to set.",
    "GRPCRoute.rules.sessionPersistence": _EXPERIMENTAL,
    "Gateway.selector": "It chooses pods of gateways; which pods it leaves alone shows with its servers.",
    "HTTPRoute.rules.backendRefs.InferencePool": "It takes the CRDs and controller of another project.",
    "HTTPRoute.rules.retry": _EXPERIMENTAL,
    "HTTPRoute.rules.timeouts.backendRequest.retry": _EXPERIMENTAL,
    "MeshConfig.enableAutoMtls.true": "It is on in the mesh of every case: dr-tls-unset shows what comes of it.",
    "MeshConfig.localityLbSetting": _SAME,
    "MeshConfig.serviceSettings": "It says which hosts stay within one of several clusters.",
    "MeshConfig.trustDomain": _TRUST,
    "MeshConfig.trustDomainAliases": "What clients expect is expanded and what policies say is not: to show both takes peers of two trust domains.",
    "MeshConfig.zoneAwareLbSetting": _SAME,
    "Pod.containers.readinessProbe.grpc.strictPort": "The kubelet's call, not a library's: measured by hand.",
    "Pod.labels.security.istio.io/tlsMode.istio": "It is for clients with a sidecar: measured by the scenario of the ingress gateway.",
    "ProxyConfig.concurrency": _INJECTION,
    "ProxyConfig.environmentVariables": _INJECTION,
    "ProxyConfig.image": _INJECTION,
    "ProxyConfig.selector": _INJECTION,
    "RequestAuthentication.jwtRules.presence": _OLD_API,
    "Service.labels.istio.io/persistent-session": "It ends istiod for all cases: measured by hand.",
    "Service.labels.istio.io/persistent-session-header": "It ends istiod for all cases.",
    "Service.labels.istio.io/persistent-session.filterEnabled": "It takes an istiod with another setting.",
    "Service.labels.istio.io/use-waypoint": "It takes a waypoint, which is an Envoy, and ambient mode.",
    "Service.ports.targetPort.serverPort": "A server that never serves: measured by hand.",
    "ServiceEntry.endpoints.network.otherNetwork": _NETWORKS,
    "VirtualService.http.match.headers.jwtClaims": "istiod's validation refuses it for the mesh.",
    "VirtualService.http.retries.retryIgnorePreviousHosts": "Round robin goes to another host at a retry anyway.",
    "VirtualService.http.retries.retryRemoteLocalities": "Its effect in Envoy needs failing hosts in several localities.",
    "WorkloadEntry.network.otherNetwork": _NETWORKS,
    "WorkloadGroup.metadata": _TEMPLATE,
    "WorkloadGroup.probe": _TEMPLATE,
    "WorkloadGroup.template.address": _TEMPLATE,
    "WorkloadGroup.template.labels": _TEMPLATE,
    "WorkloadGroup.template.locality": _TEMPLATE,
    "WorkloadGroup.template.network.otherNetwork": _TEMPLATE,
    "WorkloadGroup.template.ports": _TEMPLATE,
    "WorkloadGroup.template.serviceAccount": _TEMPLATE,
    "WorkloadGroup.template.weight": _TEMPLATE,
    "XBackendTrafficPolicy.retryConstraint": _EXPERIMENTAL,
    "XBackendTrafficPolicy.sessionPersistence": _EXPERIMENTAL,
}
