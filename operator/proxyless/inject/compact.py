"""JSON in one line, as values of annotations and variables are written."""

import json
from collections.abc import Mapping


def _plain(value: object) -> object:
    """What JSON does not know: frozen mappings of settings, dates that a YAML file may hold."""
    return dict(value) if isinstance(value, Mapping) else str(value)


compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False, default=_plain).encode
"""A value as JSON without blanks; made once, since a new encoder costs as much as the text."""
