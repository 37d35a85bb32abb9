"""Fixes: what a finding's remedy comes to as changes of the object that it is about. Values, and how they act on values.

Declared by rules with their hits, written into the text of files by ``yamltext.edit``, told to kubectl by
``report.kubectl_patch``. Knows nothing of text.
"""

from typing import Any

from proxyless.model.path import FieldPath, Step, show
from proxyless.model.record import NamedTuple


class NotThere(Exception):  # noqa: N818  says what is the case; callers word it
    """A change does not fit the object: the field that it is about is not there, or of another type."""


class Put(NamedTuple):
    """Writes a field, in place of another value or as a new one; mappings that lead to it are made, and a list takes one
    more item at its end.
    """

    path: FieldPath
    value: Any


class Drop(NamedTuple):
    """Takes a field or a list item out, and with it each mapping or list that it leaves empty, up to the object's top."""

    path: FieldPath


class Rename(NamedTuple):
    """Gives a key another name; its value and its place stay."""

    path: FieldPath
    key: str


FieldEdit = Put | Drop | Rename


class Fix(NamedTuple):
    """What to change so that the finding is gone."""

    changes: tuple[FieldEdit, ...]
    safe: bool = False
    """True: what the author wrote stays meant, and takes effect. False: something written is given up, or what pods serve or
    clients send becomes another; somebody should look at it."""


def put(path: FieldPath, value: Any, *, safe: bool = False) -> Fix:
    """A fix that writes one field."""
    return Fix((Put(path, value),), safe)


def drop(path: FieldPath, *, safe: bool = False) -> Fix:
    """A fix that takes one field out."""
    return Fix((Drop(path),), safe)


def rename(path: FieldPath, key: str, *, safe: bool = False) -> Fix:
    """A fix that gives one key another name."""
    return Fix((Rename(path, key),), safe)


def changed(body: Any, changes: tuple[FieldEdit, ...]) -> Any:
    """The object after the changes; the one given is left as it is.

    Raises:
        NotThere: a change does not fit.
    """
    for change in changes:
        match change:
            case Put(path, value):
                body = _put(body, path, value, change)
            case Drop(path):
                body = _dropped(body, emptied(body, path), change)
            case Rename(path, key):
                body = _renamed(body, path, key, change)
    return body


def emptied(body: Any, path: FieldPath) -> FieldPath:
    """What has to go with a field: the outermost parent that it would leave empty, below the object's top; else the field.

    An item of a list stays as an empty one, since an item more or less can mean something else; of a list whose last item
    goes nothing is left.
    """
    while len(path) > 2:  # noqa: PLR2004  the top of an object, as ``spec``, and one below it
        parent = _at(body, path[:-1])
        if not isinstance(parent, dict | list) or len(parent) != 1 or isinstance(path[-2], int):
            break
        path = path[:-1]
    return path


def _at(body: Any, path: FieldPath) -> Any:
    for step in path:
        if not _has(body, step):
            return None
        body = body[step]
    return body


def _has(holder: Any, step: Step) -> bool:
    if isinstance(step, int):
        return isinstance(holder, list) and 0 <= step < len(holder)
    return isinstance(holder, dict) and step in holder


def _put(holder: Any, path: FieldPath, value: Any, change: FieldEdit) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = holder if isinstance(holder, list) else [] if holder is None else None
        if items is None or step > len(items):
            raise _not_there(change)
        inner = items[step] if step < len(items) else None
        return [*items[:step], _put(inner, rest, value, change), *items[step + 1 :]]
    if holder is not None and not isinstance(holder, dict):
        raise _not_there(change)
    known = holder or {}
    return {**known, step: _put(known.get(step), rest, value, change)}


def _dropped(holder: Any, path: FieldPath, change: FieldEdit) -> Any:
    step, rest = path[0], path[1:]
    if not _has(holder, step):
        raise _not_there(change)
    if rest:
        return _with(holder, step, _dropped(holder[step], rest, change))
    if isinstance(holder, list):
        return [item for index, item in enumerate(holder) if index != step]
    return {key: item for key, item in holder.items() if key != step}


def _renamed(holder: Any, path: FieldPath, key: str, change: FieldEdit) -> Any:
    step, rest = path[0], path[1:]
    if not _has(holder, step) or (not rest and (not isinstance(holder, dict) or key in holder)):
        raise _not_there(change)
    if rest:
        return _with(holder, step, _renamed(holder[step], rest, key, change))
    return {key if known == step else known: item for known, item in holder.items()}


def _with(holder: Any, step: Step, value: Any) -> Any:
    if isinstance(holder, list):
        return [value if index == step else item for index, item in enumerate(holder)]
    return {**holder, step: value}


def _not_there(change: FieldEdit) -> NotThere:
    return NotThere(f"{show(change.path)} is not there, or not as expected")
