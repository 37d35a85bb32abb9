"""Finds the line of a field in plain block-style manifests without a YAML parser.

Called by ``lines`` before ``marks``, with documents that were read before. Knows block mappings and lists whose
values end on their line. Where a document holds anything else (block scalars, anchors, values over several lines), or a
path leads into braces, the answer is "not known"; a test compares all others with libyaml's. Does no I/O.
"""

import re

from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple

_LINE = re.compile(r"( *)(- +)?(?:([A-Za-z0-9_][\w./-]*|\"[^\"\\]*\"|'[^']*'):(?: +|\Z))?(.*)", re.ASCII)
_QUOTED = re.compile(r"\"[^\"\\]*\"|'[^']*'")
_COMMENT = re.compile(r"(?:\A| )#.*\Z")
_PLAIN = re.compile(r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[-?:](?=\S))(?:[^:]|:(?=\S))*\Z")
_QUOTED_INSIDE = re.compile(rf"(?<=[\s,:\[{{])(?:{_QUOTED.pattern})")
_ODD = re.compile("[\t\r\x85\u2028\u2029\ufeff]")
_ANY = 1 << 30
_RESOLVED = ("true", "false")
"""Keys that may be written as another word, ``on``; so may numbers."""


class Unclear(Exception):  # noqa: N818  a signal to the caller, who asks libyaml then
    """Raised for a document that is not simple enough."""


class Entry(NamedTuple):
    """A key, or the dash of a list item."""

    line: int
    column: int
    key: str | None
    """None for an item."""
    place: int
    """Column that findings point at: the key's own, of an item where its content starts."""
    value: str
    """First character of the value behind it on its line, empty for none."""


EntryPart = tuple[int, str | None, int, str]
"""An entry without its line."""


class Layout:
    """Reads lines, each different one once: documents repeat most of theirs."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[EntryPart, ...] | None] = {}

    def entries(self, text: str) -> list[Entry]:
        """Keys and items of a document in the order of its lines.

        Raises:
            Unclear: this takes a parser.
        """
        if _ODD.search(text):
            raise Unclear
        found: list[Entry] = []
        deepest = 0
        for number, line in enumerate(text.split("\n")):
            parts = self._known.get(line, ())
            if parts == ():
                parts = self._known[line] = _parts(line)
            if parts is None:
                continue
            if parts[0][0] > deepest:  # a value on the line before goes on here
                raise Unclear
            found += [Entry(number, *part) for part in parts]
            last = parts[-1]
            deepest = last[0] if last[3] else _ANY
        if not found or found[0].key is None:
            raise Unclear
        return found


def _parts(line: str) -> tuple[EntryPart, ...] | None:
    """What a line holds, None for nothing.

    Raises:
        Unclear: not an entry that ends on its line.
    """
    match = _LINE.match(line)
    assert match is not None  # noqa: S101  every part of the pattern may be empty
    indent, dash, key, rest = match.groups()
    value = _value(rest)
    column = len(indent)
    inner = column + len(dash or "")
    if key is None and not value:
        if dash is None and not _COMMENT.sub("", rest).strip():
            return None
        raise Unclear
    item: tuple[EntryPart, ...] = () if dash is None else ((column, None, inner, value if key is None else ""),)
    if key is None:
        if dash is None:
            raise Unclear  # a value that goes on
        return item
    return (*item, (inner, key[1:-1] if key[0] in "\"'" else key, inner, value))


def _value(rest: str) -> str:
    """The first character of a value that ends with its line, empty for none.

    Raises:
        Unclear: it may go on, or is of a kind not known here.
    """
    text = _COMMENT.sub("", rest).rstrip()
    if not text:
        return ""
    first = text[0]
    if first in "\"'":
        whole = _QUOTED.match(rest)
        if whole is None or _COMMENT.sub("", rest[whole.end() :]).strip():
            raise Unclear
    elif first in "{[":
        if "#" in rest or not _balanced(text):
            raise Unclear
    elif _PLAIN.match(text) is None:
        raise Unclear
    return first


def _balanced(text: str) -> bool:
    """Whether a value in brackets ends with its text."""
    bare = _QUOTED_INSIDE.sub("", text)
    if "'" in bare or '"' in bare:
        return False
    depth = 0
    for index, character in enumerate(bare):
        depth += (character in "{[") - (character in "}]")
        if depth == 0:
            return index == len(bare) - 1
    return False


class Places:
    """Where the fields of one document stand. The entries below each key or item are gathered once, when first asked for."""

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = entries
        self._ends = _ends(entries)
        self._below: dict[int, dict[str | int, int]] = {}

    def place(self, path: FieldPath) -> tuple[int, int]:
        """Line and column (0-based) of a field, or of its nearest existing parent.

        Raises:
            Unclear: this takes a parser.
        """
        at = -1
        found = self._entries[0]
        for number, step in enumerate(path, 1):
            below = self._children(at)
            child = below.get(step)
            if child is None:
                if isinstance(step, str) and _may_be_written_otherwise(step) and 0 not in below:
                    raise Unclear
                break
            found = self._entries[at := child]
            if found.value:
                if found.value in "{[" and number < len(path):
                    raise Unclear
                break
        return found.line, found.place

    def _children(self, at: int) -> dict[str | int, int]:
        """Entries right below one, by key (the last where it is written twice) or by index; ``at`` -1 is the document."""
        below = self._below.get(at)
        if below is not None:
            return below
        below = self._below[at] = {}
        start, stop = at + 1, len(self._entries) if at < 0 else self._ends[at]
        index = start
        while index < stop:
            entry = self._entries[index]
            if entry.column == self._entries[start].column and (entry.key is None) == (
                self._entries[start].key is None
            ):
                below[len(below) if entry.key is None else entry.key] = index
            index = self._ends[index]
        return below


def _may_be_written_otherwise(key: str) -> bool:
    return key in _RESOLVED or key[:1] in ("-", ".", *"0123456789")


def _ends(entries: list[Entry]) -> list[int]:
    """For each entry the index behind all that stands below it."""
    ends = [len(entries)] * len(entries)
    open_at: list[int] = []
    for index, entry in enumerate(entries):
        while open_at:
            last = entries[open_at[-1]]
            if last.column < entry.column or (
                last.column == entry.column and entry.key is None and last.key is not None
            ):
                break  # below it; the dashes of a list may stand at the column of its key
            ends[open_at.pop()] = index
        open_at.append(index)
    return ends
