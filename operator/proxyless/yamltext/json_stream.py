"""JSON values one after another, with Go's numbers and with their lines.

Called by ``manifests`` for text that starts with a brace. Does no I/O.
"""

from collections.abc import Iterator
from json import JSONDecoder

from proxyless.yamltext.error import MAX_DEPTH
from proxyless.yamltext.segments import skip_space


def json_values(text: str) -> Iterator[tuple[object, int]]:
    """Each value and its 1-based line.

    Raises:
        ValueError: not JSON; RecursionError: nested beyond what Python's parser can do.
    """
    decoder = JSONDecoder(parse_float=_whole, parse_int=_bounded, parse_constant=_refuse)
    position, line, counted = 0, 1, 0
    while (position := skip_space(text, position)) < len(text):
        line += text.count("\n", counted, position)
        counted = position
        value, position = decoder.raw_decode(text, position)
        yield value, line


def _whole(text: str) -> object:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 1 << 63 else value


def _bounded(text: str) -> object:
    return int(text) if len(text) < 19 else _whole(text) if abs(float(text)) >= 1 << 63 else int(text)  # noqa: PLR2004


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is no JSON")


def too_deep(value: object) -> bool:
    """Whether a value nests beyond what is accepted, found level by level."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True
