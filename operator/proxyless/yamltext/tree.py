"""One YAML document as a tree with lines.

Called by ``manifests`` where the fast parser may differ from kubectl; ``value`` makes values of the tree.
Built from libyaml's events without recursion, so that no nesting can exhaust the stack. PyYAML is imported on first
use only: most runs never need it. Does no I/O.
"""

from proxyless.yamltext import colons
from proxyless.yamltext.error import MAX_DEPTH, YamlError

MAX_EXPANDED = 400_000
"""Nodes of one document after its aliases are expanded, beyond ten times what is written; go-yaml's own limit."""

CORE = "tag:yaml.org,2002:"
"""What ``!!`` stands for."""


class YamlNode:
    """A scalar, a list or a mapping, and where it starts (0-based)."""

    __slots__ = ("column", "height", "items", "line", "open", "pairs", "plain", "size", "tag", "text", "value")

    def __init__(self, line: int, column: int, tag: str | None) -> None:
        self.line = line
        self.column = column
        self.tag = tag
        self.text = ""
        self.plain = False
        self.items: list[YamlNode] | None = None
        self.pairs: list[tuple[YamlNode, YamlNode]] | None = None
        self.size = 1
        self.height = 1
        self.open = False
        self.value: object = self
        """The node's value once it is known; the node itself before that."""

    @property
    def scalar(self) -> bool:
        """Whether it holds text."""
        return self.items is None and self.pairs is None

    @property
    def merges(self) -> bool:
        """Whether it is the key ``<<`` that takes over another mapping's entries."""
        return self.scalar and self.text == "<<" and (self.plain or self.tag == CORE + "merge")


def compose(text: str) -> YamlNode | None:
    """The tree of a text's only document, None where it is empty.

    Raises:
        YamlError: not YAML, nested too deeply, aliases that expand without bound, or a second document.
    """
    try:
        return _composed(text)
    except YamlError as error:
        if "unexpected ':'" not in error.message or (hidden := colons.hidden(text)) == text:
            raise
        return _composed(hidden)


def _composed(text: str) -> YamlNode | None:
    import yaml  # noqa: PLC0415  costs 15 ms, which only documents that need it pay
    from yaml._yaml import CParser  # noqa: PLC0415

    builder = _Builder()
    try:
        parser = CParser(text)
        while True:
            event = parser.get_event()
            if isinstance(event, yaml.StreamEndEvent):
                return builder.root
            builder.take(type(event).__name__, event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(
            _syntax(error.problem or "not YAML"), mark.line if mark else 0, mark.column if mark else 0
        ) from error
    except yaml.YAMLError as error:  # the reader: a character that YAML does not allow
        raise YamlError("control characters are not allowed; remove them") from error
    except UnicodeError as error:
        raise YamlError("not text that UTF-8 can hold; save the file as UTF-8") from error


def _syntax(problem: str) -> str:
    if "<document start>" in problem:
        return "kubectl reads nothing after a document's end ('...'); start each document with a line '---'"
    if "cannot start any token" in problem:
        return f"{problem}; indent with spaces, not tabs, and put text that starts with @ ` or % into quotes"
    return f"{problem}; correct the syntax here"


class _Builder:
    """Takes libyaml's events one by one."""

    def __init__(self) -> None:
        self.root: YamlNode | None = None
        self._stack: list[YamlNode] = []
        self._keys: list[YamlNode | None] = []
        self._anchors: dict[str, YamlNode] = {}
        self._written = 0
        self._documents = 0

    def take(self, name: str, event: object) -> None:
        mark = event.start_mark  # type: ignore[attr-defined]
        if name == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                raise YamlError(
                    "kubectl reads nothing after a document's end ('...' or '--- text'); start each document "
                    "with a line '---'",
                    mark.line,
                    mark.column,
                )
        elif name == "AliasEvent":
            self._alias(event.anchor, mark.line, mark.column)  # type: ignore[attr-defined]
        elif name in ("ScalarEvent", "SequenceStartEvent", "MappingStartEvent"):
            self._start(name, event, mark.line, mark.column)
        elif name in ("SequenceEndEvent", "MappingEndEvent"):
            node = self._stack.pop()
            self._keys.pop()
            node.open = False
            self._attach(node)

    def _start(self, name: str, event: object, line: int, column: int) -> None:
        self._written += 1
        node = YamlNode(line, column, event.tag)  # type: ignore[attr-defined]
        if event.anchor is not None:  # type: ignore[attr-defined]
            self._anchors[event.anchor] = node  # type: ignore[attr-defined]
        if name == "ScalarEvent":
            node.text = colons.shown(event.value)  # type: ignore[attr-defined]
            node.plain = event.implicit[0] and node.tag is None  # type: ignore[attr-defined]
            self._attach(node)
            return
        if len(self._stack) >= MAX_DEPTH:
            raise YamlError(f"nested deeper than {MAX_DEPTH} levels; no Kubernetes object is", line, column)
        if name == "SequenceStartEvent":
            node.items = []
        else:
            node.pairs = []
        node.open = True
        self._stack.append(node)
        self._keys.append(None)

    def _alias(self, anchor: str, line: int, column: int) -> None:
        node = self._anchors.get(anchor)
        if node is None:
            raise YamlError(f"the anchor &{anchor} is not defined in this document; write the value out", line, column)
        if node.open:
            raise YamlError(f"the anchor &{anchor} contains itself; write the value out", line, column)
        self._written += 1
        self._attach(node)
        root = self._stack[0] if self._stack else node
        if root.size > MAX_EXPANDED + 10 * self._written:
            raise YamlError("aliases expand this document beyond reason; write the values out", line, column)

    def _attach(self, node: YamlNode) -> None:
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        if parent.items is not None:
            parent.items.append(node)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = node
        else:
            self._keys[-1] = None
            assert parent.pairs is not None  # noqa: S101  an open node is a list or a mapping
            parent.pairs.append((key, node))
        parent.size += node.size
        parent.height = max(parent.height, node.height + 1)
        if parent.height > MAX_DEPTH:
            raise YamlError(f"nested deeper than {MAX_DEPTH} levels; no Kubernetes object is", node.line, node.column)
