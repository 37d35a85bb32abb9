"""The lines of a file that a finding is about, with the value marked. Pure.

Called by the formats for people. Looks at the text alone: place and column are known from the finding.
"""

import re
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import overload

from proxyless.model.finding import Finding
from proxyless.model.record import NamedTuple
from proxyless.report.wording import clean

_VALUE = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s:#{}\[\],][^:#]*?)\s*:\s+(?=[^\s#])""")
_COMMENT = re.compile(r"\s+#.*\Z|\s+\Z")
_WIDTH = 110
"""Columns of a line that are shown: documents in one long line are cut around the mark."""
_FOLLOWING = 3
"""FileLines of a value that stands below its key."""
_TAB = "    "


class MarkedLine(NamedTuple):
    """One line of an excerpt, fit for a terminal; ``start`` and ``end`` are the columns to mark, equal for none."""

    number: int
    text: str
    start: int = 0
    end: int = 0


class Excerpts:
    """The excerpts of one run; each file is searched for its lines once."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._lines: dict[str, FileLines] = {}

    def of(self, finding: Finding) -> list[MarkedLine]:
        """The line of the finding's field, and of a value below it its first lines; empty where the text is not at hand."""
        if finding.origin is None or not finding.line or finding.origin.file not in self._texts:
            return []
        lines = self._cut(finding.origin.file)
        if finding.line > len(lines):
            return []
        return list(_excerpt(lines, finding.line, max(finding.column, 1)))

    def _cut(self, file: str) -> "FileLines":
        if file not in self._lines:
            self._lines[file] = FileLines(self._texts[file].removeprefix("\ufeff"))
        return self._lines[file]


class FileLines(Sequence[str]):
    """The lines of a text. Only their places are kept: of a large file few are shown, and all of them would take a multiple of it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = array("Q", (found.start() for found in re.finditer("\n", text)))
        self._ends.append(len(text))

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, wanted: int) -> str: ...
    @overload
    def __getitem__(self, wanted: slice) -> list[str]: ...
    def __getitem__(self, wanted: int | slice) -> str | list[str]:
        if isinstance(wanted, slice):
            return [self[number] for number in range(*wanted.indices(len(self)))]
        end = self._ends[wanted]
        line = self._text[self._ends[wanted - 1] + 1 if wanted else 0 : end]
        return line.removesuffix("\r") if end < len(self._text) else line


def drawn(lines: Sequence[MarkedLine]) -> Iterator[str]:
    """The excerpt with line numbers and a line of marks."""
    width = len(str(lines[-1].number)) if lines else 0
    for line in lines:
        yield f"{line.number:>{width}} | {line.text}".rstrip()
        if line.end > line.start:
            indent, marks = _columns(line.text[: line.start]), _columns(line.text[line.start : line.end])
            yield f"{'':>{width}} | {'':{indent}}{'^' * marks}"


def _excerpt(lines: Sequence[str], number: int, column: int) -> Iterator[MarkedLine]:
    line = lines[number - 1]
    start, end = _span(line, column - 1)
    yield _shown(number, line, start, end)
    if end < len(_COMMENT.sub("", line)) or not line[start:end].endswith(":"):
        return
    depth = len(line) - len(line.lstrip(" -")) if line.strip() else 0
    for offset, below in enumerate(lines[number : number + _FOLLOWING], number + 1):
        inside = len(below) - len(below.lstrip())
        if not below.strip() or inside < depth or (inside == depth and not below.lstrip().startswith("- ")):
            return
        yield _shown(offset, below, 0, 0)


def _span(line: str, start: int) -> tuple[int, int]:
    """The value of the key at a column, where it stands in this line; else what stands there, to the line's end."""
    start = min(start, len(line))
    length = len(_COMMENT.sub("", line))
    key = _VALUE.match(line, start)
    begin = key.end() if key else start
    flow = any(sign in line[:begin] for sign in "{[")
    end = _closed(line, begin, length, flow=flow) if key or flow or line[start : start + 1] in "{[\"'" else length
    return begin, max(end, min(begin + 1, len(line)))


def _closed(line: str, begin: int, length: int, *, flow: bool) -> int:
    """Where a value in flow style ends: at its own bracket or quote, or at the next comma or bracket of what holds it."""
    depth, quote = 0, ""
    for index in range(begin, length):
        sign = line[index]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'" and (index == begin or line[index - 1] in " [{,:"):
            quote = sign
        elif sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
            if depth <= 0:
                return index + 1 if depth == 0 else index
        elif sign == "," and depth == 0 and flow:
            return index
    return length


def _shown(number: int, line: str, start: int, end: int) -> MarkedLine:
    """A line fit for a terminal, cut around its mark where it is long."""
    first = max(0, start - _WIDTH // 3) if len(line) > _WIDTH else 0
    last = min(len(line), first + _WIDTH)
    parts = [_plain(line[first:start]), _plain(line[start : min(end, last)]), _plain(line[max(end, first) : last])]
    if first:
        parts[0] = f"…{parts[0]}"
    if last < len(line):
        parts[2] += "…"
    begin = len(parts[0])
    return MarkedLine(number, "".join(parts), begin, begin + len(parts[1]))


def _plain(text: str) -> str:
    return clean(text.replace("\t", _TAB))


def _columns(text: str) -> int:
    """Columns in a terminal: East Asian characters take two."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width  # noqa: PLC0415  rarely met

    return sum(0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1 for char in text)
