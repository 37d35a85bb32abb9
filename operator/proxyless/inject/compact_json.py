"""JSON in one line, as values of annotations and variables are written."""

import json
from collections.abc import Mapping

import orjson


def compact(value: object) -> str:
    """A value as JSON without blanks."""
    try:
        return orjson.dumps(value, _plain).decode()
    except TypeError:
        return _any(value)


def _plain(value: object) -> object:
    """What JSON does not know: frozen mappings of settings, dates that a YAML file may hold."""
    return dict(value) if isinstance(value, Mapping) else str(value)


_any = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False, default=_plain).encode
"""For what orjson refuses: numbers beyond 64 bits, keys that are no text."""
