"""Copies of one object: none is lost, and what contradicts nothing is beside each."""

from hypothesis import given
from hypothesis import strategies as st

from proxyless.adapters.meshes import copies_of, meshes_of
from proxyless.adapters.reading import Held
from proxyless.model.resource import Origin, Ref, Resource


def held(name: str, value: int, file: str, *, built: bool = False) -> Held:
    return Held([Resource(Ref("Service", "n", name), {"spec": {"v": value}}, Origin(file, 1, 0))], file, built=built)


def seen(objects: list[Held]) -> list[list[tuple[str, int]]]:
    return [[(item.name, item.spec["v"]) for item in mesh.subjects] for mesh in meshes_of(objects)]


def test_overlays_and_clusters_are_kept_apart() -> None:
    objects = [held("web", 1, "east/a.yaml"), held("db", 1, "west/b.yaml"), held("web", 2, "west/a.yaml")]
    assert seen([held("ns", 0, "ns.yaml"), *objects]) == [[("ns", 0), ("web", 1)], [("ns", 0), ("db", 1), ("web", 2)]]


def test_what_was_built_stands_together_with_its_copies() -> None:
    prod = [held("ns", 0, "prod/kustomization.yaml", built=True), held("web", 1, "prod/kustomization.yaml", built=True)]
    test = [held("ns", 0, "test/kustomization.yaml", built=True), held("web", 2, "test/kustomization.yaml", built=True)]
    assert seen([*prod, *test]) == [[("ns", 0), ("web", 1)], [("ns", 0), ("web", 2)]]
    assert copies_of([*prod, *test]) == ()


def test_copies_in_one_file_are_judged_in_turn() -> None:
    copies = [item for number in range(3) for item in held("a", number, "f.yaml").items]
    assert seen([Held(copies, "f.yaml")]) == [[("a", 0)], [("a", 1)], [("a", 2)]]


def test_copies_in_one_folder_are_judged_beside_the_rest() -> None:
    objects = [
        held("svc", 1, "d/1.yaml"),
        held("a", 1, "d/1.yaml"),
        held("a", 2, "d/2.yaml"),
        held("b", 1, "d/3.yaml"),
        held("b", 2, "d/4.yaml"),
    ]
    assert [sorted(mesh) for mesh in seen(objects)] == [
        [("a", 1), ("b", 1), ("svc", 1)],
        [("a", 2), ("b", 1), ("svc", 1)],
        [("a", 1), ("b", 2), ("svc", 1)],
    ]


OBJECTS = st.lists(
    st.builds(
        held,
        st.sampled_from("abc"),
        st.integers(0, 2),
        st.sampled_from(["x/1.yaml", "x/2.yaml", "y/1.yaml", "z/1.yaml", "1.yaml"]),
    ),
    max_size=12,
)


@given(OBJECTS)
def test_each_copy_is_judged(objects: list[Held]) -> None:
    judged = {(item.ref, str(item.body)) for mesh in meshes_of(objects) for item in mesh.subjects}
    assert judged == {(item.ref, str(item.body)) for one in objects for item in one.items}
    assert all(len({item.ref for item in mesh.snapshot}) == len(mesh.snapshot) for mesh in meshes_of(objects))
