"""Whether a pod has the types that the API gives it: asked by the webhook before it reads or patches one.

The linter does not ask: it reads templates of any shape, and what has a wrong type reads there as absent.
"""

from typing import Any

from proxyless.model.path import FieldPath, show


class MalformedPod(ValueError):  # noqa: N818  what the pod is, as the reason given to its author says
    """The pod is not shaped like a pod; the text names the field."""


def check_shape(pod: object) -> dict[str, Any]:
    """The pod itself, where every field that injection reads has the type that the API gives it.

    Raises:
        Malformed: one has another type, with its path.
    """
    raw = _mapping(pod, ())
    metadata = _mapping(raw.get("metadata"), ("metadata",))
    spec = raw.get("spec")
    if not isinstance(spec, dict):
        raise MalformedPod(f"spec is {_kind(spec)}, a pod's has containers")
    if not _containers(spec, "containers"):
        raise MalformedPod("spec.containers is empty")
    for key in ("name", "generateName"):
        _text(metadata, key, ("metadata",))
    for key in ("labels", "annotations"):
        _texts(metadata.get(key), ("metadata", key))
    _items(metadata.get("ownerReferences"), ("metadata", "ownerReferences"), "")
    _containers(spec, "initContainers")
    _items(spec.get("volumes"), ("spec", "volumes"), "name")
    _items(spec.get("imagePullSecrets"), ("spec", "imagePullSecrets"), "")
    return raw


def _containers(spec: dict[str, Any], key: str) -> list[dict[str, Any]]:
    path: FieldPath = ("spec", key)
    found = _items(spec.get(key), path, "name")
    for index, raw in enumerate(found):
        here = (*path, index)
        for words in ("command", "args"):
            _words(raw.get(words), (*here, words))
        for position, entry in enumerate(_items(raw.get("env"), (*here, "env"), "name")):
            _text(entry, "value", (*here, "env", position))
        _items(raw.get("volumeMounts"), (*here, "volumeMounts"), "mountPath")
        _items(raw.get("ports"), (*here, "ports"), "")
    return found


def _items(value: object, path: FieldPath, key: str) -> list[dict[str, Any]]:
    """A list of mappings, each with text under ``key`` (where one is given)."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedPod(f"{show(path)} is {_kind(value)}, a list was expected")
    for index, item in enumerate(value):
        if not isinstance(item, dict):
            raise MalformedPod(f"{show((*path, index))} is {_kind(item)}, a mapping was expected")
        if key and not isinstance(item.get(key), str):
            raise MalformedPod(f"{show((*path, index, key))} is {_kind(item.get(key))}, text was expected")
    return value


def _words(value: object, path: FieldPath) -> None:
    if value is not None and (not isinstance(value, list) or not all(isinstance(item, str) for item in value)):
        raise MalformedPod(f"{show(path)} is {_kind(value)}, a list of text was expected")


def _mapping(value: object, path: FieldPath) -> dict[str, Any]:
    if value is None and path:
        return {}
    if not isinstance(value, dict):
        raise MalformedPod(f"{show(path) or 'the pod'} is {_kind(value)}, a mapping was expected")
    return value


def _texts(value: object, path: FieldPath) -> None:
    for key, item in _mapping(value, path).items():
        if not isinstance(key, str):
            raise MalformedPod(f"{show(path)} has the key {key!r}, which is no text; put it in quotes")
        if not isinstance(item, str):
            raise MalformedPod(f"{show((*path, key))} is {_kind(item)}, text was expected; put it in quotes")


def _text(holder: dict[str, Any], key: str, path: FieldPath) -> None:
    value = holder.get(key)
    if value is not None and not isinstance(value, str):
        raise MalformedPod(f"{show((*path, key))} is {_kind(value)}, text was expected; put it in quotes")


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
