"""Cuts a file's text into documents and list items without parsing YAML, so that only one of them need be parsed again.

Called by ``manifests`` (documents) and ``lines`` (documents and items). Does no I/O.
"""

import re
from collections.abc import Collection, Iterator

from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple

_SEPARATOR = "---"
_NEXT = f"\n{_SEPARATOR}"
_new = tuple.__new__  # a NamedTuple's own constructor takes twice as long
_YAML_ITEMS = pattern(r"^items:[ \t]*(?:#[^\n]*)?\r?\n((?:[ \t]*(?:#[^\n]*)?\r?\n)*)([ ]*)-(?=[ \r\n])", re.MULTILINE)
_YAML_LIST = pattern(r"^kind:[ \t]*[\"']?\w*List\b", re.MULTILINE)
_BRACE = pattern(r"\s*\{")
_JSON_ITEMS = pattern(r'"items"\s*:\s*\[')


class Document(NamedTuple):
    """One YAML document."""

    text: str
    line: int
    """1-based line of its first line."""
    number: int
    """0-based, empty documents count."""
    stray: str
    """Text that stands behind its ``---``; kubectl refuses it."""


class Segment(NamedTuple):
    """A piece of text that holds one object."""

    text: str
    line: int
    """1-based line of its first line."""
    column: int = 0
    """0-based column of its first character."""


def documents(text: str, wanted: Collection[int] | None = None) -> Iterator[Document]:
    """The YAML documents of a text, separated by lines ``---`` as kubectl does.

    Args:
        text: of a file.
        wanted: numbers of those that are asked for; None: all.
    """
    start, number, stray = 0, 0, ""
    line, counted = 1, 0
    mark = 0 if text.startswith(_SEPARATOR) else text.find(_NEXT) + 1 or -1
    while mark >= 0:
        if wanted is None or number in wanted:
            line += text.count("\n", counted, start)
            counted = start
            yield _new(Document, (text[start:mark], line, number, stray))
        behind = mark + len(_SEPARATOR)
        if text.startswith("\n", behind):  # as nearly always
            end, stray = behind + 1, ""
        else:
            end = text.find("\n", behind) + 1 or len(text)
            rest = text[behind:end].strip()
            stray = "" if rest.startswith("#") else rest
        start = end
        number += 1
        mark = text.find(_NEXT, start - 1) + 1 or -1
    if wanted is None or number in wanted:
        line += text.count("\n", counted, start)
        yield _new(Document, (text[start:], line, number, stray))


def is_json(text: str) -> bool:
    """Whether a text may be a stream of JSON objects."""
    return _BRACE.match(text) is not None


def skip_space(text: str, position: int) -> int:
    """The position of the next character that is no JSON white space."""
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def segments(text: str, wanted: Collection[int] | None = None) -> dict[tuple[int, int], Segment]:
    """Pieces by document number and item index, -1 for a whole document. Items of lists that cannot be cut are absent.

    Args:
        text: of a file.
        wanted: numbers of the documents that are asked for; None: all.
    """
    if is_json(text):
        try:
            return dict(_json_segments(text))
        except (ValueError, RecursionError):
            pass  # YAML that starts with a brace
    found: dict[tuple[int, int], Segment] = {}
    for document in documents(text, wanted):
        found[document.number, -1] = Segment(document.text, document.line)
        if _YAML_LIST.search(document.text):
            for index, item in enumerate(_yaml_items(document)):
                found[document.number, index] = item
    return found


def _yaml_items(document: Document) -> Iterator[Segment]:
    """Items of a block list: each starts with a dash at the first one's column, all else in it stands deeper."""
    text = document.text
    head = _YAML_ITEMS.search(text)
    if head is None or "&" in text or "\t" in text:  # an alias may lead out of its item
        return
    indent = len(head[2])
    shallower = rf"|^[ ]{{0,{indent - 1}}}[^\s#]" if indent else r"|^[^\s#-]"
    bound = re.compile(rf"^[ ]{{{indent}}}-(?=[ \r\n]){shallower}", re.MULTILINE)
    lines = _Lines(text, document.line)
    start = head.start(2)
    while True:
        after = start + indent + 1
        end = bound.search(text, after)
        stop = end.start() if end else len(text)
        yield Segment(f"{' ' * indent} {text[after:stop]}", lines.at(start))
        if end is None or not end[0].endswith("-"):
            return
        start = stop


def _json_segments(text: str) -> Iterator[tuple[tuple[int, int], Segment]]:
    """JSON values of a stream, and the items of those that are lists.

    Raises:
        ValueError: it is no stream of JSON values.
    """
    from json import JSONDecoder  # noqa: PLC0415  few runs need it

    decoder, lines = JSONDecoder(), _Lines(text, 1)
    position, number = 0, 0
    while (position := skip_space(text, position)) < len(text):
        start = position
        value, position = decoder.raw_decode(text, start)
        yield (number, -1), lines.cut(start, position)
        items = value.get("items") if isinstance(value, dict) else None
        if isinstance(items, list) and str(value.get("kind")).endswith("List"):
            for index, segment in enumerate(_json_items(text, start, items, lines)):
                yield (number, index), segment
        number += 1


def _json_items(text: str, start: int, items: list[object], lines: "_Lines") -> Iterator[Segment]:
    from json import JSONDecoder  # noqa: PLC0415  few runs need it

    decoder = JSONDecoder()
    head = _JSON_ITEMS.search(text, start)
    position = head.end() if head else len(text)
    for expected in items:
        position = skip_space(text, position)
        value, end = decoder.raw_decode(text, position)
        if value != expected:  # another key "items" came first: leave it to the whole document
            return
        yield lines.cut(position, end)
        position = skip_space(text, end) + 1


class _Lines:
    """Line numbers of ascending positions, counted once over the text."""

    def __init__(self, text: str, first: int) -> None:
        self._text = text
        self._line = first
        self._counted = 0
        self._begins = 0

    def at(self, position: int) -> int:
        """The line of a position that is not before the last one."""
        self._line += self._text.count("\n", self._counted, position)
        self._begins = self._text.rfind("\n", self._counted, position) + 1 or self._begins
        self._counted = position
        return self._line

    def cut(self, start: int, end: int) -> Segment:
        """The text between two positions as a segment."""
        line = self.at(start)
        return Segment(self._text[start:end], line, start - self._begins)
