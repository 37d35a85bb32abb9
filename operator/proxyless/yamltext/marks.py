"""libyaml's own tree of one YAML document, for its marks only: which line and column each node starts at.

Called by ``lines`` for documents that were read before, have findings and are too odd for ``block_marks``. Three times
as fast as ``tree``, which is why it exists; it knows no types. Does no I/O and never raises on input.
"""

import re

import yaml
from yaml._yaml import CParser
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from proxyless.model.path import FieldPath
from proxyless.model.pattern import pattern
from proxyless.yamltext import colons

_STEEP = pattern(r"^ {400}|(?:[-?][ \t]+){50}", re.MULTILINE)
"""Block nesting of more than 400 levels needs one of these."""
_BRACKET = pattern(r"[\[\]{}]")
_DEEP = 1000
"""Nested brackets from which on a document is left alone: libyaml's tree is built by C recursion, which ends the process
at some 20,000 levels. Reading refuses such documents long before."""


class _Marks(CParser):
    """Composes nodes without looking at their types."""

    def descend_resolver(self, parent: object, index: object) -> None:
        """Nothing to follow."""

    def ascend_resolver(self) -> None:
        """Nothing to follow."""

    def resolve(self, kind: object, value: object, implicit: object) -> str:
        """The same tag for all."""
        del kind, value, implicit
        return "?"


def compose(text: str) -> Node | None:
    """The tree of a document; None where it is empty, cannot be read, or nests so deeply that C recursion is no option."""
    if _STEEP.search(text) or _depth(text) > _DEEP:
        return None
    for attempt in (text, colons.hidden(text)):
        try:
            node: Node | None = _Marks(attempt).get_single_node()
        except (yaml.YAMLError, UnicodeError):
            continue
        return node
    return None


def _depth(text: str) -> int:
    """Nested brackets, those inside strings and comments included."""
    if text.count("[") + text.count("{") <= _DEEP:
        return 0
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


def place(root: Node, path: FieldPath, text: str = "") -> tuple[int, int]:
    """Line and column (0-based) of a field, or of its nearest existing parent.

    Args:
        root: the document.
        path: the field.
        text: the document's, where the path may lead into YAML that is itself the text of a block (``mesh: |-``).
    """
    nearest, node, rest = _nearest(root, path)
    inner = _in_block(text, node, rest) if rest and text else None
    return inner or (nearest.start_mark.line, nearest.start_mark.column)


def _nearest(root: Node, path: FieldPath) -> tuple[Node, Node, FieldPath]:
    """The node that marks the field or its nearest existing parent, that one's value, and the steps that are left."""
    place = node = root
    for number, step in enumerate(path):
        if isinstance(step, int):
            if not isinstance(node, SequenceNode) or step >= len(node.value):
                return place, node, path[number:]
            place = node = node.value[step]
        else:
            found = entry(node, step)
            if found is None:
                return place, node, path[number:]
            place, node = found
    return place, node, ()


def _in_block(text: str, node: Node, path: FieldPath) -> tuple[int, int] | None:
    if not isinstance(node, ScalarNode) or node.style != "|":
        return None
    root = compose(node.value)
    if root is None:
        return None
    mark, first = _nearest(root, path)[0].start_mark, node.start_mark.line + 1
    line = text.split("\n")[first] if text.count("\n") >= first else ""
    return first + mark.line, mark.column + len(line) - len(line.lstrip(" "))


def entry(node: Node, key: str) -> tuple[Node, Node] | None:
    """Key and value of an entry, of its last where it is written twice; entries taken over by ``<<`` count."""
    if not isinstance(node, MappingNode):
        return None
    for key_node, value_node in reversed(node.value):
        if key_node.value == "<<":
            sources = value_node.value if isinstance(value_node, SequenceNode) else [value_node]
            found = next(filter(None, (entry(source, key) for source in sources)), None)
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
    from proxyless.yamltext.scalar import as_key, resolve  # noqa: PLC0415  for keys such as on: and 0x10: alone

    try:
        return as_key(resolve(node.value)) == key
    except ValueError:
        return False
