"""Effective settings of the mesh by precedence, each with its source: ProxylessMesh, then Istio's ConfigMaps, then the defaults.

Called by ``adapters.policies``; the controller shows the result in the status of the ProxylessMesh.
"""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from proxyless.inject.image_type import of_type
from proxyless.inject.setting_checks import wrong
from proxyless.inject.settings import InjectionSettings
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.mesh.istio_settings import SettingValue, of_injector, of_mesh, settings_of
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot

if TYPE_CHECKING:
    from proxyless.model.crd import MeshSpec

_OURS = "ProxylessMesh default"
_NATIVE = {"auto": None, "always": True, "never": False}
_SHOWN = (
    ("version", "istio.version"),
    ("revision", "istio.revision"),
    ("istio_namespace", "istio.namespace"),
    ("root_namespace", "istio.rootNamespace"),
    ("trust_domain", "istio.trustDomain"),
    ("cluster_domain", "istio.clusterDomain"),
    ("hold_default", "istio.holdDefault"),
    ("image", "injection.image"),
    ("resources", "injection.resources"),
    ("discovery_address", "injection.discoveryAddress"),
    ("ca_address", "injection.caAddress"),
    ("cluster_id", "injection.clusterID"),
    ("mesh_id", "injection.meshID"),
    ("network", "injection.network"),
    ("proxy_metadata", "meshConfig.defaultConfig.proxyMetadata"),
)
"""Names of settings, and how the status calls them: as the ProxylessMesh does where it has the field."""


class EffectiveSetting(NamedTuple):
    """The value of one setting, and where it was set."""

    value: Any
    source: str


class Unusable(NamedTuple):
    """A value in Istio's own settings that is left out, since the API server would refuse every pod that gets it."""

    ref: Ref
    message: str


def settings_with_sources(
    snapshot: Snapshot, mesh: "MeshSpec | None"
) -> tuple[dict[str, EffectiveSetting], tuple[Unusable, ...]]:
    """Settings of the mesh by name, with the source of each, and values that are not used. Unset ones are absent."""
    ours = dict(_of_ours(mesh))
    namespace, revision = (ours[name].value if name in ours else "" for name in ("istio_namespace", "revision"))
    mesh_config, injector = settings_of(snapshot.of_kind, namespace, revision)
    found: dict[str, EffectiveSetting] = {}
    unusable: list[Unusable] = []
    if injector is not None:
        found |= _sourced(injector, of_injector(injector.body), unusable)
    if mesh_config is not None:
        found |= _sourced(mesh_config, of_mesh(mesh_config.body), unusable)
    if "image_type" in found and "image" in found:
        image = found["image"]
        found["image"] = image._replace(value=of_type(image.value, found["image_type"].value))
    return found | ours, tuple(unusable)


def shown_settings(settings: Mapping[str, EffectiveSetting]) -> list[dict[str, str]]:
    """The most important settings for the status of the ProxylessMesh: name, value and source; unset ones with their default."""
    defaults = {
        **MeshSettings()._asdict(),
        **{name: getattr(InjectionSettings(), name) for name in InjectionSettings.__dataclass_fields__},
    }
    lines = []
    for name, shown in _SHOWN:
        item = settings.get(name) or EffectiveSetting(defaults.get(name), "default")
        if item.value not in (None, "", {}):
            value = item.value if isinstance(item.value, str) else json.dumps(item.value, sort_keys=True)
            lines.append({"name": shown, "value": value[:1024], "source": item.source})
    return lines


def _of_ours(mesh: "MeshSpec | None") -> Iterator[tuple[str, EffectiveSetting]]:
    if mesh is None:
        return
    istio = mesh.istio.model_dump(exclude_none=True) if mesh.istio is not None else {}
    if "namespace" in istio:
        istio["istio_namespace"] = istio.pop("namespace")
    injection = mesh.injection.model_dump(exclude_none=True) if mesh.injection is not None else {}
    if "native_sidecar" in injection:
        injection["native_sidecar"] = _NATIVE[injection["native_sidecar"]]
    for name, value in {**istio, **injection}.items():
        yield name, EffectiveSetting(value, _OURS)


def _sourced(item: Resource, said: Mapping[str, SettingValue], unusable: list[Unusable]) -> dict[str, EffectiveSetting]:
    source = item.origin.file if item.origin else f"ConfigMap {item.namespace}/{item.name}"
    found = {}
    for name, one in said.items():
        if reason := wrong(name, one.value):
            unusable.append(Unusable(item.ref, f"{source}: {'.'.join(map(str, one.path))} is not used: {reason}"))
        else:
            found[name] = EffectiveSetting(one.value, source)
    return found
