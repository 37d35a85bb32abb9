"""One YAML document as a tree with lines, and that tree as the values that kubectl sends.

Called by ``manifests`` where the fast parser may differ from kubectl, and by ``lines`` for documents with findings.
Built from libyaml's events without recursion, so that no nesting can exhaust the stack. PyYAML is imported on first
use only: most runs never need it. Does no I/O.
"""

from base64 import b64decode
from binascii import Error as Base64Error

from proxyless.adapters.yaml_scalar import Scalar, as_json, as_key, resolve

MAX_DEPTH = 200
"""Nested levels of one document; real manifests stay under 40."""
MAX_EXPANDED = 400_000
"""Nodes of one document after its aliases are expanded, beyond ten times what is written; go-yaml's own limit."""

_CORE = "tag:yaml.org,2002:"
_STRING = _CORE + "str"
_TYPES: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}


class TreeError(Exception):
    """A document that cannot be read; ``line`` and ``column`` are 0-based within it."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        self.message = message
        self.line = line
        self.column = column
        super().__init__(message)


class Node:
    """A scalar, a list or a mapping, and where it starts (0-based)."""

    __slots__ = ("column", "height", "items", "line", "open", "pairs", "plain", "size", "tag", "text", "value")

    def __init__(self, line: int, column: int, tag: str | None) -> None:
        self.line = line
        self.column = column
        self.tag = tag
        self.text = ""
        self.plain = False
        self.items: list[Node] | None = None
        self.pairs: list[tuple[Node, Node]] | None = None
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
        return self.scalar and self.text == "<<" and (self.plain or self.tag == _CORE + "merge")


def compose(text: str) -> Node | None:
    """The tree of a text's only document, None where it is empty.

    Raises:
        TreeError: not YAML, nested too deeply, aliases that expand without bound, or a second document.
    """
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
        raise TreeError(
            _syntax(error.problem or "not YAML"), mark.line if mark else 0, mark.column if mark else 0
        ) from error
    except yaml.YAMLError as error:  # the reader: a character that YAML does not allow
        raise TreeError("control characters are not allowed; remove them") from error
    except UnicodeError as error:
        raise TreeError("not text that UTF-8 can hold; save the file as UTF-8") from error


def _syntax(problem: str) -> str:
    if "<document start>" in problem:
        return "kubectl reads nothing after a document's end ('...'); start each document with a line '---'"
    if "cannot start any token" in problem:
        return f"{problem}; indent with spaces, not tabs, and put text that starts with @ ` or % into quotes"
    return f"{problem}; correct the syntax here"


class _Builder:
    """Takes libyaml's events one by one."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._stack: list[Node] = []
        self._keys: list[Node | None] = []
        self._anchors: dict[str, Node] = {}
        self._written = 0
        self._documents = 0

    def take(self, name: str, event: object) -> None:
        mark = event.start_mark  # type: ignore[attr-defined]
        if name == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                raise TreeError(
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
        node = Node(line, column, event.tag)  # type: ignore[attr-defined]
        if event.anchor is not None:  # type: ignore[attr-defined]
            self._anchors[event.anchor] = node  # type: ignore[attr-defined]
        if name == "ScalarEvent":
            node.text = event.value  # type: ignore[attr-defined]
            node.plain = event.implicit[0] and node.tag is None  # type: ignore[attr-defined]
            self._attach(node)
            return
        if len(self._stack) >= MAX_DEPTH:
            raise TreeError(f"nested deeper than {MAX_DEPTH} levels; no Kubernetes object is", line, column)
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
            raise TreeError(f"the anchor &{anchor} is not defined in this document; write the value out", line, column)
        if node.open:
            raise TreeError(f"the anchor &{anchor} contains itself; write the value out", line, column)
        self._written += 1
        self._attach(node)
        root = self._stack[0] if self._stack else node
        if root.size > MAX_EXPANDED + 10 * self._written:
            raise TreeError("aliases expand this document beyond reason; write the values out", line, column)

    def _attach(self, node: Node) -> None:
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
            raise TreeError(f"nested deeper than {MAX_DEPTH} levels; no Kubernetes object is", node.line, node.column)


def to_value(node: Node, repeated: list[TreeError]) -> object:
    """The tree as JSON-like values; aliases share theirs. Keys written twice are added to ``repeated``, the last wins.

    Raises:
        TreeError: a value or key that kubectl refuses.
    """
    if node.value is not node:
        return node.value
    if node.items is not None:
        node.value = [to_value(item, repeated) for item in node.items]
    elif node.pairs is not None:
        node.value = _mapping(node.pairs, repeated)
    else:
        try:
            node.value = as_json(_scalar(node))
        except ValueError as error:
            raise TreeError(f"{error}; correct the value {node.text!r}", node.line, node.column) from error
    return node.value


def _mapping(pairs: list[tuple[Node, Node]], repeated: list[TreeError]) -> dict[str, object]:
    found: dict[str, object] = {}
    written: dict[str, int] = {}
    for key_node, value_node in pairs:
        if key_node.merges:
            _merge(value_node, found, repeated)  # in order, as go-yaml v2: it replaces what stands before it
            continue
        key = key_text(key_node)
        if key in written:
            repeated.append(
                TreeError(
                    f"the key {key!r} is written twice, first {key_node.line - written[key]} lines above, and kubectl "
                    "silently keeps only the last; delete one",
                    key_node.line,
                    key_node.column,
                )
            )
        written.setdefault(key, key_node.line)
        found[key] = to_value(value_node, repeated)
    return found


def _merge(node: Node, into: dict[str, object], repeated: list[TreeError]) -> None:
    sources = [node] if node.items is None else node.items[::-1]
    for source in sources:
        if source.pairs is None:
            raise TreeError(
                "'<<' takes a mapping or a list of mappings; give it an alias of one", node.line, node.column
            )
        value = to_value(source, repeated)
        assert isinstance(value, dict)  # noqa: S101  the value of a node with pairs
        into.update(value)


def key_text(node: Node) -> str:
    """A key as JSON has it.

    Raises:
        TreeError: a key that is no scalar, or null.
    """
    if not node.scalar:
        raise TreeError(
            "a mapping or list as a key; put text in braces or brackets into quotes", node.line, node.column
        )
    try:
        return as_key(_scalar(node))
    except ValueError as error:
        raise TreeError(f"{error}; put the key into quotes", node.line, node.column) from error


def _scalar(node: Node) -> Scalar:
    if node.plain:
        return resolve(node.text)
    kind = (node.tag or "").removeprefix(_CORE)
    if kind == "binary":
        try:
            return b64decode("".join(node.text.split()), validate=True).decode(errors="replace")
        except (Base64Error, ValueError) as error:
            raise ValueError("not base64") from error
    if kind not in _TYPES:
        return node.text
    value = resolve(node.text)
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "bool"):
        raise ValueError(f"not a value of type {kind}")
    return value
