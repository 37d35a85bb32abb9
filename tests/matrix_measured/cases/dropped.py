"""Fields that istiod decides alone: it sends the same with them and without, so no library can honor them.

Each case compares what istiod sends for one object with the field and one without it.
"""

from typing import Any

from matrix_measured.case import IstiodCase, Manifest, Place, manifest, rule

_POLICY = "DestinationRule.trafficPolicy"


def _policy(name: str, row: str, policy: dict[str, Any]) -> IstiodCase:
    return IstiodCase(
        f"sent-{name}", (f"{_POLICY}.{row}",), lambda place: [rule(place, policy)], lambda place: [rule(place)]
    )


def _beside(name: str, row: str, base: dict[str, Any], policy: dict[str, Any]) -> IstiodCase:
    """A field that stands beside others: both sides have those."""
    return IstiodCase(
        f"sent-{name}", (f"{_POLICY}.{row}",), lambda place: [rule(place, policy)], lambda place: [rule(place, base)]
    )


def _simple(field: str, value: str) -> IstiodCase:
    """Files of TLS, beside SIMPLE or MUTUAL."""
    pair = {"mode": "MUTUAL", "clientCertificate": "/etc/a.pem", "privateKey": "/etc/a.key"}
    base = {"tls": pair if field in pair else {"mode": "SIMPLE"}}
    without = {"tls": {"mode": "SIMPLE"}}
    return _beside(f"tls-{field}".lower(), f"tls.{field}", without, {"tls": base["tls"] | {field: value}})


def _pool(row: str, value: Any) -> IstiodCase:
    layer, field = row.split(".")
    return _policy(
        f"pool-{layer}-{field}".lower(), f"connectionPool.{row}", {"connectionPool": {layer: {field: value}}}
    )


def _outlier(field: str, value: Any, *, row: str | None = None) -> IstiodCase:
    return _policy(f"outlier-{field}".lower(), row or f"outlierDetection.{field}", {"outlierDetection": {field: value}})


def _mutual(field: str, value: Any) -> IstiodCase:
    """Fields beside ISTIO_MUTUAL."""

    def made(place: Place, more: dict[str, Any]) -> list[Manifest]:
        return [rule(place, {"tls": {"mode": "ISTIO_MUTUAL"} | more})]

    return IstiodCase(
        f"sent-tls-{field}".lower(),
        (f"{_POLICY}.tls.{field}",),
        lambda place: made(place, {field: value}),
        lambda place: made(place, {}),
    )


def _server(kind: str, name: str, row: str, spec: dict[str, Any]) -> IstiodCase:
    return IstiodCase(
        f"sent-{name}", (f"{kind}.{row}",), lambda place: [manifest(kind, place.host, place, spec)], lambda _: [],
        labels={"app": "asked"}, server=True,
    )  # fmt: skip


def _client(kind: str, name: str, row: str, spec: dict[str, Any]) -> IstiodCase:
    return IstiodCase(
        f"sent-{name}",
        (f"{kind}.{row}",),
        lambda place: [manifest(kind, place.host, place, spec)],
        lambda _: [],
        labels={"app": "asked"},
    )


_SELECT = {"selector": {"matchLabels": {"app": "asked"}}}
_KEYS = {"issuer": "https://issuer.example"}
_JWT = {"issuer": "https://issuer.example", "jwks": '{"keys":[]}'}


def _jwt(field: str, value: Any) -> IstiodCase:
    return _server(
        "RequestAuthentication",
        f"jwt-{field.lower()}",
        f"jwtRules.{field}",
        _SELECT | {"jwtRules": [_JWT | {field: value}]},
    )


_WASM = {"url": "oci://registry.example/filter:1"}
_TARGET = {"group": "", "kind": "Service", "name": "asked"}


def _whole(kind: str, name: str, rows: tuple[str, ...], spec: dict[str, Any]) -> IstiodCase:
    """Several fields of one object, which as a whole changes nothing."""
    return IstiodCase(
        f"sent-{name}", tuple(f"{kind}.{row}" for row in rows),
        lambda place: [manifest(kind, place.host, place, spec)], lambda _: [], labels={"app": "asked"}, server=True,
    )  # fmt: skip


def _route(kind: str, name: str, row: str, spec: Any, without: Any = None) -> IstiodCase:
    """A route of the Gateway API, with a field and without, or not there at all."""

    def made(place: Place, more: dict[str, Any]) -> Manifest:
        parent = {"parentRefs": [{"group": "", "kind": "Service", "name": place.host, "port": 7070}]}
        backends = {"rules": [{"backendRefs": [{"name": place.host, "port": 7070}]}]}
        return manifest(kind, place.host, place, parent | backends | more)

    return IstiodCase(
        f"sent-{name}", (f"{kind}.{row}",), lambda place: [made(place, spec)],
        (lambda _: []) if without is None else lambda place: [made(place, without)],
    )  # fmt: skip


def _sidecar(
    name: str, row: str, given: Any, without: Any, *, beside: tuple[str, ...] = (), silent: bool = False
) -> IstiodCase:
    """Two workloads, each with a Sidecar of its own."""

    def made(place: Place, spec: Any) -> list[Manifest]:
        whole = {"workloadSelector": {"labels": {"app": place.host}}} | spec(place)
        return [manifest("Sidecar", place.host, place, whole)]

    return IstiodCase(
        f"sent-sidecar-{name}", (f"Sidecar.{row}",), lambda place: made(place, given),
        lambda place: made(place, without), beside=beside, silent=silent,
    )  # fmt: skip


def _egress(**more: Any) -> Any:
    """Everything may be called, with more fields of the egress listener."""
    return lambda _: {"egress": [{"hosts": ["*/*"]} | more]}


def _own_only(place: Place) -> dict[str, Any]:
    return {"egress": [{"hosts": [f"./{place.full}"]}]}


_BACKEND = "backend.matrix-sent.svc.cluster.local"
_FILTER = {
    "workloadSelector": {"labels": {"app": "asked"}},
    "configPatches": [
        {
            "applyTo": "CLUSTER",
            "match": {"context": "SIDECAR_OUTBOUND"},
            "patch": {"operation": "MERGE", "value": {"connect_timeout": "3s"}},
        }
    ],
}

CASES: tuple[IstiodCase, ...] = (
    _pool("tcp.maxConnections", 1),
    _pool("tcp.connectTimeout", "1s"),
    _pool("tcp.tcpKeepalive", {"probes": 3, "time": "10s"}),
    _pool("tcp.maxConnectionDuration", "10s"),
    _pool("tcp.idleTimeout", "10s"),
    _pool("http.http1MaxPendingRequests", 1),
    _pool("http.maxRequestsPerConnection", 1),
    _pool("http.maxRetries", 1),
    _pool("http.idleTimeout", "5s"),
    _pool("http.h2UpgradePolicy", "UPGRADE"),
    _pool("http.useClientProtocol", True),
    _pool("http.maxConcurrentStreams", 1),
    _outlier("consecutive5xxErrors", 1),
    _outlier("consecutiveGatewayErrors", 1),
    _outlier("consecutiveLocalOriginFailures", 1),
    _outlier("interval", "1s"),
    _outlier("baseEjectionTime", "1s"),
    _outlier("maxEjectionPercent", 100),
    _outlier("splitExternalLocalOriginErrors", True),
    _policy("outlier", "outlierDetection", {"outlierDetection": {"consecutive5xxErrors": 2, "interval": "5s"}}),
    _policy(
        "warmup", "loadBalancer.warmup", {"loadBalancer": {"simple": "ROUND_ROBIN", "warmup": {"duration": "60s"}}}
    ),
    _policy(
        "warmup-old",
        "loadBalancer.warmupDurationSecs",
        {"loadBalancer": {"simple": "ROUND_ROBIN", "warmupDurationSecs": "60s"}},
    ),
    _policy("proxy-protocol", "proxyProtocol", {"proxyProtocol": {"version": "V2"}}),
    _policy("retry-budget", "retryBudget", {"retryBudget": {"percent": 20, "minRetryConcurrency": 2}}),
    _policy("tunnel", "tunnel", {"tunnel": {"targetHost": "x.example.com", "targetPort": 443}}),
    _mutual("sni", "other.example.com"),
    _mutual("subjectAltNames", ["spiffe://cluster.local/ns/other/sa/nobody"]),
    _mutual("insecureSkipVerify", True),
    _mutual("credentialName", "secret"),
    _server("RequestAuthentication", "jwt", "jwtRules", _SELECT | {"jwtRules": [_JWT]}),
    _server("RequestAuthentication", "jwt-issuer", "jwtRules.issuer", _SELECT | {"jwtRules": [_JWT]}),
    _jwt("audiences", ["a"]),
    _jwt("jwks", '{"keys":[]}'),
    _jwt("fromHeaders", [{"name": "x-jwt"}]),
    _jwt("fromParams", ["token"]),
    _jwt("fromCookies", ["token"]),
    _jwt("outputPayloadToHeader", "x-payload"),
    _jwt("outputClaimToHeaders", [{"header": "x-claim", "claim": "group"}]),
    _jwt("forwardOriginalToken", True),
    _jwt("timeout", "1s"),
    _server("RequestAuthentication", "jwt-selector", "selector", _SELECT | {"jwtRules": [_JWT]}),
    _server(
        "Telemetry", "telemetry-metrics", "metrics", _SELECT | {"metrics": [{"providers": [{"name": "prometheus"}]}]}
    ),
    _server("Telemetry", "telemetry-tracing", "tracing", _SELECT | {"tracing": [{"randomSamplingPercentage": 100}]}),
    _server(
        "Telemetry", "telemetry-log", "accessLogging", _SELECT | {"accessLogging": [{"providers": [{"name": "envoy"}]}]}
    ),
    _server("RequestAuthentication", "jwt-uri", "jwtRules.jwksUri", _SELECT | {"jwtRules": [_KEYS | {"jwksUri": "https://issuer.example/keys"}]}),
    _server("RequestAuthentication", "jwt-uri-old", "jwtRules.jwks_uri", _SELECT | {"jwtRules": [_KEYS | {"jwks_uri": "https://issuer.example/keys"}]}),
    _jwt("spaceDelimitedClaims", ["scope"]),
    _whole("RequestAuthentication", "jwt-target", ("targetRef",), {"targetRef": _TARGET, "jwtRules": [_JWT]}),
    _whole("RequestAuthentication", "jwt-targets", ("targetRefs",), {"targetRefs": [_TARGET], "jwtRules": [_JWT]}),
    _whole("AuthorizationPolicy", "authz-target", ("targetRef",), {"targetRef": _TARGET, "action": "DENY", "rules": [{}]}),
    _whole("AuthorizationPolicy", "authz-targets", ("targetRefs",), {"targetRefs": [_TARGET], "action": "DENY", "rules": [{}]}),
    _whole("Telemetry", "telemetry-selector", ("selector",), _SELECT | {"metrics": [{"providers": [{"name": "prometheus"}]}]}),
    _whole("Telemetry", "telemetry-target", ("targetRef",), {"targetRef": _TARGET, "accessLogging": [{"providers": [{"name": "envoy"}]}]}),
    _whole("Telemetry", "telemetry-targets", ("targetRefs",), {"targetRefs": [_TARGET], "accessLogging": [{"providers": [{"name": "envoy"}]}]}),
    _whole("WasmPlugin", "wasm-full",
           ("sha256", "imagePullPolicy", "imagePullSecret", "verificationKey", "pluginConfig", "pluginName", "phase",
            "priority", "failStrategy", "vmConfig", "match", "type", "selector"),
           _SELECT | _WASM | {
               "sha256": "0" * 64, "imagePullPolicy": "Always", "imagePullSecret": "pull", "verificationKey": "key",
               "pluginConfig": {"key": "value"}, "pluginName": "name", "phase": "STATS", "priority": 10,
               "failStrategy": "FAIL_OPEN", "vmConfig": {"env": [{"name": "A", "value": "b"}]},
               "match": [{"mode": "SERVER", "ports": [{"number": 17070}]}], "type": "HTTP"}),
    _whole("WasmPlugin", "wasm-auth", ("phase.auth",), _SELECT | _WASM | {"phase": "AUTHN"}),
    _whole("WasmPlugin", "wasm-target", ("targetRef",), _WASM | {"targetRef": _TARGET}),
    _whole("WasmPlugin", "wasm-targets", ("targetRefs",), _WASM | {"targetRefs": [_TARGET]}),
    _whole("TrafficExtension", "extension-wasm", ("wasm", "match", "phase", "priority", "selector"),
           _SELECT | {"wasm": _WASM, "phase": "STATS", "priority": 1, "match": [{"mode": "SERVER", "ports": [{"number": 17070}]}]}),
    _whole("TrafficExtension", "extension-auth", ("phase.auth",), _SELECT | {"wasm": _WASM, "phase": "AUTHZ"}),
    _whole("TrafficExtension", "extension-lua", ("lua",), _SELECT | {"lua": {"inlineCode": "function envoy_on_request(handle) end"}}),
    _whole("TrafficExtension", "extension-targets", ("targetRefs",), {"wasm": _WASM, "targetRefs": [_TARGET]}),
    _whole("Gateway", "gateway-servers", ("servers",), {
        "selector": {"app": "asked"},
        "servers": [{"port": {"number": 17070, "name": "grpc", "protocol": "GRPC"}, "hosts": ["*"]}]}),
    _policy("pool-http-keepalive", "connectionPool.http.http2KeepAlive", {"connectionPool": {"http": {"http2KeepAlive": {"interval": "10s", "timeout": "5s"}}}}),
    _outlier("consecutiveErrors", 1),
    _outlier("outlierDetectionHttpErrorCodes", [503]),
    _simple("clientCertificate", "/etc/b.pem"),
    _simple("privateKey", "/etc/b.key"),
    _simple("caCertificates", "/etc/ca.pem"),
    _simple("caCrl", "/etc/crl.pem"),
    _route("GRPCRoute", "grpc-hostnames", "hostnames", {"hostnames": ["other.example.com"]}, {}),
    _route("GRPCRoute", "grpc-gateway", "parentRefs.gateway", {"parentRefs": [{"kind": "Gateway", "name": "front"}]}),
    _route("HTTPRoute", "http-hostnames", "hostnames", {"hostnames": ["other.example.com"]}, {}),
    _route("TCPRoute", "tcp-route", "spec", {}),
    _route("TLSRoute", "tls-route", "spec", {"hostnames": ["other.example.com"]}),
    _sidecar("hosts", "egress.hosts", _own_only, _egress(), beside=(_BACKEND,)),
    IstiodCase(
        "sent-sidecar-selector", ("Sidecar.workloadSelector",),
        lambda place: [manifest("Sidecar", place.host, place, {"workloadSelector": {"labels": {"app": place.host}}} | _own_only(place))],
        lambda place: [manifest("Sidecar", place.host, place, {"workloadSelector": {"labels": {"app": "another"}}} | _own_only(place))],
        beside=(_BACKEND,),
    ),
    _sidecar("port", "egress.port", _egress(port={"number": 9999, "name": "grpc", "protocol": "GRPC"}), _egress(), silent=True),
    _sidecar("bind", "egress.bind", _egress(bind="127.0.0.1", port={"number": 7070, "name": "grpc", "protocol": "GRPC"}),
             _egress(port={"number": 7070, "name": "grpc", "protocol": "GRPC"})),
    _sidecar("capture", "egress.captureMode", _egress(captureMode="NONE"), _egress()),
    _sidecar("outbound", "outboundTrafficPolicy.mode", lambda _: {"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}}, lambda _: {"outboundTrafficPolicy": {"mode": "ALLOW_ANY"}}),
    _sidecar("egress-proxy", "outboundTrafficPolicy.egressProxy",
             lambda _: {"outboundTrafficPolicy": {"mode": "ALLOW_ANY", "egressProxy": {"host": "proxy.matrix.svc.cluster.local", "port": {"number": 80}}}},
             lambda _: {"outboundTrafficPolicy": {"mode": "ALLOW_ANY"}}),
    _whole("Sidecar", "sidecar-ingress", ("ingress",), {
        "workloadSelector": {"labels": {"app": "asked"}},
        "ingress": [{"port": {"number": 17070, "name": "grpc", "protocol": "GRPC"}, "defaultEndpoint": "127.0.0.1:9999"}]}),
    _whole("Sidecar", "sidecar-ingress-tls", ("ingress.tls",), {
        "workloadSelector": {"labels": {"app": "asked"}},
        "ingress": [{"port": {"number": 17070, "name": "grpc", "protocol": "GRPC"}, "defaultEndpoint": "127.0.0.1:17070",
                     "tls": {"mode": "SIMPLE", "serverCertificate": "/etc/a.pem", "privateKey": "/etc/a.key"}}]}),
    _whole("Sidecar", "sidecar-pool", ("inboundConnectionPool",), {
        "workloadSelector": {"labels": {"app": "asked"}}, "inboundConnectionPool": {"http": {"http2MaxRequests": 1}}}),
    _whole("EnvoyFilter", "filter-priority", ("priority",), _FILTER | {"priority": 10}),
    _whole("EnvoyFilter", "filter-targets", ("targetRefs",), {"targetRefs": [_TARGET], "configPatches": _FILTER["configPatches"]}),
    _server("EnvoyFilter", "filter-server", "workloadSelector", _FILTER),
    _client("EnvoyFilter", "filter", "configPatches", _FILTER),
    _server("WasmPlugin", "wasm", "url", _SELECT | {"url": "oci://registry.example/filter:1"}),
    _server(
        "AuthorizationPolicy",
        "authz-custom",
        "action.CUSTOM",
        _SELECT | {"action": "CUSTOM", "provider": {"name": "x"}, "rules": [{}]},
    ),
    _server("AuthorizationPolicy", "authz-selector", "selector", _SELECT | {"action": "DENY", "rules": [{}]}),
    _server("AuthorizationPolicy", "authz-audit", "action.AUDIT", _SELECT | {"action": "AUDIT", "rules": [{}]}),
)  # fmt: skip
