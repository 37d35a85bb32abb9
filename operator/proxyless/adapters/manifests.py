"""Text of manifests to resources, read as kubectl reads it (go-yaml v2, YAML 1.1) at ten times libyaml's speed.

Called by ``files`` and by everything else that has YAML or JSON text. A fast YAML 1.2 parser reads each document that
holds no token on which the two versions differ; the others go through ``yaml_tree``. An unreadable document becomes a
problem that names file, line, column and remedy; the others are still read. Does no I/O and never raises on input.
"""

import re
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from typing import Any

import yaml_rs

from proxyless.adapters.segments import Document, documents, is_json, skip_space
from proxyless.adapters.yaml_tree import MAX_DEPTH, TreeError, compose, to_value
from proxyless.errors import InputError
from proxyless.model.resource import Origin, Resource, resource

_END = r"(?=[ \t]*(?:[\r\n,\]}:#]|\Z))"
_KEY = r"(?:[-+]?\d[\w.+-]*|[tT]rue|TRUE|[fF]alse|FALSE|[nN]ull|NULL|~)"
_DIFFERS = re.compile(
    # where a plain scalar may start ...
    r"""[,\[{\n:?-](?:(?<=[,\[{\n])[ \t]*|[ \t]+|(?<=["']:))"""
    # ... and starts with a character of one of the tokens below, which is asked first since most do not
    r"(?=[&*!%\t<?{.:yYnNoO+\-0-9_tTfF~])(?:"
    # ... an anchor, alias, tag, merge key, complex or empty key, template, directive, document end, tab
    r"[&*!%\t:?]|<<|\{\{|\.\.\.|"
    # ... a boolean of YAML 1.1
    rf"(?:[yYnN]|[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF){_END}|"
    # ... a number that one of them reads as another number, or a whole float
    r"[-+]?(?:0[0-9_xXbBoO]|\.\w|[\d.]*_|\d{19}|"
    rf"\d+\.0*{_END}|\d+\.?\d*[eE])|"
    # ... a key that is no text
    rf"{_KEY}[ \t]*:(?=[\s]|\Z))"
)
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_LENIENT = re.compile(
    # block nesting without bound
    r"\n {200}|- +- +- +- +- |"
    # colons beside brackets, and a key in braces that is neither text nor has a value
    r"""(?::(?<!["']:)[,\[\]{}?])|\][ \t]*:|\}[ \t]*:|"""
    rf"\{{[ \t]*{_KEY}[ \t]*[,}}]|,[ \t]*{_KEY}[ \t]*\}}"
)
"""What the fast parser would let pass."""
_TEMPLATE = "a template, not a manifest; render it first: helm template ... | proxyless lint -"


@dataclass(slots=True, frozen=True)
class Manifests:
    """What a text holds."""

    resources: tuple[Resource, ...] = ()
    problems: tuple[InputError, ...] = ()
    ignored: int = 0
    """Objects of kinds that are not ours to judge."""
    total: int = 0
    """Objects and unreadable documents together."""


def read_text(text: str, file: str, *, default_namespace: str = "default", strict: bool = True) -> Manifests:
    """Read YAML (any number of documents) or JSON.

    Args:
        text: the text, with or without a byte order mark.
        file: its name as the user gave it; ``-`` for standard input.
        default_namespace: namespace of objects that name none.
        strict: whether a document that is no Kubernetes object at all is a problem; else it is ignored.
    """
    reader = _Reader(file, default_namespace, strict)
    text = text.removeprefix("\ufeff")
    if not (is_json(text) and reader.read_json(text)):
        for document in documents(text):
            reader.read_yaml(document)
    return Manifests(tuple(reader.resources), tuple(reader.problems), reader.ignored, reader.total)


class _Reader:
    """Collects what the documents of one text hold."""

    def __init__(self, file: str, default_namespace: str, strict: bool) -> None:
        self.file = file
        self.resources: list[Resource] = []
        self.problems: list[InputError] = []
        self.ignored = 0
        self.total = 0
        self._namespace = default_namespace
        self._strict = strict
        self._template = False

    def read_json(self, text: str) -> bool:
        """Read a stream of JSON values; False where it is none, so that it may still be YAML."""
        decoder = JSONDecoder(parse_float=_whole, parse_int=_bounded, parse_constant=_refuse)
        values: list[tuple[object, int]] = []
        position, line, counted = 0, 1, 0
        while (position := skip_space(text, position)) < len(text):
            line += text.count("\n", counted, position)
            counted = position
            try:
                value, position = decoder.raw_decode(text, position)
            except (JSONDecodeError, ValueError, RecursionError):
                return False
            values.append((value, line))
        for number, (value, line) in enumerate(values):
            if _too_deep(value):
                self._problem(TreeError(f"nested deeper than {MAX_DEPTH} levels; no Kubernetes object is"), line)
            else:
                self._take(value, Origin(self.file, line, number))
        return True

    def read_yaml(self, document: Document) -> None:
        """Read one document."""
        if document.stray:
            self._problem(
                TreeError("kubectl wants '---' alone on its line; move the text behind it to the next", -1),
                document.line,
            )
            return
        try:
            value = self._parse(document)
        except TreeError as error:
            if "{{" not in document.text:
                self._problem(error, document.line)
            elif not self._template:  # said once per file
                self._template = True
                self._problem(TreeError(_TEMPLATE, error.line, error.column), document.line)
            return
        if value is not None:
            self._take(value, Origin(self.file, document.line, document.number))

    def _parse(self, document: Document) -> object:
        text = document.text
        if not text or text.isspace():
            return None
        if fits_fast_parser(text):
            try:
                return yaml_rs.loads(text, parse_datetime=False)
            except ValueError:
                pass  # libyaml, the parent of kubectl's parser, has the last word and the better place
        root = compose(text)
        if root is None:
            return None
        repeated: list[TreeError] = []
        value = to_value(root, repeated)
        for error in repeated:
            self._problem(error, document.line, unread=False)
        return value

    def _problem(self, error: TreeError, line: int, *, unread: bool = True) -> None:
        self.total += unread
        self.problems.append(
            InputError(error.message, where=self.file, line=max(line + error.line, 1), column=error.column + 1)
        )

    def _take(self, body: object, origin: Origin) -> None:
        items = body.get("items") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(items, list) or not str(body.get("kind")).endswith("List"):
            self._take_object(body, origin)
            return
        for index, item in enumerate(items):
            self._take_object(_completed(item, body), origin._replace(item=index))

    def _take_object(self, body: object, origin: Origin) -> None:
        self.total += 1
        missing = _missing(body)
        if missing:
            foreign = not isinstance(body, dict) or not ("apiVersion" in body or "kind" in body)
            if foreign and not self._strict:
                self.ignored += 1
                return
            inside = f" (item {origin.item} of the list)" if origin.item >= 0 else ""
            self.problems.append(
                InputError(f"not a Kubernetes object{inside}: {missing}", where=self.file, line=origin.line)
            )
            return
        found = resource(body, default_namespace=self._namespace, origin=origin)
        if found is None:
            self.ignored += 1
        else:
            self.resources.append(found)


def fits_fast_parser(text: str) -> bool:
    """Whether a YAML 1.2 parser reads a document as kubectl does, as far as its characters tell; errors excepted."""
    return _DIFFERS.search("\n" + text) is None and _ODD.search(text) is None and _LENIENT.search(text) is None


def _missing(body: object) -> str:
    if not isinstance(body, dict):
        return "expected a mapping with apiVersion, kind and metadata"
    for key in ("apiVersion", "kind"):
        if not isinstance(body.get(key), str) or not body[key]:
            return f"expected {key} with a text; add it, or leave this file out"
    return ""


def _completed(item: object, whole: dict[str, Any]) -> object:
    """An item with the list's apiVersion and kind where it has none, as typed lists of the API server leave them out."""
    kind = str(whole["kind"]).removesuffix("List")
    if not isinstance(item, dict) or not kind or "kind" in item:
        return item
    return {"apiVersion": whole.get("apiVersion"), "kind": kind, **item}


def _whole(text: str) -> object:
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 1 << 63 else value


def _bounded(text: str) -> object:
    return int(text) if len(text) < 19 else _whole(text) if abs(float(text)) >= 1 << 63 else int(text)  # noqa: PLR2004


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is no JSON")


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return False
    return True
