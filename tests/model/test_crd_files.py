"""`crds/*.yaml`: one file per kind of ours, and schemas that the API server takes. `make generate` writes them."""

from typing import Any

import pytest
import yaml

from generate.crds import FOLDER, files
from proxyless.model.crd_definition import DEFINITIONS, definition


def test_no_file_without_a_model() -> None:
    ours = {path.name for path, _ in files()}
    assert {path.name for path in FOLDER.glob("*.yaml")} == {*ours, "kustomization.yaml"}
    assert set(yaml.safe_load((FOLDER / "kustomization.yaml").read_text())["resources"]) == ours


def nodes(node: dict[str, Any], path: str = "") -> list[tuple[str, dict[str, Any]]]:
    found = [(path, node)]
    for key, value in node.get("properties", {}).items():
        found += nodes(value, f"{path}.{key}")
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            found += nodes(node[key], f"{path}.*")
    return found


@pytest.mark.parametrize("kind", DEFINITIONS)
def test_schema_is_structural_and_every_field_is_described(kind: str) -> None:
    schema = definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    for path, node in nodes(schema):
        assert "type" in node, path
        assert not {"$ref", "anyOf", "allOf", "title", "default", "$defs"} & set(node), path
        if path not in ("", ".apiVersion", ".kind", ".metadata") and not path.endswith("*"):
            assert node.get("description", "").endswith("."), path
