"""Minimal meshes that linters get wrong, each with istiod's own answers; read as a user's file is read."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh.effective.differences import differences
from mesh.effective.oracle.meshes import told

FAULTS = Path(__file__).parent / "faults"
NAMES = sorted(item.name for item in FAULTS.iterdir())


def _read(name: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    folder = FAULTS / name
    bodies = list(yaml.safe_load_all((folder / "config.yaml").read_text()))
    return bodies, json.loads((folder / "oracle.json").read_text())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("complete", [True, False], ids=["cluster", "file"])
def test_model_says_what_istiod_said(name: str, *, complete: bool) -> None:
    """All answers from a cluster; from a file all but those about names that nobody there registers."""
    bodies, facts = _read(name)
    if not complete:
        for client in facts["clients"].values():
            client["shorts"] = {key: value for key, value in client["shorts"].items() if value}
    said = told(name, bodies, facts)
    assert not list(differences(said, said.mesh(complete=complete)))


def test_faults_are_all_there() -> None:
    """An empty folder would pass every other test."""
    assert len(NAMES) >= 20
