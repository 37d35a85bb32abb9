"""JSON values one after another, with Go's numbers and with their lines.

Called by ``manifests`` for text that starts with a brace. Does no I/O.
"""

from collections.abc import Iterator
from json import JSONDecoder

from proxyless.model.pattern import pattern
from proxyless.yamltext.error import MAX_DEPTH, YamlError
from proxyless.yamltext.segments import skip_space

_KEY = pattern(r'(?<!\\)"\s*:')


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


def keys_in(value: object) -> int | None:
    """How many keys all objects in a value have together; None where it nests beyond what is accepted."""
    level = [value]
    count = 0
    for _ in range(MAX_DEPTH):
        count += sum(len(item) for item in level if isinstance(item, dict))
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return count
    return None


def keys_written(text: str) -> int:
    """How many keys a JSON text writes, or more: a quote and a colon may also stand inside a string."""
    return sum(1 for _ in _KEY.finditer(text))


def keys_twice(text: str) -> list[YamlError]:
    """Keys that an object in a stream of JSON values writes twice, with the place of the second where libyaml finds it."""
    found: list[YamlError] = []

    def built(pairs: list[tuple[str, object]]) -> dict[str, object]:
        value = dict(pairs)
        if len(value) < len(pairs):
            names = [key for key, _ in pairs]
            again = next(key for key in names if names.count(key) > 1)
            found.append(
                YamlError(f"the key {again!r} is written twice in one object; only the last counts, delete one")
            )
        return value

    decoder, position = JSONDecoder(object_pairs_hook=built), 0
    line = 0
    while (position := skip_space(text, position)) < len(text):
        start, before = position, len(found)
        line = text.count("\n", 0, start)
        _, position = decoder.raw_decode(text, start)
        if len(found) > before:
            found[before:] = _with_places(text[start:position], line) or [
                YamlError(error.message, line) for error in found[before:]
            ]
    return found


def _with_places(text: str, line: int) -> list[YamlError]:
    """The same by libyaml, which reads nearly all JSON; none where it does not."""
    from proxyless.yamltext.tree import compose  # noqa: PLC0415  for what nearly no text has
    from proxyless.yamltext.value import to_value  # noqa: PLC0415

    found: list[YamlError] = []
    try:
        root = compose(text)
        if root is not None:
            to_value(root, found)
    except YamlError:
        return []
    return [YamlError(error.message, error.line + line, error.column) for error in found]
