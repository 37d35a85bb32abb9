"""Field paths: how a finding names a place inside an object, as a user would type it."""

import re

from proxyless.model.pattern import pattern

Step = str | int
FieldPath = tuple[Step, ...]
"""Keys and list indexes from the object's root, e.g. ``("spec", "http", 0, "mirror")``."""

_PLAIN = pattern(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_TOKEN = pattern(r"\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\.?([A-Za-z_][A-Za-z0-9_-]*)")


def show(path: FieldPath) -> str:
    """The path as text, ``spec.http[0].headers['x.y']``; keys that are no plain name are quoted."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, int):
            parts.append(f"[{step}]")
        elif _PLAIN.match(step):
            parts.append(f".{step}" if parts else step)
        else:
            escaped = step.replace("\\", "\\\\").replace("'", "\\'")
            parts.append(f"['{escaped}']")
    return "".join(parts)


def parse(text: str) -> FieldPath:
    """The inverse of :func:`show`.

    Raises:
        ValueError: the text is no field path.
    """
    steps: list[Step] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"not a field path at character {position + 1}: {text!r}")
        index, quoted, plain = match.groups()
        if index is not None:
            steps.append(int(index))
        elif quoted is not None:
            steps.append(re.sub(r"\\(.)", r"\1", quoted))
        else:
            steps.append(plain)
        position = match.end()
    return tuple(steps)


def get(body: object, path: FieldPath) -> object:
    """The value at a path, None where a step does not exist or the types do not fit."""
    value = body
    for step in path:
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value):
                return None
            value = value[step]
        else:
            if not isinstance(value, dict):
                return None
            value = value.get(step)
    return value
