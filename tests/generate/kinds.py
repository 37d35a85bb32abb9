"""Fields of our own kinds in ``docs/kinds.md``, read from their definitions."""

from collections.abc import Iterator
from typing import Any

from generate.block import replaced
from proxyless.model.crd_definition import KINDS, definition

_DEPTH = 4
"""Levels of ``spec`` that get lines of their own."""


def page(before: str) -> str:
    """The page with its tables up to date."""
    return replaced(before, "kinds", "\n\n".join(_section(kind) for kind in KINDS))


def _section(kind: str) -> str:
    schema = definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    lines = [f"### {kind}", schema["description"], "", "| field of `spec` | type | meaning |", "|---|---|---|"]
    lines += _rows(schema["properties"]["spec"], "", _DEPTH)
    return "\n".join(lines)


def _rows(node: dict[str, Any], path: str, depth: int) -> Iterator[str]:
    for name, field in node.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        inner = field.get("items", field)
        yield f"| `{here}{'[]' if 'items' in field else ''}` | {_type(field)} | {field.get('description', '')} |"
        if depth and "properties" in inner:
            yield from _rows(inner, here + ("[]" if "items" in field else ""), depth - 1)


def _type(field: dict[str, Any]) -> str:
    if "items" in field:
        return "list"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"])
    if "additionalProperties" in field:
        return "map"
    return str(field["type"])
