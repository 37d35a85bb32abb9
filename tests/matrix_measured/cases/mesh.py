"""MeshConfig: fields of the whole mesh, put into istiod's ConfigMap one after another."""

from typing import Any

from matrix_measured.case import IstiodCase


def _mesh(field: str, value: Any) -> IstiodCase:
    return IstiodCase(
        f"mesh-{field}".lower(), (f"MeshConfig.{field}",), lambda _: [], lambda _: [], mesh={field: value}
    )


_PROVIDER = {"name": "collector", "opentelemetry": {"service": "collector.matrix.svc.cluster.local", "port": 4317}}

CASES = (
    _mesh("defaultInboundHttpRetryPolicy", {"attempts": 5}),
    _mesh("outboundTrafficPolicy", {"mode": "REGISTRY_ONLY"}),
    _mesh("inboundTrafficPolicy", {"mode": "LOCALHOST"}),
    _mesh("defaultTrafficPolicy", {"connectionPool": {"http": {"http2MaxRequests": 7}}}),
    _mesh("connectTimeout", "3s"),
    _mesh("tcpKeepalive", {"probes": 3, "time": "10s"}),
    _mesh("h2UpgradePolicy", "UPGRADE"),
    _mesh("pathNormalization", {"normalization": "MERGE_SLASHES"}),
    _mesh("tlsDefaults", {"minProtocolVersion": "TLSV1_3"}),
    _mesh("meshMTLS", {"minProtocolVersion": "TLSV1_3"}),
    _mesh("extensionProviders", [_PROVIDER]),
    _mesh("defaultProviders", {"accessLogging": ["envoy"]}),
    _mesh("accessLogFile", "/dev/stdout"),
    _mesh("enableTracing", True),
    _mesh("discoverySelectors", [{"matchLabels": {"kubernetes.io/metadata.name": "matrix-bare"}}]),
    _mesh("defaultServiceExportTo", ["."]),
    _mesh("defaultDestinationRuleExportTo", ["."]),
)
