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
_JWT = {"issuer": "https://issuer.example", "jwks": '{"keys":[]}'}


def _jwt(field: str, value: Any) -> IstiodCase:
    return _server(
        "RequestAuthentication",
        f"jwt-{field.lower()}",
        f"jwtRules.{field}",
        _SELECT | {"jwtRules": [_JWT | {field: value}]},
    )


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
    _server("EnvoyFilter", "filter-server", "workloadSelector", _FILTER),
    _client("EnvoyFilter", "filter", "configPatches", _FILTER),
    _server("WasmPlugin", "wasm", "url", _SELECT | {"url": "oci://registry.example/filter:1"}),
    _server(
        "AuthorizationPolicy",
        "authz-custom",
        "action.CUSTOM",
        _SELECT | {"action": "CUSTOM", "provider": {"name": "x"}, "rules": [{}]},
    ),
    _server("AuthorizationPolicy", "authz-audit", "action.AUDIT", _SELECT | {"action": "AUDIT", "rules": [{}]}),
)
