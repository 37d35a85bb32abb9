"""A real istiod, asked about a few meshes: what it says of one must not depend on the others, nor on when it is asked."""

from collections.abc import Iterator

import pytest

from differential.answer import answer
from differential.cluster import Cluster
from differential.compare import Difference, answers, compare
from differential.generate import mesh_of, root_of
from differential.keep import Record
from differential.mesh import Mesh
from differential.question import Questions

pytestmark = pytest.mark.cluster("pilot-discovery", "istioctl")


@pytest.fixture(scope="module")
def questions() -> Iterator[Questions]:
    with Cluster() as cluster:
        yield Questions(cluster)


def test_what_is_said_of_a_mesh_does_not_depend_on_the_others(questions: Questions) -> None:
    meshes = [mesh for seed in range(14) if not _hides_a_service(mesh := mesh_of(seed))]
    together = questions.put(meshes, root_of(1))
    backwards = questions.put(meshes[::-1], root_of(1))[::-1]
    alike = [pair for pair in zip(together, backwards, strict=True) if _ages(pair[0]) == _ages(pair[1])]
    assert len(alike) >= 6
    for one, other in alike:
        assert answers(one.facts) == answers(other.facts), one.mesh.seed


def _hides_a_service(mesh: Mesh) -> bool:
    """Whether a Service is exported to nobody: then istiod knows its pods as they were when it came."""
    notes = [item["metadata"].get("annotations", {}) for _, item in mesh.objects]
    return any(note.get("networking.istio.io/exportTo") == "~" for note in notes)


def _ages(record: Record) -> list[int]:
    """Place of each object in the order of age: on a slow machine two of one wave may be a second apart."""
    stamps = [item["metadata"]["creationTimestamp"] for item in record.objects]
    return [sorted({*stamps}).index(stamp) for stamp in stamps]


def test_every_target_of_every_client_has_an_answer(questions: Questions) -> None:
    (record,) = questions.put([mesh_of(3)])
    assert {client.key for client in record.mesh.clients} == record.facts["clients"].keys()
    assert {server.key for server in record.mesh.servers} == record.facts["servers"].keys()
    for told in record.facts["clients"].values():
        assert list(told["listeners"]) == record.mesh.targets
        assert any(told["listeners"].values())
    assert all(item["metadata"]["creationTimestamp"] for item in record.objects)


def test_the_model_says_what_istiod_says_now(questions: Questions) -> None:
    def differences(record: Record) -> list[Difference]:
        return compare(record.facts, answer(record)).differences

    records = questions.put([mesh_of(seed) for seed in range(7000, 7025)], root_of(70), doubt=differences)
    assert [str(item) for record in records for item in differences(record)] == []
