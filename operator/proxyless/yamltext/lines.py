"""Field path to line and column, for documents that have findings (design decision 18).

Called by the front doors that have the text. Only the document, or the item of a list, that a finding is about is
looked at again, and each of them once per call of :func:`with_lines`: by ``block_marks``, else by libyaml through
``marks``, which most runs need not import. Does no I/O and never raises on input.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from proxyless.model.finding import Finding
from proxyless.model.path import FieldPath
from proxyless.model.resource import Origin
from proxyless.yamltext.block_marks import Layout, Places, Unclear
from proxyless.yamltext.segments import Segment, segments

if TYPE_CHECKING:
    from yaml.nodes import Node


def locate(text: str, origin: Origin, path: FieldPath) -> tuple[int, int]:
    """Line and column (1-based) of a field in a file's text.

    A key's place is its name, a list item's its first character. A field that is missing has the place of its nearest
    existing parent; where the document cannot be parsed again, it is the document's first line and column 1.
    """
    return _Text(text, (origin.document,), Layout()).place(origin, path)


def with_lines(findings: Iterable[Finding], texts: Mapping[str, str]) -> tuple[Finding, ...]:
    """The findings with line and column set where ``texts`` holds the file of their origin; those that have a line keep it."""
    findings = tuple(findings)
    wanted: dict[str, set[int]] = {}
    for finding in findings:
        if finding.origin is not None and finding.origin.file in texts:
            wanted.setdefault(finding.origin.file, set()).add(finding.origin.document)
    layout = Layout()
    known = {file: _Text(texts[file], documents, layout) for file, documents in wanted.items()}
    return tuple(_placed(finding, known) for finding in findings)


def places(
    wanted: Iterable[tuple[Origin, FieldPath]], texts: Mapping[str, str]
) -> dict[tuple[Origin, FieldPath], tuple[int, int]]:
    """Line and column of each of several fields; those of files without a text are left out."""
    asked = [item for item in dict.fromkeys(wanted) if item[0].file in texts]
    documents: dict[str, set[int]] = {}
    for origin, _ in asked:
        documents.setdefault(origin.file, set()).add(origin.document)
    layout = Layout()
    known = {file: _Text(texts[file], numbers, layout) for file, numbers in documents.items()}
    return {(origin, path): known[origin.file].place(origin, path) for origin, path in asked}


def _placed(finding: Finding, known: Mapping[str, "_Text"]) -> Finding:
    origin = finding.origin
    if origin is None or finding.line or origin.file not in known:
        return finding
    line, column = known[origin.file].place(origin, finding.path)
    return finding._replace(line=line, column=column)


class _Text:
    """One file's text and what is known of the places in its objects."""

    def __init__(self, text: str, wanted: Collection[int], layout: Layout) -> None:
        self._segments = segments(text.removeprefix("\ufeff"), wanted)
        self._layout = layout
        self._blocks: dict[tuple[int, int], Places | None] = {}
        self._trees: dict[tuple[int, int], Node | None] = {}

    def place(self, origin: Origin, path: FieldPath) -> tuple[int, int]:
        item, path = (origin.document, origin.item), (*origin.inside, *path)
        segment = self._segments.get(item)
        if segment is None and origin.item >= 0:  # a list in a style that cannot be cut: all of it
            item, path = (origin.document, -1), ("items", origin.item, *path)
            segment = self._segments.get(item)
        if segment is None:
            return origin.line, 1
        text = segment.text if origin.inside else ""
        found = self._block(item, segment, path) or self._tree(item, segment, path, text)
        if found is None:
            return origin.line, 1
        line, column = found
        return segment.line + line, column + (segment.column if line == 0 else 0) + 1

    def _block(self, item: tuple[int, int], segment: Segment, path: FieldPath) -> tuple[int, int] | None:
        """The place where that takes no parser."""
        if item not in self._blocks:
            try:
                self._blocks[item] = Places(self._layout.entries(segment.text))
            except Unclear:
                self._blocks[item] = None
        block = self._blocks[item]
        try:
            return None if block is None else block.place(path)
        except Unclear:
            return None

    def _tree(self, item: tuple[int, int], segment: Segment, path: FieldPath, text: str) -> tuple[int, int] | None:
        """The place by libyaml."""
        from proxyless.yamltext import marks  # noqa: PLC0415  needs PyYAML, which costs 15 ms

        if item not in self._trees:
            self._trees[item] = marks.compose(segment.text)
        root = self._trees[item]
        return None if root is None else marks.place(root, path, text)
