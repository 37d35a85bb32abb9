"""Text of manifests to resources, read as kubectl reads it.

Called by ``files`` and by tests. An unreadable document becomes a problem that names file, line, column and remedy; the
others are still read. Does no I/O and never raises on input.
"""

from typing import Any, NamedTuple, TypeGuard

from proxyless.errors import InputError
from proxyless.model.resource import Origin, Resource, mapping, resource
from proxyless.yamltext.error import MAX_DEPTH, YamlError
from proxyless.yamltext.json_stream import json_values, too_deep
from proxyless.yamltext.load import Loader
from proxyless.yamltext.segments import Document, documents, is_json

_new = tuple.__new__  # a NamedTuple's own constructor takes twice as long
_TEMPLATE = "a template, not a manifest; render it first: helm template ... | proxyless lint -"


class Manifests(NamedTuple):
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
        reader.read_documents(text)
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
        self._loader = Loader()

    def read_json(self, text: str) -> bool:
        """Read a stream of JSON values; False where it is none, so that it may still be YAML."""
        try:
            values = list(json_values(text))
        except (ValueError, RecursionError):
            return False
        for number, (value, line) in enumerate(values):
            if too_deep(value):
                self._problem(YamlError(f"nested deeper than {MAX_DEPTH} levels; no Kubernetes object is"), line)
            else:
                self._take(value, Origin(self.file, line, number))
        return True

    def read_documents(self, text: str) -> None:
        """Read YAML documents."""
        self._loader.scan(text)
        for document in documents(text):
            self._read_yaml(document)

    def _read_yaml(self, document: Document) -> None:
        if document.stray:
            self._problem(
                YamlError("kubectl wants '---' alone on its line; move the text behind it to the next", -1),
                document.line,
            )
            return
        repeated: list[YamlError] = []
        try:
            value = self._loader.value(document.text, repeated)
        except YamlError as error:
            if "{{" not in document.text:
                self._problem(error, document.line)
            elif not self._template:  # said once per file
                self._template = True
                self._problem(YamlError(_TEMPLATE, error.line, error.column), document.line)
            return
        for twice in repeated:
            self._problem(twice, document.line, unread=False)
        if value is not None:
            self._take(value, _new(Origin, (self.file, document.line, document.number, -1, ())))

    def _problem(self, error: YamlError, line: int, *, unread: bool = True) -> None:
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
        found = resource(body, default_namespace=self._namespace, origin=origin)
        if found is not None and found.kind != "ConfigMap":  # as nearly always
            self.resources.append(found)
            return
        if _may_hold_istio(body) and self._take_istio(body, origin):
            return
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
        if found is None:
            self.ignored += 1
        else:
            self.resources.append(found)

    def _take_istio(self, body: dict[str, Any], origin: Origin) -> bool:
        """Take settings of Istio out of what holds them; whether that was all that the object is for."""
        from proxyless.adapters.istio_text import NAMESPACE, settings_in  # noqa: PLC0415  most runs never need it

        named = mapping(body.get("metadata")).get("namespace")
        is_map = body.get("kind") == "ConfigMap"
        found = settings_in(body, str(named or (self._namespace if is_map else NAMESPACE)), origin)
        self.resources.extend(found.resources)
        self.problems.extend(found.problems)
        return bool(found.resources) and not is_map


def _may_hold_istio(body: object) -> TypeGuard[dict[str, Any]]:
    """Whether an object may hold settings of Istio; cheap, and nearly always False."""
    if not isinstance(body, dict):
        return False
    kind = body.get("kind")
    if kind == "ConfigMap":
        return str(mapping(body.get("metadata")).get("name")).startswith("istio")
    return kind == "IstioOperator" or (kind is None and "meshConfig" in body and "apiVersion" not in body)


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
