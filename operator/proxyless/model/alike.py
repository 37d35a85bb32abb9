"""Compares answers from before and after a change, in depth: objects are equal where their Refs are, which does not tell whether they changed.

Used by ``model.reads``. In doubt two answers differ.
"""

from collections.abc import Mapping
from typing import Any

from proxyless.model.resource import Ref


def alike(one: Any, other: Any, changed: frozenset[Ref]) -> bool:
    """Whether two answers say the same.

    Args:
        one: the older.
        other: the newer.
        changed: objects that say something else now; an answer that holds one of them is another.
    """
    if isinstance(one, tuple | list):
        return (
            type(one) is type(other)
            and len(one) == len(other)
            and all(alike(mine, its, changed) for mine, its in zip(one, other, strict=True))
        )
    if isinstance(one, Mapping):
        return (
            isinstance(other, Mapping)
            and list(one) == list(other)
            and all(alike(value, other[key], changed) for key, value in one.items())
        )
    if isinstance(one, set | frozenset):
        return one == other and not any(_holds(item, changed) for item in one)
    ref = getattr(one, "ref", None)
    if isinstance(ref, Ref):
        return ref == getattr(other, "ref", None) and ref not in changed
    return one is other or (type(one) is type(other) and bool(one == other))


def _holds(value: Any, changed: frozenset[Ref]) -> bool:
    """Whether one of the objects is in an entry of a set."""
    if isinstance(value, tuple):
        return any(_holds(item, changed) for item in value)
    ref = getattr(value, "ref", None)
    return isinstance(ref, Ref) and ref in changed
