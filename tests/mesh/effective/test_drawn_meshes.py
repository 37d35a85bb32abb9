"""The model against a real istiod's kept answers about generated meshes: routes of all kinds, delegates, ServiceEntries, RBAC.

`make differential` asks istiod anew, about more meshes.
"""

from pathlib import Path

from differential import keep
from differential.answer import answer
from differential.compare import compare

_KEPT = Path(__file__).parent / "oracle" / "drawn.jsonl.gz"


def test_the_model_says_of_drawn_meshes_what_istiod_said() -> None:
    meshes, questions, wrong = 0, 0, []
    for record in keep.read(_KEPT):
        compared = compare(record.facts, answer(record))
        meshes += 1
        questions += compared.questions.total()
        wrong += [f"seed {record.mesh.seed}: {item}" for item in compared.differences]
        assert not compared.unknown, record.mesh.seed
    assert not wrong, "\n".join(wrong[:10])
    assert meshes >= 300
    assert questions >= 50_000
