"""The model against a real istiod's kept answers about generated meshes, and about minimal ones on which it was wrong once.

`make differential` asks istiod anew, about more meshes.
"""

from pathlib import Path

import pytest

from differential import case, keep
from differential.answer import answer
from differential.compare import compare
from differential.keep import Record

_FOUND = dict(case.read())
_KEPT = Path(__file__).parent / "oracle" / "drawn.jsonl.gz"


def test_the_model_says_of_drawn_meshes_what_istiod_said() -> None:
    meshes, questions, unknown = 0, 0, 0
    wrong: list[str] = []
    for record in keep.read(_KEPT):
        compared = compare(record.facts, answer(record))
        meshes += 1
        questions += compared.questions.total()
        wrong += [f"seed {record.mesh.seed}: {item}" for item in compared.differences]
        unknown += compared.unknown.total()
    assert not wrong, "\n".join(wrong[:10])
    assert meshes >= 300
    assert questions >= 50_000
    assert unknown <= questions / 100


@pytest.mark.parametrize("record", _FOUND.values(), ids=_FOUND)
def test_the_model_says_of_each_minimal_mesh_what_istiod_said(record: Record) -> None:
    assert not compare(record.facts, answer(record)).differences
