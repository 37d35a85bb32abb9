"""Environment of a container: literal values, references, and what ``envFrom`` brings, each with the field that says it.

References to ConfigMaps are followed where those are known (files that were given); Secrets and fields of the pod never are.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from proxyless.mesh.pod.pod import Container, Pod, text_of
from proxyless.mesh.pod.source import Source
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import kept, mapping, sequence


class Variable(NamedTuple):
    """One environment variable of a container."""

    name: str
    value: str | None
    """None: it is taken from where this reading cannot look; the empty text where ``env`` gives none."""
    entry: FieldPath
    """Path of its entry in the pod: the item of ``env`` or of ``envFrom``."""
    position: int = -1
    """Index in ``env``; -1 for those of ``envFrom``."""
    source: Source = Source("pod")
    """Where the value stands: in the entry, or in a ConfigMap."""

    @property
    def path(self) -> FieldPath:
        """Where a finding about the value points: to the value if it is literal, else to the entry."""
        return (*self.entry, "value") if self.position >= 0 and self.source.path[-1:] == ("value",) else self.entry


@kept
def variables(container: Container) -> tuple[Variable, ...]:
    """All variables whose names are known, in the order in which the kubelet sets them: a later one of a name wins."""
    return (*_from_maps(container), *_listed(container))


@kept
def environment(container: Container) -> Mapping[str, Variable]:
    """The variables by name, as the application sees them."""
    return {item.name: item for item in variables(container)}


def variable(container: Container, name: str) -> Variable | None:
    """One variable, None where no entry names it."""
    return environment(container).get(name)


def may_have_others(container: Container) -> bool:
    """Whether ``envFrom`` may bring variables whose names are not known."""
    return any(_data(container, entry) is None for entry in sequence(container.raw.get("envFrom")))


def refers_to_maps(pod: Pod) -> bool:
    """Whether a container or volume of the pod names a ConfigMap, so that more could be known of it."""
    if any("configMap" in volume or "projected" in volume for volume in pod.volumes):
        return True
    return any(
        "envFrom" in item.raw or any("valueFrom" in entry for entry in item.env)
        for item in (*pod.apps, *pod.init_containers)
    )


def _listed(container: Container) -> Iterator[Variable]:
    for index, raw in enumerate(sequence(container.raw.get("env"))):
        name = text_of(mapping(raw).get("name"))
        if not name:
            continue
        entry: FieldPath = (*container.path, "env", index)
        if raw.get("value") or raw.get("valueFrom") is None:
            value = text_of(raw.get("value")) or ""
            yield Variable(name, value, entry, index, Source("pod", (*entry, "value")))
            continue
        wanted = mapping(mapping(raw["valueFrom"]).get("configMapKeyRef"))
        found = _of_map(container, wanted)
        key = str(wanted.get("key"))
        if found is not None and text_of(found.get(key)) is not None:
            where = Source("configmap", ("data", key), str(wanted["name"]))
            yield Variable(name, text_of(found[key]), entry, index, where)
        else:
            yield Variable(name, None, entry, index, Source("pod", entry))


def _from_maps(container: Container) -> Iterator[Variable]:
    for index, raw in enumerate(sequence(container.raw.get("envFrom"))):
        data = _data(container, raw)
        prefix = text_of(mapping(raw).get("prefix")) or ""
        for key, value in (data or {}).items():
            source = Source("configmap", ("data", str(key)), str(mapping(mapping(raw).get("configMapRef")).get("name")))
            yield Variable(f"{prefix}{key}", text_of(value), (*container.path, "envFrom", index), -1, source)


def _data(container: Container, entry: object) -> Mapping[str, Any] | None:
    """The ConfigMap that an item of ``envFrom`` names, None where it is not known."""
    return _of_map(container, mapping(mapping(entry).get("configMapRef")))


def _of_map(container: Container, reference: Mapping[str, Any]) -> Mapping[str, Any] | None:
    name = reference.get("name")
    return container.pod.maps(name) if container.pod.maps is not None and isinstance(name, str) else None
