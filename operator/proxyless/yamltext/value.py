"""A tree of YAML nodes as the values that kubectl sends.

Called by ``manifests`` with what ``tree`` composed. Does no I/O.
"""

from base64 import b64decode
from binascii import Error as Base64Error

from proxyless.yamltext.error import YamlError
from proxyless.yamltext.scalar import Scalar, as_json, as_key, resolve
from proxyless.yamltext.tree import CORE, YamlNode

_TYPES: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}


def to_value(node: YamlNode, repeated: list[YamlError]) -> object:
    """The tree as JSON-like values; aliases share theirs. Keys written twice are added to ``repeated``, the last wins.

    Raises:
        YamlError: a value or key that kubectl refuses.
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
            raise YamlError(f"{error}; correct the value {node.text!r}", node.line, node.column) from error
    return node.value


def _mapping(pairs: list[tuple[YamlNode, YamlNode]], repeated: list[YamlError]) -> dict[str, object]:
    found: dict[str, object] = {}
    written: dict[str, int] = {}
    for key_node, value_node in pairs:
        if key_node.merges:
            _merge(value_node, found, repeated)  # in order, as go-yaml v2: it replaces what stands before it
            continue
        key = key_text(key_node)
        if key in written:
            repeated.append(
                YamlError(
                    f"the key {key!r} is written twice, first {_above(key_node.line - written[key])}, and kubectl keeps "
                    "only the last without a word; delete one",
                    key_node.line,
                    key_node.column,
                )
            )
        written.setdefault(key, key_node.line)
        found[key] = to_value(value_node, repeated)
    return found


def _above(lines: int) -> str:
    if not lines:
        return "in the same line"
    return "in the line above" if lines == 1 else f"{lines} lines above"


def _merge(node: YamlNode, into: dict[str, object], repeated: list[YamlError]) -> None:
    sources = [node] if node.items is None else node.items[::-1]
    for source in sources:
        if source.pairs is None:
            raise YamlError(
                "'<<' takes a mapping or a list of mappings; give it an alias of one", node.line, node.column
            )
        value = to_value(source, repeated)
        assert isinstance(value, dict)  # noqa: S101  the value of a node with pairs
        into.update(value)


def key_text(node: YamlNode) -> str:
    """A key as JSON has it.

    Raises:
        YamlError: a key that is no scalar, or null.
    """
    if not node.scalar:
        raise YamlError(
            "a mapping or list as a key; put text in braces or brackets into quotes", node.line, node.column
        )
    try:
        return as_key(_scalar(node))
    except ValueError as error:
        raise YamlError(f"{error}; put the key into quotes", node.line, node.column) from error


def _scalar(node: YamlNode) -> Scalar:
    if node.plain:
        return resolve(node.text)
    kind = (node.tag or "").removeprefix(CORE)
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
