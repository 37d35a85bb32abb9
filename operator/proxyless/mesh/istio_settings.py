"""Settings of the mesh that Istio's own ConfigMaps hold, under the names of our settings. Pure.

Two kinds hold them, which no API server serves: ``MeshConfig`` (key ``mesh`` of the ConfigMap ``istio``) and
``InjectorConfig`` (Istio's Helm values, key ``values`` of the ConfigMap ``istio-sidecar-injector``). ``adapters.istio_text``
makes them from ConfigMaps, IstioOperators and Helm values; ``adapters.policies`` lays ProxylessMesh over what they say, and
a rule tells where the two contradict. A value of a wrong type counts as not said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from proxyless.errors import InputError
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, Resource, mapping
from proxyless.model.version import Version

MESH_CONFIG = "MeshConfig"
INJECTOR_CONFIG = "InjectorConfig"

PROXY_DEFAULTS: Mapping[str, Any] = {
    "configPath": "./etc/istio/proxy",
    "binaryPath": "/usr/local/bin/envoy",
    "drainDuration": "45s",
    "terminationDrainDuration": "5s",
    "proxyAdminPort": 15000,
    "controlPlaneAuthPolicy": "MUTUAL_TLS",
    "serviceCluster": "istio-proxy",
    "statNameLength": 189,
    "statusPort": 15020,
}
"""Istio's own defaults of a ProxyConfig, which it leaves out of what it gives to agents (``pkg/config/mesh``)."""
_ELSEWHERE = ("discoveryAddress", "proxyMetadata", "statusPort")
"""Fields of a ProxyConfig that are settings of their own here."""
_VARIANTS = ("distroless", "debug")


class SettingValue(NamedTuple):
    """One value, and where in the body it stands."""

    value: Any
    path: FieldPath


class _Field(NamedTuple):
    name: str
    kind: type
    path: tuple[str, ...]


_GLOBAL = ("global",)
_PROXY = ("global", "proxy")
_WEBHOOK = ("sidecarInjectorWebhook",)
_OF_MESH = (
    _Field("root_namespace", str, ("rootNamespace",)),
    _Field("trust_domain", str, ("trustDomain",)),
    _Field("prometheus_merge", bool, ("enablePrometheusMerge",)),
    _Field("hold_default", bool, ("defaultConfig", "holdApplicationUntilProxyStarts")),
    _Field("discovery_address", str, ("defaultConfig", "discoveryAddress")),
    _Field("status_port", int, ("defaultConfig", "statusPort")),
)
_OF_INJECTOR = (
    _Field("revision", str, ("revision",)),
    _Field("istio_namespace", str, (*_GLOBAL, "istioNamespace")),
    _Field("cluster_domain", str, (*_PROXY, "clusterDomain")),
    _Field("trust_domain", str, (*_GLOBAL, "trustDomain")),
    _Field("cluster_id", str, (*_GLOBAL, "multiCluster", "clusterName")),
    _Field("mesh_id", str, (*_GLOBAL, "meshID")),
    _Field("network", str, (*_GLOBAL, "network")),
    _Field("ca_address", str, (*_GLOBAL, "caAddress")),
    _Field("pilot_cert_provider", str, (*_GLOBAL, "pilotCertProvider")),
    _Field("token_audience", str, (*_GLOBAL, "sds", "token", "aud")),
    _Field("sts_port", int, (*_GLOBAL, "sts", "servicePort")),
    _Field("mount_mtls_certs", bool, (*_GLOBAL, "mountMtlsCerts")),
    _Field("log_as_json", bool, (*_GLOBAL, "logAsJson")),
    _Field("agent_log_level", str, (*_GLOBAL, "logging", "level")),
    _Field("image_pull_policy", str, (*_GLOBAL, "imagePullPolicy")),
    _Field("proxy_log_level", str, (*_PROXY, "logLevel")),
    _Field("component_log_level", str, (*_PROXY, "componentLogLevel")),
    _Field("resources", dict, (*_PROXY, "resources")),
    _Field("status_port", int, (*_PROXY, "statusPort")),
    _Field("readiness_initial_delay", int, (*_PROXY, "readinessInitialDelaySeconds")),
    _Field("readiness_period", int, (*_PROXY, "readinessPeriodSeconds")),
    _Field("readiness_failure_threshold", int, (*_PROXY, "readinessFailureThreshold")),
    _Field("startup_failure_threshold", int, (*_PROXY, "startupProbe", "failureThreshold")),
    _Field("hold_default", bool, (*_PROXY, "holdApplicationUntilProxyStarts")),
    _Field("istio_injects_by_default", bool, (*_WEBHOOK, "enableNamespacesByDefault")),
    _Field("injected_annotations", dict, (*_WEBHOOK, "injectedAnnotations")),
)


def of_mesh(body: Mapping[str, Any]) -> dict[str, SettingValue]:
    """What a MeshConfig says. ``proxy_config`` is its ``defaultConfig`` without Istio's own defaults."""
    found = dict(_fields(body, _OF_MESH))
    if mapping(body.get("inboundTrafficPolicy")).get("mode") == "LOCALHOST":
        found["inbound_localhost"] = SettingValue(True, ("inboundTrafficPolicy", "mode"))
    default = mapping(body.get("defaultConfig"))
    config = {key: value for key, value in default.items() if PROXY_DEFAULTS.get(key, _ELSEWHERE) != value}
    config = {key: value for key, value in config.items() if key not in _ELSEWHERE}
    if config:
        found["proxy_config"] = SettingValue(config, ("defaultConfig",))
    kind = mapping(default.get("image")).get("imageType")
    if isinstance(kind, str) and kind:
        found["image_type"] = SettingValue(kind, ("defaultConfig", "image", "imageType"))
    selectors = body.get("discoverySelectors")
    if isinstance(selectors, list) and selectors:
        found["discovery"] = SettingValue(tuple(selectors), ("discoverySelectors",))
    metadata = mapping(default.get("proxyMetadata"))
    if metadata:
        words = {str(key): _word(value) for key, value in metadata.items()}
        found["proxy_metadata"] = SettingValue(words, ("defaultConfig", "proxyMetadata"))
    return found


def of_injector(body: Mapping[str, Any]) -> dict[str, SettingValue]:
    """What the injector's values say. ``image`` is put together as the injector does; ``version`` is that of its tag."""
    found = dict(_fields(body, _OF_INJECTOR))
    values = mapping(body.get("global"))
    hub, tag = values.get("hub"), values.get("tag")
    name = mapping(values.get("proxy")).get("image") or "proxyv2"
    if isinstance(name, str) and "/" in name:
        found["image"] = SettingValue(name, (*_PROXY, "image"))
    elif isinstance(hub, str) and hub and isinstance(tag, str | int | float) and str(tag):
        found["image"] = SettingValue(
            _image(hub, str(name), str(tag), str(values.get("variant") or "")), (*_GLOBAL, "tag")
        )
    version = _version(str(tag or ""))
    if version:
        found["version"] = SettingValue(version, (*_GLOBAL, "tag"))
    secrets = values.get("imagePullSecrets")
    if isinstance(secrets, list) and secrets and all(isinstance(item, str) for item in secrets):
        found["image_pull_secrets"] = SettingValue(tuple(secrets), (*_GLOBAL, "imagePullSecrets"))
    return found


def settings_of(
    seen: Callable[[str], Sequence[Resource]], namespace: str = "", revision: str = ""
) -> tuple[Resource | None, Resource | None]:
    """The MeshConfig and the InjectorConfig of a revision; where there is but one of a kind, that one.

    Args:
        seen: all objects of a kind.
        namespace: Istio's own; empty: its usual one.
        revision: empty: the default one.
    """
    suffix = f"-{revision}" if revision not in ("", "default") else ""
    found: list[Resource | None] = []
    for kind, name in ((MESH_CONFIG, "istio"), (INJECTOR_CONFIG, "istio-sidecar-injector")):
        items = seen(kind)
        wanted = Ref(kind, namespace or "istio-system", name + suffix)
        named = next((item for item in items if item.ref == wanted), None)
        found.append(named or (items[0] if len(items) == 1 else None))
    return found[0], found[1]


def _fields(body: Mapping[str, Any], fields: tuple[_Field, ...]) -> Iterator[tuple[str, SettingValue]]:
    for field in fields:
        value: object = body
        for step in field.path:
            value = mapping(value).get(step)
        if type(value) is field.kind and value not in ("", {}):
            yield field.name, SettingValue(value, field.path)


def _image(hub: str, name: str, tag: str, variant: str) -> str:
    plain = tag
    for known in _VARIANTS:
        plain = plain.removesuffix(f"-{known}")
    return f"{hub}/{name}:{f'{plain}-{variant}' if variant in _VARIANTS else tag}"


def _version(tag: str) -> str:
    """The release that a tag names, as in ``1.31.0-distroless``; empty for tags such as ``latest``."""
    try:
        return str(Version.parse(tag)) if "." in tag else ""
    except InputError:
        return ""


def _word(value: object) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
