"""The compiled feature table as mappings that parse only what is asked for. Called by ``query``; ``build`` writes the text.

The text is plain JSON in which each section, each kind of ``fields`` and each row has a line of its own. Strings in JSON hold
no line breaks, so a name at the start of a line is always a key; a section never shares a name with what it holds. Parsing
all of it took a fourteenth of a clean run.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from proxyless.model.pattern import pattern

_KEY = pattern(rb'\n"([^"]+)":')


def text(table: Mapping[str, Any]) -> str:
    """The table as text that :class:`Compiled` can read; rows have lines of their own so that changes can be reviewed."""
    return _block({name: _section(value) for name, value in table.items()}, "{}") + "\n"


def _section(value: Any) -> str:
    if isinstance(value, list):
        return _rows(value)
    if all(isinstance(item, list) for item in value.values()):
        return _block({name: _rows(items) for name, items in value.items()}, "{}")
    if all(isinstance(item, dict) for item in value.values()):
        return _block({name: _line(item) for name, item in value.items()}, "{}")
    return _line(value)


def _rows(items: list[Any]) -> str:
    return "[\n" + ",\n".join(map(_line, items)) + "\n]"


def _block(parts: Mapping[str, str], ends: str) -> str:
    return f"{ends[0]}\n" + ",\n".join(f'"{name}":{part}' for name, part in parts.items()) + f"\n{ends[1]}"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def whole(data: bytes) -> "Compiled":
    """The table from the bytes of its file.

    Raises:
        ValueError: it is no such file, or was cut off; what is wrong inside is found when it is asked for.
    """
    if not (data.startswith(b'{\n"') and data.endswith(b"\n}\n")):
        raise ValueError("the file does not begin and end as it was written")
    return Compiled(data)


class Compiled(Mapping[str, Any]):
    """A section, or the whole table: values are parsed when they are asked for, and not kept.

    Args:
        data: text between two braces that stand at the ends of lines.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __getitem__(self, name: str) -> Any:
        start = self._data.find(b'\n"%s":' % name.encode())
        if start < 0:
            raise KeyError(name)
        start += len(name.encode()) + 4
        head = self._data[start : start + 2]
        if head == b"[\n":
            return json.loads(self._data[start : self._data.index(b"\n]", start) + 2])
        if head == b"{\n":
            return Compiled(self._data[start : self._data.index(b"\n}", start) + 2])
        end = self._data.index(b"\n", start)
        return json.loads(self._data[start:end].removesuffix(b","))

    def __iter__(self) -> Iterator[str]:
        data, end = self._data, 0
        for found in _KEY.finditer(data):
            if found.start() < end:
                continue
            value = found.end()
            if data[value : value + 2] == b"{\n":
                end = data.index(b"\n}", value)
            yield found[1].decode()

    def __len__(self) -> int:
        return sum(1 for _ in self)
