"""Writes values as YAML or JSON: inline in braces, or as lines of block style. Used by ``splices``. Pure.

Words are written plainly where YAML 1.1 and 1.2 both read them as text, else in quotes.
"""

import json
from typing import Any

from proxyless.model.pattern import pattern

_PLAIN = pattern(r"[A-Za-z/](?:[\w./:-]*[\w/])?\Z")
_OTHER = pattern(r"(?:y|n|yes|no|on|off|true|false|null)\Z")
_BLOCK = pattern(r"[^\s][^\n]*\n(?:[^\n]*[^\s]\n|\n)*(?:[^\n]*[^\s]\n?)\Z")
"""Several lines that a block holds as they are: without blanks at the start of the first or at the end of any."""


def word(text: str, style: str | None = None, *, strict_json: bool = False) -> str:
    """A text as a scalar on one line.

    Args:
        text: what it says.
        style: quotes of what stood there before, ``'`` or ``"``, which are kept; None: as few as can be.
        strict_json: whether it must be in double quotes.
    """
    if strict_json or style == '"':
        return json.dumps(text, ensure_ascii=False)
    single = text.isprintable() and "'" not in text
    if style == "'" and single:
        return f"'{text}'"
    if _PLAIN.match(text) and not _OTHER.match(text.lower()):
        return text
    return f"'{text}'" if single and '"' in text else json.dumps(text, ensure_ascii=False)


def inline(value: Any, style: str | None = None, *, strict_json: bool = False) -> str:
    """A value on one line, mappings and lists in brackets."""
    if isinstance(value, str):
        return word(value, style, strict_json=strict_json)
    if isinstance(value, dict):
        pairs = (
            f"{word(key, strict_json=strict_json)}: {inline(item, strict_json=strict_json)}"
            for key, item in value.items()
        )
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(inline(item, strict_json=strict_json) for item in value)}]"
    return json.dumps(value)


def entry_lines(key: str, value: Any) -> list[str]:
    """A key with its value in block style, without indentation."""
    name = word(key)
    if isinstance(value, dict) and value:
        return [f"{name}:", *(f"  {line}" for line in mapping_lines(value))]
    if isinstance(value, list) and value:
        return [f"{name}:", *(line for item in value for line in item_lines(item))]
    if isinstance(value, str) and _BLOCK.match(value):
        head, lines = literal(value)
        return [f"{name}: {head}", *(f"  {line}" for line in lines)]
    return [f"{name}: {inline(value)}"]


def mapping_lines(value: dict[str, Any]) -> list[str]:
    """The entries of a mapping in block style."""
    return [line for key, item in value.items() for line in entry_lines(key, item)]


def item_lines(value: Any) -> list[str]:
    """A list item in block style, with its dash."""
    lines = mapping_lines(value) if isinstance(value, dict) and value else [inline(value)]
    return [f"{'  ' if number else '- '}{line}" for number, line in enumerate(lines)]


def literal(text: str) -> tuple[str, list[str]]:
    """A text of several lines as a block: its head, and its lines."""
    head = "|" if text.endswith("\n") else "|-"
    return head, text.removesuffix("\n").split("\n")
