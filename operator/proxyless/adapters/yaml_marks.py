"""libyaml's own tree of one YAML document, for its marks only: which line and column each node starts at.

Called by ``lines`` for documents that were read before and have findings. Three times as fast as ``yaml_tree``, which
is why it exists; it knows no types. Does no I/O and never raises on input.
"""

import re

import yaml
from yaml._yaml import CParser
from yaml.nodes import Node

_STEEP = re.compile(r"^ {400}|(?:[-?][ \t]+){50}", re.MULTILINE)
"""Block nesting of more than 400 levels needs one of these."""
_BRACKET = re.compile(r"[\[\]{}]")
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
    try:
        node: Node | None = _Marks(text).get_single_node()
    except (yaml.YAMLError, UnicodeError):
        return None
    return node


def _depth(text: str) -> int:
    """Nested brackets, those inside strings and comments included."""
    if text.count("[") + text.count("{") <= _DEEP:
        return 0
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest
