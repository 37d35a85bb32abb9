"""Answers of istiod as files: one JSON object a line, gzipped, names and addresses of slot 0.

`seed`, `mesh` (objects with `creationTimestamp`), `root` (objects that the whole batch had) and `facts`. Files are small because meshes resemble
each other; writing the same records gives the same bytes.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from differential.mesh import Mesh, Object


@dataclass(frozen=True, slots=True)
class Record:
    """A mesh and what istiod said of it."""

    mesh: Mesh
    root: list[tuple[int, Object]]
    facts: dict[str, Any]

    @property
    def objects(self) -> list[Object]:
        """Everything that was there."""
        return [item for _, item in (*self.root, *self.mesh.objects)]

    def line(self) -> str:
        """As one line of JSON."""
        return json.dumps(
            {"seed": self.mesh.seed, "mesh": self.mesh.plain(), "root": self.root, "facts": self.facts},
            separators=(",", ":"),
        )


def write(file: Path, records: Iterable[Record]) -> None:
    """Write a file of answers anew."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
        for record in records:
            packed.write(record.line().encode() + b"\n")


def read(file: Path) -> Iterator[Record]:
    """The records of a file."""
    with gzip.open(file, "rt") as lines:
        for line in lines:
            plain = json.loads(line)
            yield Record(Mesh.of(plain["mesh"]), [(wave, item) for wave, item in plain["root"]], plain["facts"])
