"""Collects all keys of an object; the engine skips rules that look for none of them."""

from typing import Any

_HOLDERS = (dict, list)


def keys_of(body: dict[str, Any]) -> set[str]:
    """All keys in an object, at any depth."""
    found: set[str] = set()
    try:
        _add_keys(body, found)
    except RecursionError:  # it holds itself, or is no object that anyone wrote
        return _keys_of_odd(body)
    return found


def _add_keys(value: dict[str, Any], found: set[str]) -> None:
    found.update(value)
    for child in value.values():
        if type(child) is str:  # as most are
            continue
        if isinstance(child, dict):
            _add_keys(child, found)
        elif isinstance(child, list):
            _add_keys_of_items(child, found)


def _add_keys_of_items(value: list[Any], found: set[str]) -> None:
    for child in value:
        if isinstance(child, dict):
            _add_keys(child, found)
        elif isinstance(child, list):
            _add_keys_of_items(child, found)


def _keys_of_odd(body: dict[str, Any]) -> set[str]:
    """The same without recursion, each part once: takes twice as long."""
    found: set[str] = set()
    seen: set[int] = set()
    waiting: list[Any] = [body]
    for value in waiting:  # grows while it is walked
        if not isinstance(value, _HOLDERS) or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, dict):
            found.update(value)
            waiting.extend(value.values())
        else:
            waiting.extend(value)
    return found
