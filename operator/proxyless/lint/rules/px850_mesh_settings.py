"""PX850: a ProxylessMesh says of Istio what Istio's own settings contradict."""

from collections.abc import Iterator, Mapping
from typing import Any

from proxyless.errors import InputError
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.istio_settings import of_injector, of_mesh, settings_of
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.path import FieldPath, get, show
from proxyless.model.resource import Resource, mapping
from proxyless.model.version import Span, Version

_FACTS: Mapping[str, FieldPath] = {
    "version": ("spec", "istio", "version"),
    "root_namespace": ("spec", "istio", "rootNamespace"),
    "trust_domain": ("spec", "istio", "trustDomain"),
    "cluster_domain": ("spec", "istio", "clusterDomain"),
    "hold_default": ("spec", "istio", "holdDefault"),
    "cluster_id": ("spec", "injection", "clusterID"),
    "mesh_id": ("spec", "injection", "meshID"),
    "network": ("spec", "injection", "network"),
}
"""Where a ProxylessMesh states a fact. What it may choose by itself, as the agent's image, cannot contradict."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per fact that differs."""
    istio = mapping(subject.spec.get("istio"))
    mesh, injector = settings_of(world.seen, str(istio.get("namespace") or ""), str(istio.get("revision") or ""))
    for item, said in (
        (mesh, of_mesh(mesh.body) if mesh else {}),
        (injector, of_injector(injector.body) if injector else {}),
    ):
        for name, path in _FACTS.items():
            ours = get(subject.body, path)
            if item is None or name not in said or ours is None or _agree(name, ours, said[name].value):
                continue
            if item is injector and mesh is not None and name in of_mesh(mesh.body):
                continue  # the mesh's word counts for Istio, too
            theirs = said[name]
            message = (
                f"{path[-1]} is {_shown(ours)} here and {_shown(theirs.value)} for Istio ({item.ref}, {show(theirs.path)}): "
                "findings and injected pods go by this object, istiod by its own."
            )
            yield Hit(
                path,
                message,
                f"Take {show(path)} out, then Istio's own value is used; or correct it.",
                related=(item.ref,),
                fix=drop(path),
            )


def _agree(name: str, ours: Any, theirs: Any) -> bool:
    if name != "version":
        return bool(ours == theirs)
    try:
        mine = Version.parse(str(ours))
        return Version.parse(str(theirs)) in Span(mine, mine)
    except InputError:
        return True  # the object is refused for that


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


RULE = Rule(
    code="PX850",
    slug="mesh-settings",
    summary="A ProxylessMesh contradicts what Istio's own ConfigMaps say of the mesh.",
    severity=Severity.WARNING,
    kinds=("ProxylessMesh",),
    check=check,
    remedy="Take the field out, then Istio's own value is used; or correct it.",
    evidence=("Istio's ConfigMaps istio and istio-sidecar-injector, which istiod reads itself",),
    reads=("MeshConfig", "InjectorConfig"),
    fixes=("unsafe",),
)
