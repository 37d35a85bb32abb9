"""Minimal meshes as case folders: `config.yaml` that a person reads, `istiod.json` with what istiod said.

Written by `run` where the model was wrong; `tests/mesh/effective` asks the model about each again, in every test run.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from differential.compare import Difference
from differential.keep import Record
from differential.mesh import Mesh

FOLDER = Path(__file__).parents[1] / "mesh" / "effective" / "found"


def write(record: Record, differences: list[Difference], folder: Path = FOLDER) -> Path:
    """Write a case; its name tells the kind of question and the seed."""
    kind = differences[0].question.kind.replace(" ", "-").replace("'", "")
    case = folder / f"{kind}-{record.mesh.seed}"
    case.mkdir(parents=True, exist_ok=True)
    head = "".join(f"# {line}\n" for line in map(str, differences[:4]))
    (case / "config.yaml").write_text(head + yaml.safe_dump_all(record.objects, sort_keys=False))
    questions = record.mesh.with_objects(()).plain()
    told = {"questions": questions, "root": len(record.root), "facts": record.facts}
    (case / "istiod.json").write_text(json.dumps(told, indent=1) + "\n")
    return case


def read(folder: Path = FOLDER) -> Iterator[tuple[str, Record]]:
    """All cases by name."""
    for case in sorted(folder.glob("*/config.yaml")):
        told: dict[str, Any] = json.loads((case.parent / "istiod.json").read_text())
        objects = [(0, item) for item in yaml.safe_load_all(case.read_text())]
        root, own = objects[: told["root"]], objects[told["root"] :]
        yield case.parent.name, Record(Mesh.of(told["questions"]).with_objects(own), root, told["facts"])
