"""Asks a real istiod about the meshes of `written/*.yaml` and keeps its answers beside the other kept ones.

    python -m differential.ask_written [NAME...]

Named meshes replace or join what is kept, without names all are asked anew. What the model says otherwise is printed; exit code 1.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from differential import keep
from differential.answer import answer
from differential.cluster import Cluster
from differential.compare import compare
from differential.keep import Record
from differential.mesh import ROOT_SPACE, Mesh
from differential.question import Questions
from differential.written_meshes import meshes

KEPT = Path(__file__).parents[1] / "mesh" / "effective" / "oracle" / "written.jsonl.gz"


def kept() -> dict[str, Record]:
    """Kept answers by the name of their mesh."""
    return {record.mesh.name: record for record in keep.read(KEPT)} if KEPT.exists() else {}


def main(names: Sequence[str] | None = None) -> int:
    """Exit code 1 where the model says otherwise than istiod."""
    wanted = list(sys.argv[1:] if names is None else names)
    chosen = {name: mesh for name, mesh in meshes().items() if name in wanted or not wanted}
    found = kept() if wanted else {}
    with Cluster() as cluster:
        questions = Questions(cluster, envoys=True)
        for batch in _batches(chosen.values()):
            found |= {record.mesh.name: record for record in questions.put(batch)}
    keep.write(KEPT, (found[name] for name in sorted(found)))
    return 1 if sum([_told(name, found[name]) for name in chosen]) else 0


def _batches(chosen: Iterable[Mesh]) -> list[list[Mesh]]:
    """One batch of all that leave the root namespace alone, then each of the others, whose objects count for everybody."""
    alone = {True: list[Mesh](), False: list[Mesh]()}
    for mesh in chosen:
        alone[any(item["metadata"]["namespace"] == ROOT_SPACE for _, item in mesh.objects)].append(mesh)
    return [*([alone[False]] if alone[False] else []), *([mesh] for mesh in alone[True])]


def _told(name: str, record: Record) -> int:
    found = compare(record.facts, answer(record)).differences
    for item in found:
        print(f"{name}: {item}")
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
