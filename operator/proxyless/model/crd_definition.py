"""CustomResourceDefinitions from the models in ``model.crd``, as structural schemas.

Called by the test that holds ``crds/*.yaml`` equal to the models, which also writes them. Pure: a value in, a value out.
A structural schema is stricter than JSON schema: no references, no ``null``, one type for each node. Defaults are left
out, so that "not said" stays not said in the stored object. Optional objects may be ``null``: that is what a
server-side apply makes of an object whose last field was taken out.
"""

from typing import Any

from pydantic import BaseModel

from proxyless.model.crd import ProxylessMesh, ProxylessPolicy
from proxyless.model.kinds import KINDS
from proxyless.model.record import NamedTuple

_DROPPED = ("title", "default", "additionalProperties")


class Definition(NamedTuple):
    """What a definition says beside the schema."""

    model: type[BaseModel]
    short: str
    rules: tuple[dict[str, str], ...]
    """CEL rules of the object as a whole."""
    columns: tuple[tuple[str, str, str, str], ...]
    """Printer columns: name, type, path, description."""


_COUNTS = (
    ("Workloads", "integer", ".status.workloads", "Proxyless workloads in scope"),
    ("Errors", "integer", ".status.findings.error", "Findings of severity error"),
    ("Warnings", "integer", ".status.findings.warning", "Findings of severity warning"),
)
_READY = (
    (
        "Ready",
        "string",
        '.status.conditions[?(@.type=="ProxylessReady")].status',
        "Whether nothing of severity error is in scope",
    ),
    ("Age", "date", ".metadata.creationTimestamp", ""),
)

_HEALTHY = (
    "Healthy",
    "string",
    '.status.conditions[?(@.type=="Healthy")].status',
    "Whether proxyless itself works",
)

DEFINITIONS: dict[str, Definition] = {
    "ProxylessMesh": Definition(
        ProxylessMesh,
        "pxm",
        rules=(
            {
                "rule": "self.metadata.name == 'default'",
                "message": "there is one ProxylessMesh for a cluster: name it default",
            },
        ),
        columns=(
            ("Istio", "string", ".spec.istio.version", "Istio's version as said here"),
            *_COUNTS,
            _HEALTHY,
            *_READY,
        ),
    ),
    "ProxylessPolicy": Definition(
        ProxylessPolicy,
        "pxp",
        rules=(),
        columns=(*_COUNTS, ("Excused", "integer", ".status.excused", "Findings that are excused"), *_READY),
    ),
}


def definition(name: str) -> dict[str, Any]:
    """The CustomResourceDefinition of one of :data:`DEFINITIONS`, ready to be applied."""
    kind, words = KINDS[name], DEFINITIONS[name]
    schema = words.model.model_json_schema(by_alias=True)
    root = structural(schema, schema.get("$defs", {}))
    root["properties"] = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
        **root["properties"],
    }
    if words.rules:
        root["x-kubernetes-validations"] = [dict(rule) for rule in words.rules]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{kind.group}", "labels": {"app.kubernetes.io/part-of": "proxyless"}},
        "spec": {
            "group": kind.group,
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "names": {
                "kind": name,
                "listKind": f"{name}List",
                "plural": kind.plural,
                "singular": name.lower(),
                "shortNames": [words.short],
                "categories": ["proxyless"],
            },
            "versions": [
                {
                    "name": kind.version,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "additionalPrinterColumns": [_column(*column) for column in words.columns],
                    "schema": {"openAPIV3Schema": root},
                }
            ],
        },
    }


def structural(node: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema node as a structural one: references resolved, ``or null`` left out, maps kept."""
    if "$ref" in node:
        target = definitions[node["$ref"].rpartition("/")[2]]
        return structural({**target, **{key: value for key, value in node.items() if key != "$ref"}}, definitions)
    if "anyOf" in node:
        (only,) = [choice for choice in node["anyOf"] if choice.get("type") != "null"]
        outer = {key: value for key, value in node.items() if key != "anyOf"}
        plain = structural({**only, **outer}, definitions)
        return {**plain, "nullable": True} if plain["type"] == "object" else plain
    result = {key: value for key, value in node.items() if key not in _DROPPED and key != "$defs"}
    if isinstance(node.get("additionalProperties"), dict):
        result["additionalProperties"] = structural(node["additionalProperties"], definitions)
    if "properties" in node:
        result["properties"] = {key: structural(value, definitions) for key, value in node["properties"].items()}
    if "items" in node:
        result["items"] = structural(node["items"], definitions)
    if result.get("enum") and "type" not in result:
        result["type"] = "string"
    if "description" in result:
        result["description"] = " ".join(result["description"].split())
    return dict(sorted(result.items(), key=_reading_order))


def _reading_order(entry: tuple[str, object]) -> tuple[int, str]:
    """What a field is for, its type, its limits, then what is inside."""
    first, last = ("description", "type", "format", "enum"), ("required", "properties", "items", "additionalProperties")
    key = entry[0]
    return (first.index(key) if key in first else 10 + last.index(key) if key in last else 5, key)


def _column(name: str, kind: str, path: str, description: str) -> dict[str, str]:
    column = {"name": name, "type": kind, "jsonPath": path}
    return {**column, "description": description} if description else column
