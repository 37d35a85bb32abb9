"""The model against a real istiod's kept answers about generated meshes, those that people wrote, and minimal ones on which it was wrong.

`make differential` asks istiod anew, about more meshes; `python -m differential.ask_written` about those of `differential/written`.
"""

from pathlib import Path

import pytest

from differential import ask_written, case, keep, written_meshes
from differential.answer import answer
from differential.compare import compare
from differential.keep import Record
from differential.mesh import Mesh

_FOUND = dict(case.read())
_WRITTEN = ask_written.kept()
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


@pytest.mark.parametrize("name", sorted(written_meshes.meshes()))
def test_the_model_says_of_each_written_mesh_what_istiod_said(name: str) -> None:
    compared = compare(_WRITTEN[name].facts, answer(_WRITTEN[name]))
    assert not compared.differences
    assert compared.questions.total() > 10


def test_kept_answers_are_about_the_meshes_as_they_are_written() -> None:
    for name, mesh in written_meshes.meshes().items():
        assert _undated(_WRITTEN[name].mesh) == _undated(mesh), f"{name}: ask istiod anew"


def _undated(mesh: Mesh) -> tuple[object, ...]:
    objects = [
        item | {"metadata": {key: value for key, value in item["metadata"].items() if key != "creationTimestamp"}}
        for _, item in mesh.objects
    ]
    return objects, mesh.clients, mesh.servers, mesh.hosts, mesh.shorts
