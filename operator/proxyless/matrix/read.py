"""Turns plain values (YAML, JSON) into typed rows, by the annotations of the row types in ``rows``.

``build`` reads the source with ``strict=True``, which refuses whatever the annotations do not allow. ``table`` reads the
compiled form, which passed that, without checking again.
"""

import re
from collections.abc import Callable, Mapping
from enum import EnumMeta
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, cast, get_args, get_origin

from proxyless.errors import MatrixError, ProxylessError
from proxyless.model.version import Span, Version

Row = TypeVar("Row")
Convert = Callable[[Any], Any]
_PLAIN = (str, bool)


@cache
def span(text: str) -> Span:
    """A range of releases; the same few are used by many rows."""
    return Span.parse(text)


def reader(row: type[Row], *, strict: bool = False) -> Callable[[Mapping[str, Any]], Row]:
    """A function that makes a row of a mapping, with the defaults of the row type for keys that are absent.

    Args:
        row: a NamedTuple whose annotations say what each key may hold.
        strict: refuse unknown and missing keys and values that an annotation does not allow, with a MatrixError that
            names the key.
    """
    converts = {name: _convert(kind, strict) for name, kind in row.__annotations__.items()}
    changed = tuple((name, convert) for name, convert in converts.items() if convert is not None)

    def read(data: Mapping[str, Any]) -> Row:
        return row(**{**data, **{name: convert(data[name]) for name, convert in changed if name in data}})

    return _checked(row, converts) if strict else read


def _checked(row: type[Row], converts: Mapping[str, Convert | None]) -> Callable[[Mapping[str, Any]], Row]:
    required = converts.keys() - cast("Any", row)._field_defaults  # the public name of a NamedTuple's defaults

    def read(data: Mapping[str, Any]) -> Row:
        _keys_and_values(data)
        if wrong := sorted(map(str, data.keys() - converts.keys())):
            raise MatrixError(f"unknown key {', '.join(wrong)}")
        if missing := sorted(required - data.keys()):
            raise MatrixError(f"{', '.join(missing)} missing")
        return row(**{name: _at(name, converts[name], value) for name, value in data.items()})

    return read


def _at(place: str, convert: Convert | None, value: Any) -> Any:
    try:
        return value if convert is None else convert(value)
    except ProxylessError as error:
        raise MatrixError(f"{place}: {error}") from error


def _convert(kind: Any, strict: bool) -> Convert | None:
    """How a value of one annotation is read; None: as it is."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _matching(inner[1]) if strict else _convert(inner[0], strict)
    if origin is UnionType and NoneType in inner:
        return _optional(_convert(inner[0], strict))
    if origin in (tuple, frozenset):
        return _many(origin, _convert(inner[0], strict), strict)
    if origin is Mapping or origin is dict:
        return _mapping(_convert(inner[0], strict), _convert(inner[1], strict), strict)
    if isinstance(kind, EnumMeta) or origin is Literal:
        known = {item.name.lower(): item for item in kind} if origin is None else {item: item for item in inner}
        return _one_of(known)
    if kind in (Span, Version):
        return _release(span if kind is Span else Version.parse, strict)
    if hasattr(kind, "_fields"):
        return reader(kind, strict=strict)
    return _instance(kind) if strict and kind in _PLAIN else None


def _matching(pattern: str) -> Convert:
    fits = re.compile(pattern, re.DOTALL).fullmatch

    def convert(value: Any) -> Any:
        if not isinstance(value, str) or not fits(value):
            raise MatrixError(f"{value!r} does not match {pattern}")
        return value

    return convert


def _instance(kind: type) -> Convert:
    def convert(value: Any) -> Any:
        if type(value) is not kind:
            raise MatrixError(f"expected {kind.__name__}, not {value!r}")
        return value

    return convert


def _optional(convert: Convert | None) -> Convert | None:
    return None if convert is None else lambda value: None if value is None else convert(value)


def _many(made: type, convert: Convert | None, strict: bool) -> Convert:
    def read(value: Any) -> Any:
        if strict and not isinstance(value, list):
            raise MatrixError(f"expected a list, not {value!r}")
        return made(value if convert is None else map(convert, value))

    return read


def _mapping(key: Convert | None, item: Convert | None, strict: bool) -> Convert:
    def read(value: Any) -> Any:
        if strict:
            _keys_and_values(value)
        return {
            name if key is None else key(name): found if item is None else item(found) for name, found in value.items()
        }

    return read


def _keys_and_values(value: Any) -> None:
    if not isinstance(value, dict):
        raise MatrixError(f"expected keys and values, not {value!r}")


def _one_of(known: Mapping[Any, Any]) -> Convert:
    def convert(value: Any) -> Any:
        try:
            return known[value]
        except (KeyError, TypeError):
            raise MatrixError(f"{value!r} is none of {', '.join(map(str, known))}") from None

    return convert


def _release(parse: Convert, strict: bool) -> Convert:
    def convert(value: Any) -> Any:
        if not isinstance(value, str):
            raise MatrixError(f"a release in quotes, not {value!r}")
        return parse(value)

    return convert if strict else parse
