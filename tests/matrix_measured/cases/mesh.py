"""MeshConfig: fields of the whole mesh, put into istiod's ConfigMap one after another."""

from collections.abc import Callable
from typing import Any

from matrix_measured.case import IstiodCase, Manifest, Place, manifest

ROOT = "matrix-root"
"""A namespace that is the mesh's root in one case."""


def _none(_: Place) -> list[Manifest]:
    return []


def _mesh(
    field: str, value: Any, *, objects: Callable[[Place], list[Manifest]] = _none, restart: bool = False
) -> IstiodCase:
    name = f"mesh-{field}".lower()
    return IstiodCase(name, (f"MeshConfig.{field}",), objects, _none, mesh={field: value}, restart=restart)


def _of_root(place: Place) -> list[Manifest]:
    """A policy that holds for the whole mesh where its namespace is the root."""
    spec = {"action": "DENY", "rules": [{"to": [{"operation": {"paths": ["/root"]}}]}]}
    return [manifest("AuthorizationPolicy", "root", Place(place.host, ROOT, place.run), spec)]


_PROVIDER = {"name": "collector", "opentelemetry": {"service": "collector.matrix.svc.cluster.local", "port": 4317}}

CASES = (
    _mesh("defaultHttpRetryPolicy", {"retryOn": "internal"}),
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
    _mesh("defaultVirtualServiceExportTo", ["."], restart=True),
    _mesh("rootNamespace", ROOT, objects=_of_root, restart=True),
)
