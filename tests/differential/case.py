"""Minimal meshes as case folders: `config.yaml` that a person reads, `istiod.json` with what istiod said.

Written by `run` where the model was wrong; `tests/mesh/effective` asks the model about each again, in every test run.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from differential.compare import Difference
from differential.keep import Record
from differential.mesh import Mesh

FOLDER = Path(__file__).parents[1] / "mesh" / "effective" / "found"


def write(record: Record, name: str, told: Iterable[str], folder: Path = FOLDER) -> Path:
    """Write a case under a name; what is to be told of it heads its manifest."""
    case = folder / name
    case.mkdir(parents=True, exist_ok=True)
    head = "".join(f"# {line}\n" for line in told)
    (case / "config.yaml").write_text(head + yaml.safe_dump_all(record.objects, sort_keys=False))
    said = {
        "questions": record.mesh.with_objects(()).plain(),
        "root": len(record.root),
        "facts": record.facts,
    }
    (case / "istiod.json").write_text(json.dumps(said, indent=1) + "\n")
    return case


def name_of(record: Record, differences: list[Difference]) -> str:
    """Name of a case: the kind of question and the seed."""
    return f"{differences[0].question.kind.replace(' ', '-').replace(chr(39), '')}-{record.mesh.seed}"


def read(folder: Path = FOLDER) -> Iterator[tuple[str, Record]]:
    """All cases by name."""
    for case in sorted(folder.glob("*/config.yaml")):
        told: dict[str, Any] = json.loads((case.parent / "istiod.json").read_text())
        objects = [(0, item) for item in yaml.safe_load_all(case.read_text())]
        root, own = objects[: told["root"]], objects[told["root"] :]
        yield case.parent.name, Record(Mesh.of(told["questions"]).with_objects(own), root, told["facts"])
