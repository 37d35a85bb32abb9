"""`crds/*.yaml` is what the models say. After a change of a model: `UPDATE_CRDS=1 pytest tests/model/test_crd_files.py`."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from proxyless.model.crd_definition import KINDS, definition

FOLDER = Path(__file__).parents[2] / "crds"


def text_of(kind: str) -> str:
    head = "# Made from operator/proxyless/model/crd.py; tests/model/test_crd_files.py holds the two equal.\n"
    return head + yaml.safe_dump(definition(kind), sort_keys=False, width=120)


def file_of(kind: str) -> Path:
    return FOLDER / f"{KINDS[kind].plural}.yaml"


@pytest.mark.parametrize("kind", KINDS)
def test_file_equals_model(kind: str) -> None:
    if os.environ.get("UPDATE_CRDS"):
        file_of(kind).write_text(text_of(kind))
    assert file_of(kind).read_text() == text_of(kind), "model and file differ: run with UPDATE_CRDS=1 and commit both"


def test_no_file_without_a_model() -> None:
    ours = {file_of(kind).name for kind in KINDS}
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


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_structural_and_every_field_is_described(kind: str) -> None:
    schema = definition(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    for path, node in nodes(schema):
        assert "type" in node, path
        assert not {"$ref", "anyOf", "allOf", "title", "default", "$defs"} & set(node), path
        if path not in ("", ".apiVersion", ".kind", ".metadata") and not path.endswith("*"):
            assert node.get("description", "").endswith("."), path
