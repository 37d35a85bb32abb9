"""`make differential`: asks a real istiod about generated meshes and compares the project's model with it.

    python -m differential.run [--meshes N] [--seed N] [--minutes N] [--answers FOLDER] [--kept FILE...]

A seed is a mesh; a hundred neighbours share a batch, whose objects in the root namespace are drawn from the batch's number, so
the same seeds always give the same meshes. Exit code 1 where the model differs; each kind of difference is then made minimal and
written as a case (`tests/mesh/effective/found`). `--kept` compares files of answers instead, without a cluster.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from differential import case, keep, report
from differential.answer import answer
from differential.cluster import Cluster
from differential.compare import Compared, Difference, compare
from differential.generate import mesh_of, root_of
from differential.keep import Record
from differential.mesh import Mesh, Object
from differential.question import Questions
from differential.report import Report
from differential.shrink import shrink

BATCH = 100
_SHRUNK = 6
"""Kinds of difference that one run makes minimal: each takes about a minute."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 1 where the model says otherwise than istiod."""
    parser = argparse.ArgumentParser(
        prog="python -m differential.run", description="Compares the model with a real istiod."
    )
    parser.add_argument("--meshes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="the first; whole hundreds give whole batches")
    parser.add_argument("--minutes", type=float, default=600, help="begin no batch after so many")
    parser.add_argument("--answers", type=Path, help="folder that gets istiod's answers, a file for each batch")
    parser.add_argument(
        "--kept", type=Path, nargs="+", metavar="FILE", help="compare these answers; no cluster is started"
    )
    chosen = parser.parse_args(arguments)
    if chosen.kept:
        found = _compared((record, None) for file in chosen.kept for record in keep.read(file))
        if report.is_of_pinned(chosen.kept[0].parent):
            report.keep(found)
        return _told(found)
    with Cluster() as cluster:
        questions = Questions(cluster)
        found = _compared(_asked(questions, chosen))
        code = _told(found)
        if found.meshes == chosen.meshes:
            report.keep(found)
        if code:
            _minimal(questions, found)
    return code


class Found(Report):
    """A report with what differed."""

    __slots__ = ("different",)

    def __init__(self) -> None:
        super().__init__()
        self.different: list[tuple[Record, list[Difference]]] = []


def _asked(questions: Questions, chosen: argparse.Namespace) -> Iterator[tuple[Record, Compared | None]]:
    begun = time.monotonic()
    last = chosen.seed + chosen.meshes
    if chosen.answers:
        report.mark(chosen.answers)
    for start in range(chosen.seed - chosen.seed % BATCH, last, BATCH):
        if time.monotonic() - begun > 60 * chosen.minutes:
            print(f"time is up before seed {start}", flush=True)
            return
        seeds = range(max(start, chosen.seed), min(start + BATCH, last))
        judged: dict[int, Compared] = {}

        def differs(record: Record, judged: dict[int, Compared] = judged) -> bool:
            judged[record.mesh.seed] = compare(record.facts, answer(record))
            return bool(judged[record.mesh.seed].differences)

        records = questions.put([mesh_of(seed) for seed in seeds], root_of(start // BATCH), doubt=differs)
        if chosen.answers:
            keep.write(chosen.answers / f"{start:07d}.jsonl.gz", records)
        print(f"{time.monotonic() - begun:.0f} s: seeds {seeds.start} to {seeds.stop - 1}", flush=True)
        alike = all(not judged[seed].differences for seed in seeds if seed in judged) and len(judged) == len(seeds)
        yield from ((record, judged[record.mesh.seed] if alike else None) for record in records)


def _compared(records: Iterator[tuple[Record, Compared | None]]) -> Found:
    """Add up; what was compared already is not compared again."""
    found = Found()
    for record, known in records:
        compared = known or compare(record.facts, answer(record))
        found.add(record.mesh.seed, compared)
        if compared.differences:
            found.different.append((record, compared.differences))
    return found


def _told(found: Found) -> int:
    """Print the report and one example for each kind of difference."""
    shown: set[str] = set()
    for record, differences in found.different:
        for item in differences:
            if item.question.kind not in shown:
                print(f"seed {record.mesh.seed}: {item}")
            shown.add(item.question.kind)
    print(found.text(), flush=True)
    return 1 if found.different else 0


def _minimal(questions: Questions, found: Found) -> None:
    """One case for each kind of difference."""
    done: set[str] = set()
    for record, differences in found.different:
        kind = differences[0].question.kind
        if kind in done or len(done) == _SHRUNK:
            continue
        done.add(kind)

        smallest = None
        for root in ((), record.root):
            smallest = smallest or shrink(record.mesh, differences[0], partial(_differ, questions, root))
        if smallest is None:
            print(f"seed {record.mesh.seed}: {differences[0]}: did not come again")
        else:
            least, differ = smallest
            print(
                f"seed {record.mesh.seed}: {case.write(least, case.name_of(*smallest), map(str, differ[:4]))}",
                flush=True,
            )


def _differ(
    questions: Questions, root: Sequence[tuple[int, Object]], meshes: Sequence[Mesh]
) -> list[tuple[Record, list[Difference]]]:
    return [(item, _differences(item)) for item in questions.put(meshes, root)]


def _differences(record: Record) -> list[Difference]:
    return compare(record.facts, answer(record)).differences


if __name__ == "__main__":
    sys.exit(main())
