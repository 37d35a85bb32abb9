"""Turns the text of manifests into resources, read as kubectl reads it.

Called by ``files`` and by tests. An unreadable document becomes a problem that names file, line, column and remedy; the
others are still read. Does no I/O and never raises on input.
"""

import re
from typing import Any, TypeGuard

from proxyless.adapters.pod_templates import pod_templates
from proxyless.errors import InputError
from proxyless.mesh.pod.opt_in_marks import asks_for_agent
from proxyless.mesh.pod.pod import Pod
from proxyless.model.path import show
from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Origin, Resource, mapping, resource
from proxyless.yamltext.error import MAX_DEPTH, YamlError
from proxyless.yamltext.load import Loader
from proxyless.yamltext.segments import Document, documents, is_json

_new = tuple.__new__  # a NamedTuple's own constructor takes twice as long
_MEANT = pattern(r"^apiVersion[ \t]*:.*^kind[ \t]*:|^kind[ \t]*:.*^apiVersion[ \t]*:", re.MULTILINE | re.DOTALL)
"""What is meant to be a Kubernetes object, however broken."""
_TEMPLATE = "a template, not a manifest; render it first: helm template ... | proxyless lint -"


class Manifests(NamedTuple):
    """What a text holds."""

    resources: tuple[Resource, ...] = ()
    problems: tuple[InputError, ...] = ()
    ignored: int = 0
    """Objects of kinds that are not ours to judge."""
    total: int = 0
    """Objects and unreadable documents together."""
    remarks: tuple[InputError, ...] = ()
    """What kubectl reads without a word and its author should know: keys written twice."""
    templates: int = 0
    """Documents that are templates of Helm, of a file that was not named itself."""
    foreign: int = 0
    """Documents that are no Kubernetes objects, of such a file; they count as ignored too."""


def read_text(text: str, file: str, *, default_namespace: str = "default", strict: bool = True) -> Manifests:
    """Read YAML (any number of documents) or JSON.

    Args:
        text: the text, with or without a byte order mark.
        file: its name as the user gave it; ``-`` for standard input.
        default_namespace: namespace for objects without one.
        strict: whether a document that is no Kubernetes object at all is a problem, as in a file that was named itself;
            else such documents are ignored, and templates counted.
    """
    reader = _Reader(file, default_namespace, strict)
    text = text.removeprefix("\ufeff")
    if not (is_json(text) and reader.read_json(text)):
        reader.read_documents(text)
    return Manifests(
        tuple(reader.resources),
        tuple(reader.problems),
        reader.ignored,
        reader.total,
        tuple(reader.remarks),
        reader.templates,
        reader.foreign,
    )


class _Reader:
    """Collects what the documents of one text hold."""

    def __init__(self, file: str, default_namespace: str, strict: bool) -> None:
        self.file = file
        self.resources: list[Resource] = []
        self.problems: list[InputError] = []
        self.remarks: list[InputError] = []
        self.templates = self.foreign = 0
        self.ignored = 0
        self.total = 0
        self._namespace = default_namespace
        self._strict = strict
        self._template = False
        self._loader = Loader()

    def read_json(self, text: str) -> bool:
        """Read a stream of JSON values; False where it is none, so that it may still be YAML."""
        from proxyless.yamltext.json_stream import (  # noqa: PLC0415  YAML needs none of it
            json_values,
            keys_in,
            keys_twice,
            keys_written,
        )

        try:
            values = list(json_values(text))
        except (ValueError, RecursionError):
            return False
        written = keys_written(text)
        for number, (value, line) in enumerate(values):
            keys = keys_in(value)
            if keys is None:
                self._problem(YamlError(f"nested deeper than {MAX_DEPTH} levels; no Kubernetes object is"), line)
                continue
            written -= keys
            self._take(value, Origin(self.file, line, number))
        if written:
            self.remarks.extend(self._error(twice, 1) for twice in keys_twice(text))
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
            self._unreadable(document, error)
            return
        self.remarks.extend(self._error(twice, document.line) for twice in repeated)
        if value is not None:
            self._take(value, _new(Origin, (self.file, document.line, document.number, -1, ())))

    def _unreadable(self, document: Document, error: YamlError) -> None:
        if "{{" in document.text:
            if not self._strict:
                self.total += 1
                self.templates += 1
            elif not self._template:  # said once per file
                self._template = True
                self._problem(YamlError(_TEMPLATE, error.line, error.column), document.line)
        elif self._strict or _MEANT.search(document.text):
            self._problem(error, document.line)
        else:
            self.total += 1
            self._is_foreign()

    def _is_foreign(self) -> None:
        self.ignored += 1
        self.foreign += 1

    def _problem(self, error: YamlError, line: int) -> None:
        self.total += 1
        self.problems.append(self._error(error, line))

    def _error(self, error: YamlError, line: int) -> InputError:
        return InputError(error.message, where=self.file, line=max(line + error.line, 1), column=error.column + 1)

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
        if found is not None and found.kind != "ConfigMap" and _named(body):  # as nearly always
            self.resources.append(found)
            return
        if _may_hold_istio(body) and self._take_istio(body, origin):
            return
        missing = _missing(body, found)
        if missing:
            if not (self._strict or found is not None or _is_meant(body)):
                self._is_foreign()
                return
            inside = f" (item {origin.item} of the list)" if origin.item >= 0 else ""
            self.problems.append(
                InputError(f"not a Kubernetes object{inside}: {missing}", where=self.file, line=origin.line)
            )
            return
        if found is None:
            self.ignored += 1
            self._tell_of_template(body, origin)
        else:
            self.resources.append(found)

    def _tell_of_template(self, body: Any, origin: Origin) -> None:
        """A kind that nobody here judges is told of by name where its pods ask for the agent."""
        for path, template in pod_templates(body.get("spec")):
            if asks_for_agent(Pod(template)):
                name, where = f"{body['kind']} {self._place(body)}", show(path)
                told = f"{name} asks for the agent in {where}, and {body['apiVersion']} {body['kind']} is no kind that proxyless judges"
                self.remarks.append(InputError(f"{told}: its pods are not checked", where=self.file, line=origin.line))
                return

    def _place(self, body: dict[str, Any]) -> str:
        metadata = mapping(body.get("metadata"))
        return f"{metadata.get('namespace') or self._namespace}/{metadata.get('name') or metadata.get('generateName')}"

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
    return kind == "IstioOperator" or (kind is None and "apiVersion" not in body)


def _named(body: object) -> bool:
    """Whether an object has a name that an API server takes."""
    metadata = body.get("metadata") if isinstance(body, dict) else None
    if not isinstance(metadata, dict):
        return False
    name = metadata.get("name") or metadata.get("generateName")
    return isinstance(name, str) and isinstance(metadata.get("namespace") or "", str)


def _is_meant(body: object) -> bool:
    """Whether something that cannot be read as an object was meant to be one."""
    return isinstance(body, dict) and "metadata" in body and ("apiVersion" in body or "kind" in body)


def _missing(body: object, found: Resource | None) -> str:
    """What keeps a value from being an object that kubectl sends, empty where nothing does."""
    if not isinstance(body, dict):
        return "expected a mapping with apiVersion, kind and metadata"
    for key in ("apiVersion", "kind"):
        if not isinstance(body.get(key), str) or not body[key]:
            return f"expected {key} with a text; add it, or leave this file out"
    if body["kind"].endswith("List") and isinstance(body.get("items"), list):
        return "kubectl reads no list inside a list; write its items into the outer one"
    if found is not None and not isinstance(body.get("metadata"), dict):
        return "expected metadata with a mapping, name: ... in it; add it"
    if found is not None and not _named(body):
        return "expected metadata.name with a text (and namespace, where there is one); add it, numbers in quotes"
    return ""


def _completed(item: object, whole: dict[str, Any]) -> object:
    """An item with the list's apiVersion and kind where it has none, as typed lists of the API server leave them out."""
    kind = str(whole["kind"]).removesuffix("List")
    if not isinstance(item, dict) or not kind or "kind" in item:
        return item
    return {"apiVersion": whole.get("apiVersion"), "kind": kind, **item}
