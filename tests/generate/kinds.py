"""Fields of our own kinds in ``docs/kinds.md``, read from their definitions."""

from collections.abc import Iterator
from typing import Any

from generate.block import replaced
from proxyless.model.crd_definition import DEFINITIONS, definition
from proxyless.model.kinds import INNER, KINDS, OWN_KINDS

_DEPTH = 4
"""Levels of ``spec`` that get lines of their own."""


def page(before: str) -> str:
    """The page with its tables up to date."""
    text = replaced(before, "kinds", "\n\n".join(_section(kind) for kind in DEFINITIONS))
    return replaced(text, "table", "\n".join(_table()))


def _table() -> Iterator[str]:
    """What is done with kinds of others, from the table of kinds."""
    yield "| kind | version | read by | checked on apply | gets conditions | needed |"
    yield "|---|---|---|---|---|---|"
    for name, kind in KINDS.items():
        if name in OWN_KINDS or name in INNER:
            continue
        read = "operator, webhook, commands" if kind.watched else "commands" if kind.listed else "files alone"
        answers = (kind.validated, kind.conditions and kind.watched, not kind.optional)
        words = " | ".join("yes" if answer else "-" for answer in answers)
        yield f"| {name} | `{kind.group}/{kind.version}` | {read} | {words} |".replace("`/", "`")


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
