"""Finds pod templates in objects of kinds that proxyless does not know. Called by ``manifests``; decides nothing of what it finds."""

from collections.abc import Iterator
from typing import Any

from proxyless.model.path import FieldPath
from proxyless.model.resource import mapping

_DEEP = 4
"""How deep below ``spec`` operators of batch and machine learning keep their templates: ``spec.replicatedJobs[0].template``."""


def pod_templates(spec: Any) -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    """What may be a pod template, with the field that holds it: mappings whose key has ``template`` in it."""
    yield from _below(spec, ("spec",))


def _below(value: Any, path: FieldPath) -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if not isinstance(item, dict | list):
            continue
        place = (*path, key if isinstance(key, int) else str(key))
        if isinstance(item, dict) and isinstance(key, str) and "template" in key.lower():
            yield place, item
            inner = mapping(item.get("spec")).get("template")  # as a CronJob has it
            if isinstance(inner, dict):
                yield place, inner
        if len(path) < _DEEP:
            yield from _below(item, place)
