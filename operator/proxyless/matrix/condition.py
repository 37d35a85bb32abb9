"""Conditions of rows and effects, compiled from data to functions. The vocabulary is closed; ``check`` refuses other words.

A value that is absent is None, and null in YAML is absent: every test fails on it but ``absent``, ``empty: true`` and a
list of allowed values that names null. Called by ``paths`` and ``query``; ``check`` by ``build``.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from proxyless.errors import MatrixError
from proxyless.model.pattern import pattern

Test = Callable[[Any, Any, Any, Any], bool]
"""(value, its key or index, the mapping that holds it, the whole object) -> holds."""

UNSEEN: Any = object()
"""In place of a mapping or object that the asker did not give; tests of neighbors then answer as ``assume`` says."""


def compiled(data: Any, *, assume: bool = True) -> Test:
    """A condition as one function.

    Args:
        data: one set of tests that must all hold, or a list of sets of which one must.
        assume: what tests of neighbors answer where the object is not known.
    """
    if isinstance(data, list):
        choices = tuple(_all(item, assume) for item in data)
        return lambda value, key, parent, body: any(test(value, key, parent, body) for test in choices)
    return _all(data, assume)


def holds_without(data: Any) -> bool:
    """Whether a condition can hold for a field that is not there, neighbors aside."""
    alone = [
        {name: wanted for name, wanted in item.items() if name not in ("beside", "object")}
        for item in (data if isinstance(data, list) else [data])
    ]
    return any(tests and _all(tests, True)(None, "", UNSEEN, UNSEEN) for tests in alone)


def check(data: Any) -> None:
    """Refuses data that is no condition, before :func:`compiled` is ever asked.

    Raises:
        MatrixError: an unknown test, one that wants another value, or none at all, which would always hold.
    """
    for item in data if isinstance(data, list) and data else [data]:
        if not isinstance(item, dict) or not item:
            raise MatrixError(f"when: {item!r} has no test, so it always holds; leave it out")
        for name, wanted in item.items():
            _check_one(name, wanted)


def _check_one(name: str, wanted: Any) -> None:
    if name in _NEIGHBORS and isinstance(wanted, dict) and wanted:
        for inner in wanted.values():
            check(inner)
        return
    try:
        known = name in _VALUE_TESTS or name in _PATTERNS
        fits = bool(re.compile(wanted)) if name in _PATTERNS else known and _WANTS.get(name, _anything)(wanted)
    except (re.error, TypeError) as error:
        raise MatrixError(f"when: {name}: {wanted!r} is no pattern: {error}") from error
    if not fits:
        raise MatrixError(f"when: {name}: {wanted!r} is no test known here")


def _anything(_wanted: Any) -> bool:
    return True


def _all(data: Mapping[str, Any], assume: bool) -> Test:
    tests = tuple(_one(name, wanted, assume) for name, wanted in data.items())
    if len(tests) == 1:
        return tests[0]
    return lambda value, key, parent, body: all(test(value, key, parent, body) for test in tests)


def _one(name: str, wanted: Any, assume: bool) -> Test:
    if name in _PATTERNS:
        return _pattern(name, wanted)
    if name in _NEIGHBORS:
        return _neighbors(name, wanted, assume)
    value_test = _VALUE_TESTS[name]
    return lambda value, _key, _parent, _body: value_test(value, wanted)


def _pattern(name: str, wanted: str) -> Test:
    """A pattern is compiled when the first value asks for it, and kept by ``re``: most runs meet few of those fields."""
    if name == "key":
        return lambda _value, key, _parent, _body: isinstance(key, str) and re.search(wanted, key) is not None
    negated = name == "not_regex"

    def test(value: Any, _key: Any, _parent: Any, _body: Any) -> bool:
        if value is None or isinstance(value, (dict, list)):
            return False
        return (re.search(wanted, _text(value)) is None) is negated

    return test


def _neighbors(name: str, wanted: Mapping[str, Any], assume: bool) -> Test:
    tests = tuple((tuple(path.split(".")), compiled(item, assume=assume)) for path, item in wanted.items())

    def test(value: Any, _key: Any, parent: Any, body: Any) -> bool:
        base = value if name == "where" else parent if name == "beside" else body
        if base is UNSEEN:
            return assume
        if not isinstance(base, dict):
            return False
        return all(check(at(base, path), path[-1], base, body) for path, check in tests)

    return test


def at(base: Any, path: tuple[str, ...]) -> Any:
    """The value under nested mappings, None where a step is missing or no mapping."""
    for step in path:
        if not isinstance(base, dict):
            return None
        base = base.get(step)
    return base


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _same(value: Any, wanted: Any) -> bool:
    """Equality that keeps True apart from 1, as JSON does."""
    return value == wanted and isinstance(value, bool) is isinstance(wanted, bool)


def _over(value: Any, limit: float) -> bool:
    if isinstance(value, bool):
        return False
    try:
        return float(value) > limit
    except (TypeError, ValueError):
        return False


_DURATION = pattern(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|µs|ns|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def seconds(text: Any) -> float | None:
    """A duration as Kubernetes writes it (``1.5s``, ``1m30s``) in seconds, None where it is none."""
    if not isinstance(text, str) or not text:
        return None
    total, position = 0.0, 0
    for part in _DURATION.finditer(text):
        if part.start() != position:
            return None
        total += float(part[1]) * _SECONDS[part[2]]
        position = part.end()
    return total if position == len(text) else None


def _up_to(value: Any, limit: str) -> bool:
    length, allowed = seconds(value), seconds(limit)
    return length is not None and allowed is not None and length <= allowed


_PATTERNS = ("regex", "not_regex", "key")
_NEIGHBORS = ("where", "beside", "object")
_WANTS: dict[str, Callable[[Any], bool]] = {
    "in": lambda wanted: isinstance(wanted, list),
    "not_in": lambda wanted: isinstance(wanted, list),
    "absent": lambda wanted: wanted is True,
    "empty": lambda wanted: isinstance(wanted, bool),
    "over": lambda wanted: isinstance(wanted, int | float) and not isinstance(wanted, bool),
    "duration_up_to": lambda wanted: seconds(wanted) is not None,
}
"""What a test may be given; those that are not named take any value."""
_VALUE_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": _same,
    "in": lambda value, wanted: any(_same(value, item) for item in wanted),
    "not_in": lambda value, wanted: value is not None and not any(_same(value, item) for item in wanted),
    "contains": lambda value, wanted: isinstance(value, list) and wanted in value,
    "lacks": lambda value, wanted: isinstance(value, list) and wanted not in value,
    "absent": lambda value, _wanted: value is None,
    "empty": lambda value, wanted: (value is None or value in ({}, [], "")) is wanted,
    "over": _over,
    "duration_up_to": _up_to,
}
