"""A pod as injection reads it: the raw dict, checked once, so that nothing after it needs to ask for types.

Made by ``pod.inject`` and ``decide.decide``. It holds references into the caller's pod and never changes them.
"""

from dataclasses import dataclass
from typing import Any

from proxyless.inject import keys
from proxyless.model.path import FieldPath, show

Item = dict[str, Any]
"""A container, volume, variable or port, as the API writes it."""


class Malformed(ValueError):  # noqa: N818  what the pod is, as the reason given to its author says
    """The pod is not shaped like a pod; the text names the field. Never leaves this package."""


@dataclass(frozen=True, slots=True)
class Container:
    """A container and where it stands in its list."""

    index: int
    name: str
    raw: Item
    env: list[Item]
    mounts: list[Item]
    ports: list[Item]
    words: list[str]
    """Command and arguments."""


@dataclass(frozen=True, slots=True)
class PodView:
    """The parts of a pod that injection reads. Missing and null lists read as empty."""

    raw: Item
    name: str
    generate_name: str
    labels: dict[str, str]
    annotations: dict[str, str]
    owners: list[Item]
    spec: Item
    containers: tuple[Container, ...]
    apps: tuple[Container, ...]
    """Containers of the application: all but the agent's."""
    init_containers: tuple[Container, ...]
    volumes: list[Item]
    pull_secrets: list[Item]

    @property
    def runs_to_completion(self) -> bool:
        """Whether the pod is to end by itself, as those of Jobs do."""
        if self.spec.get("restartPolicy") in ("Never", "OnFailure"):
            return True
        return any(owner.get("kind") == "Job" for owner in self.owners)

    def agents(self) -> list[tuple[str, Container]]:
        """Containers ``istio-proxy``, each with the list that it stands in."""
        return [
            (key, item)
            for key, items in (("containers", self.containers), ("initContainers", self.init_containers))
            for item in items
            if item.name == keys.AGENT
        ]

    def agent(self) -> tuple[str, Container] | None:
        """The first of them, None where there is none. No pod that is injected has two."""
        return next(iter(self.agents()), None)


def view(pod: object) -> PodView:
    """Reads a pod.

    Raises:
        Malformed: a field that injection needs has another type than the API gives it.
    """
    raw = _mapping(pod, ())
    metadata = _mapping(raw.get("metadata"), ("metadata",))
    spec = raw.get("spec")
    if not isinstance(spec, dict):
        raise Malformed(f"spec is {_kind(spec)}, a pod's has containers")
    containers = _containers(spec, "containers")
    if not containers:
        raise Malformed("spec.containers is empty")
    return PodView(
        raw,
        _text(metadata, "name", ("metadata",)),
        _text(metadata, "generateName", ("metadata",)),
        _texts(metadata.get("labels"), ("metadata", "labels")),
        _texts(metadata.get("annotations"), ("metadata", "annotations")),
        _items(metadata.get("ownerReferences"), ("metadata", "ownerReferences"), ""),
        spec,
        containers,
        tuple(item for item in containers if item.name != keys.AGENT),
        _containers(spec, "initContainers"),
        _items(spec.get("volumes"), ("spec", "volumes"), "name"),
        _items(spec.get("imagePullSecrets"), ("spec", "imagePullSecrets"), ""),
    )


def _containers(spec: Item, key: str) -> tuple[Container, ...]:
    path: FieldPath = ("spec", key)
    found = []
    for index, raw in enumerate(_items(spec.get(key), path, "name")):
        here = (*path, index)
        words = _words(raw.get("command"), (*here, "command")) + _words(raw.get("args"), (*here, "args"))
        env = _items(raw.get("env"), (*here, "env"), "name")
        for position, entry in enumerate(env):
            _text(entry, "value", (*here, "env", position))
        found.append(
            Container(
                index,
                raw["name"],
                raw,
                env,
                _items(raw.get("volumeMounts"), (*here, "volumeMounts"), "mountPath"),
                _items(raw.get("ports"), (*here, "ports"), ""),
                words,
            )
        )
    return tuple(found)


def _items(value: object, path: FieldPath, key: str) -> list[Item]:
    """A list of mappings, each with text under ``key`` (where one is given)."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"{show(path)} is {_kind(value)}, a list was expected")
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            raise Malformed(f"{show((*path, index))} is {_kind(item)}, a mapping was expected")
        if key and not isinstance(item.get(key), str):
            raise Malformed(f"{show((*path, index, key))} is {_kind(item.get(key))}, text was expected")
    return value


def _words(value: object, path: FieldPath) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Malformed(f"{show(path)} is {_kind(value)}, a list of text was expected")
    return value


def _mapping(value: object, path: FieldPath) -> Item:
    if value is None and path:
        return {}
    if not isinstance(value, dict):
        raise Malformed(f"{show(path) or 'the pod'} is {_kind(value)}, a mapping was expected")
    return value


def _texts(value: object, path: FieldPath) -> dict[str, str]:
    found = _mapping(value, path)
    for key, item in found.items():
        if not isinstance(key, str):
            raise Malformed(f"{show(path)} has the key {key!r}, which is no text; put it in quotes")
        if not isinstance(item, str):
            raise Malformed(f"{show((*path, key))} is {_kind(item)}, text was expected; put it in quotes")
    return found


def _text(holder: Item, key: str, path: FieldPath) -> str:
    value = holder.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"{show((*path, key))} is {_kind(value)}, text was expected; put it in quotes")
    return value


def _kind(value: object) -> str:
    """The JSON name of a value's type."""
    if value is None:
        return "missing or null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "something else"
