"""Extracts Istio's settings from the objects that hold them: ConfigMaps (a text inside), IstioOperators, Helm values of the chart istiod.

Called by ``manifests`` for files and by ``listing`` for a cluster. Makes objects of the kinds ``MeshConfig`` and
``InjectorConfig`` (``mesh.istio_settings``), named after the ConfigMaps that Istio reads, so that a file takes the place of
what the cluster has. Does no I/O and never raises on input.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from proxyless.errors import InputError
from proxyless.mesh.istio_settings import INJECTOR_CONFIG, MESH_CONFIG
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Origin, Ref, Resource, mapping
from proxyless.yamltext.error import YamlError
from proxyless.yamltext.load import load

NAMESPACE = "istio-system"
MAPS = {MESH_CONFIG: ("istio", "mesh"), INJECTOR_CONFIG: ("istio-sidecar-injector", "values")}
"""Name of the default revision's ConfigMap, and the key in it."""

_DISTINCT = frozenset(
    [
        "defaultConfig",
        "rootNamespace",
        "trustDomain",
        "discoverySelectors",
        "extensionProviders",
        "enableAutoMtls",
        "enablePrometheusMerge",
        "outboundTrafficPolicy",
        "inboundTrafficPolicy",
        "meshMTLS",
        "defaultProviders",
        "localityLbSetting",
    ]
)
"""Fields of a MeshConfig that other files do not have at their top."""
_MESH_FIELDS = _DISTINCT | frozenset(
    [
        "proxyListenPort",
        "proxyInboundListenPort",
        "proxyHttpPort",
        "connectTimeout",
        "tcpKeepalive",
        "ingressClass",
        "ingressService",
        "ingressControllerMode",
        "ingressSelector",
        "enableTracing",
        "accessLogFile",
        "accessLogFormat",
        "accessLogEncoding",
        "enableEnvoyAccessLogService",
        "disableEnvoyListenerLog",
        "configSources",
        "trustDomainAliases",
        "caCertificates",
        "defaultServiceExportTo",
        "defaultVirtualServiceExportTo",
        "defaultDestinationRuleExportTo",
        "dnsRefreshRate",
        "h2UpgradePolicy",
        "inboundClusterStatName",
        "outboundClusterStatName",
        "certificates",
        "thriftConfig",
        "serviceSettings",
        "verifyCertificateAtClient",
        "ca",
        "pathNormalization",
        "defaultHttpRetryPolicy",
        "tlsDefaults",
        "protocolDetectionTimeout",
    ]
)
"""Its other fields (``mesh/v1alpha1/config.proto``)."""


class IstioObjects(NamedTuple):
    """What an object holds."""

    resources: tuple[Resource, ...] = ()
    problems: tuple[InputError, ...] = ()


def map_name(kind: str, revision: str = "") -> str:
    """Name of the ConfigMap of a revision."""
    return MAPS[kind][0] + (f"-{revision}" if revision not in ("", "default") else "")


def settings_in(body: Mapping[str, Any], namespace: str, origin: Origin | None = None) -> IstioObjects:
    """The settings in an object, none where it holds none.

    Args:
        body: a ConfigMap, an IstioOperator, or Helm values.
        namespace: the ConfigMap's, or the one of Istio where the others name none.
        origin: where the object stands.
    """
    if body.get("kind") == "ConfigMap":
        return _in_map(body, namespace, origin)
    if body.get("kind") == "IstioOperator":
        return IstioObjects(tuple(_in_operator(mapping(body.get("spec")), origin)))
    if _MESH_FIELDS.issuperset(body) and not _DISTINCT.isdisjoint(body):  # as istioctl takes it by --meshConfigFile
        return IstioObjects(tuple(_in_values({}, body, (), (), origin)))
    if "meshConfig" not in body:
        return IstioObjects()
    return IstioObjects(tuple(_in_values(body, mapping(body.get("meshConfig")), (), ("meshConfig",), origin)))


def _in_map(body: Mapping[str, Any], namespace: str, origin: Origin | None) -> IstioObjects:
    metadata, data = mapping(body.get("metadata")), mapping(body.get("data"))
    name = str(metadata.get("name"))
    for kind, (usual, key) in MAPS.items():
        text = data.get(key)
        if not isinstance(text, str) or not (name == usual or name.startswith(f"{usual}-")):
            continue
        where = f"{origin.file}" if origin else f"ConfigMap {namespace}/{name}"
        try:
            value = load(text)
        except YamlError as error:
            told = f"{key} of ConfigMap {namespace}/{name} is not YAML, at its line {error.line + 1}: {error.message}"
            return IstioObjects(problems=(InputError(told, where=where, line=origin.line if origin else 0),))
        if value is not None and not isinstance(value, dict):
            told = f"{key} of ConfigMap {namespace}/{name}: expected a mapping, as Istio writes it"
            return IstioObjects(problems=(InputError(told, where=where, line=origin.line if origin else 0),))
        made = {**(value or {}), "metadata": {**metadata, "namespace": namespace}}
        return IstioObjects((_made(Ref(kind, namespace, name), made, origin, ("data", key)),))
    return IstioObjects()


def _in_operator(spec: dict[str, Any], origin: Origin | None) -> Iterator[Resource]:
    values = dict(mapping(spec.get("values")))
    above = {key: spec[key] for key in ("hub", "tag") if key in spec}
    if above:
        values["global"] = {**above, **mapping(values.get("global"))}
    if spec.get("revision"):
        values["revision"] = spec["revision"]
    mesh = {**mapping(values.get("meshConfig")), **mapping(spec.get("meshConfig"))}
    yield from _in_values(values, mesh, ("spec", "values"), ("spec", "meshConfig"), origin)


def _in_values(
    values: Mapping[str, Any], mesh: Mapping[str, Any], path: FieldPath, mesh_path: FieldPath, origin: Origin | None
) -> Iterator[Resource]:
    """Both kinds out of Helm values; the mesh's where there is any."""
    general = mapping(values.get("global"))
    namespace = str(general.get("istioNamespace") or NAMESPACE)
    revision = str(values.get("revision") or "")
    for kind, body, inside in ((MESH_CONFIG, mesh, mesh_path), (INJECTOR_CONFIG, values, path)):
        if body:
            name = map_name(kind, revision)
            made = {**body, "metadata": {"name": name, "namespace": namespace}}
            yield _made(Ref(kind, namespace, name), made, origin, inside)


def _made(ref: Ref, body: dict[str, Any], origin: Origin | None, inside: FieldPath) -> Resource:
    return Resource(ref, body, origin._replace(inside=inside) if origin else None)
