"""Field path to line and column, for documents that have findings (design decision 11).

Called by the front doors that have the text. Only the document, or the item of a list, that a finding is about is
parsed again, with marks, and each of them once per call of :func:`with_lines`. Does no I/O and never raises on input.
"""

from collections.abc import Iterable, Mapping

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from proxyless.adapters.segments import Segment, segments
from proxyless.adapters.yaml_marks import compose
from proxyless.model.finding import Finding
from proxyless.model.path import FieldPath
from proxyless.model.resource import Origin


def locate(text: str, origin: Origin, path: FieldPath) -> tuple[int, int]:
    """Line and column (1-based) of a field in a file's text.

    A key's place is its name, a list item's its first character. A field that is missing has the place of its nearest
    existing parent; where the document cannot be parsed again, it is the document's first line and column 1.
    """
    return _Text(text).place(origin, path)


def with_lines(findings: Iterable[Finding], texts: Mapping[str, str]) -> tuple[Finding, ...]:
    """The findings with line and column set where ``texts`` holds the file of their origin."""
    known: dict[str, _Text] = {}
    placed: list[Finding] = []
    for finding in findings:
        origin = finding.origin
        if origin is None or origin.file not in texts:
            placed.append(finding)
            continue
        text = known.get(origin.file) or known.setdefault(origin.file, _Text(texts[origin.file]))
        line, column = text.place(origin, finding.path)
        placed.append(finding._replace(line=line, column=column))
    return tuple(placed)


class _Text:
    """One file's text and the trees of its objects as far as they were asked for."""

    def __init__(self, text: str) -> None:
        self._text = text.removeprefix("\ufeff")
        self._segments: dict[tuple[int, int], Segment] | None = None
        self._trees: dict[tuple[int, int], Node | None] = {}

    def place(self, origin: Origin, path: FieldPath) -> tuple[int, int]:
        if self._segments is None:
            self._segments = segments(self._text)
        item, path = (origin.document, origin.item), (*origin.inside, *path)
        segment = self._segments.get(item)
        if segment is None and origin.item >= 0:  # a list in a style that cannot be cut: all of it
            item, path = (origin.document, -1), ("items", origin.item, *path)
            segment = self._segments.get(item)
        if segment is None:
            return origin.line, 1
        if item not in self._trees:
            self._trees[item] = compose(segment.text)
        root = self._trees[item]
        if root is None:
            return origin.line, 1
        place, node, rest = _nearest(root, path)
        inner = _in_block(segment.text, node, rest) if rest and origin.inside else None
        line, column = inner or (place.start_mark.line, place.start_mark.column)
        return segment.line + line, column + (segment.column if line == 0 else 0) + 1


def _nearest(root: Node, path: FieldPath) -> tuple[Node, Node, FieldPath]:
    """The node that marks the field or its nearest existing parent, that one's value, and the steps that are left."""
    place = node = root
    for number, step in enumerate(path):
        if isinstance(step, int):
            if not isinstance(node, SequenceNode) or step >= len(node.value):
                return place, node, path[number:]
            place = node = node.value[step]
        else:
            entry = _entry(node, step)
            if entry is None:
                return place, node, path[number:]
            place, node = entry
    return place, node, ()


def _in_block(text: str, node: Node, path: FieldPath) -> tuple[int, int] | None:
    """0-based line and column of a field in YAML that is itself the text of a block (``mesh: |-``)."""
    if not isinstance(node, ScalarNode) or node.style != "|":
        return None
    root = compose(node.value)
    if root is None:
        return None
    mark, first = _nearest(root, path)[0].start_mark, node.start_mark.line + 1
    line = text.split("\n")[first] if text.count("\n") >= first else ""
    return first + mark.line, mark.column + len(line) - len(line.lstrip(" "))


def _entry(node: Node, key: str) -> tuple[Node, Node] | None:
    """Key and value of an entry, of its last where it is written twice; entries taken over by ``<<`` count."""
    if not isinstance(node, MappingNode):
        return None
    for key_node, value_node in reversed(node.value):
        if key_node.value == "<<":
            sources = value_node.value if isinstance(value_node, SequenceNode) else [value_node]
            found = next(filter(None, (_entry(source, key) for source in sources)), None)
            if found:
                return found
        elif _named(key_node, key):
            return key_node, value_node
    return None


def _named(node: Node, key: str) -> bool:
    if node.value == key or not isinstance(node.value, str):
        return bool(node.value == key)
    if key not in ("true", "false") and key[:1] not in "-.0123456789":
        return False
    from proxyless.adapters.yaml_scalar import as_key, resolve  # noqa: PLC0415  for keys such as on: and 0x10: alone

    try:
        return as_key(resolve(node.value)) == key
    except ValueError:
        return False
