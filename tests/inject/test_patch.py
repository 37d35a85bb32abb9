"""The patch builder against the plain meaning of its wishes, on documents of any shape."""

import copy
from typing import Any

import jsonpatch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyless.inject.patch import Patch, Path

KEYS = st.sampled_from(["a", "b", "sidecar.istio.io/inject", "x~y", "~1", "", "0"])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.text(max_size=2))
DOCUMENTS = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
        max_leaves=10,
    ),
    max_size=4,
)
PATHS = st.lists(KEYS, max_size=3).map(tuple)


def plain_put(document: Any, path: Path, key: str, value: Any) -> None:
    """Puts a member, making mappings on the way where there is none."""
    for step in path:
        if not isinstance(document.get(step), dict):
            document[step] = {}
        document = document[step]
    document[key] = value


def plain_list(document: Any, path: Path) -> list[Any]:
    """The list at a path, made where there is none."""
    for step in path[:-1]:
        if not isinstance(document.get(step), dict):
            document[step] = {}
        document = document[step]
    if not isinstance(document.get(path[-1]), list):
        document[path[-1]] = []
    found: list[Any] = document[path[-1]]
    return found


@settings(max_examples=400, deadline=None)
@given(document=DOCUMENTS, wishes=st.lists(st.tuples(PATHS, KEYS, st.integers(10, 99)), max_size=6))
def test_put_gives_what_was_wanted(document: dict[str, Any], wishes: list[tuple[Path, str, int]]) -> None:
    wanted, before, patch = copy.deepcopy(document), copy.deepcopy(document), Patch(document)
    kept: list[Path] = []
    for path, key, value in wishes:
        place = (*path, key)
        if any(place[: len(other)] == other or other[: len(place)] == place for other in kept):
            continue  # one wish for each member, and none for the inside of another's value
        kept.append(place)
        plain_put(wanted, path, key, value)
        patch.put(path, key, value)
    assert jsonpatch.apply_patch(document, patch.operations()) == wanted
    assert document == before


@settings(max_examples=400, deadline=None)
@given(
    document=DOCUMENTS,
    path=PATHS.filter(bool),
    front=st.lists(st.integers(10, 99), max_size=3),
    back=st.lists(st.integers(100, 199), max_size=3),
    data=st.data(),
)
def test_lists_grow_at_both_ends(
    document: dict[str, Any], path: Path, front: list[int], back: list[int], data: st.DataObject
) -> None:
    wanted, patch = copy.deepcopy(document), Patch(document)
    standing = patch._at(path)
    if isinstance(standing, list) and standing:
        for index in data.draw(st.sets(st.integers(0, len(standing) - 1))):
            patch.remove(path, index)
            plain_list(wanted, path)[index] = None
    gone = [index for _, index in patch._removes]
    if front or back:
        rest = [item for index, item in enumerate(plain_list(wanted, path)) if index not in gone]
        plain_list(wanted, path)[:] = front + rest + back
    elif gone:
        plain_list(wanted, path)[:] = [item for i, item in enumerate(plain_list(wanted, path)) if i not in gone]
    half = len(front) // 2
    patch.prepend(path, front[half:])
    patch.prepend(path, front[:half])
    patch.append(path, back)
    assert jsonpatch.apply_patch(document, patch.operations()) == wanted


def test_indexes_mean_the_raw_document() -> None:
    raw = {"spec": {"containers": [{"name": "stub"}, {"name": "app", "env": [{"name": "EMPTY"}, {"name": "B"}]}]}}
    patch = Patch(raw)
    patch.prepend(("spec", "containers"), [{"name": "agent"}])
    patch.remove(("spec", "containers"), 0)
    patch.put(("spec", "containers", 1, "env", 1), "value", "b")
    patch.remove(("spec", "containers", 1, "env"), 0)
    patch.prepend(("spec", "containers", 1, "env"), [{"name": "A"}])
    patch.append(("spec", "containers", 1, "volumeMounts"), [{"name": "data"}])
    assert jsonpatch.apply_patch(raw, patch.operations())["spec"]["containers"] == [
        {"name": "agent"},
        {"name": "app", "env": [{"name": "A"}, {"name": "B", "value": "b"}], "volumeMounts": [{"name": "data"}]},
    ]


def test_several_removed_items_are_those_of_the_raw_document() -> None:
    raw = {"list": ["a", "b", "c", "d"]}
    patch = Patch(raw)
    for index in (0, 2):
        patch.remove(("list",), index)
    assert jsonpatch.apply_patch(raw, patch.operations()) == {"list": ["b", "d"]}


@pytest.mark.parametrize("raw", [{}, {"metadata": None}, {"metadata": {"labels": None}}, {"metadata": {"labels": {}}}])
def test_missing_and_null_parents_are_made_once(raw: dict[str, Any]) -> None:
    patch = Patch(raw)
    patch.put(("metadata", "labels"), "a/b", "1")
    patch.put(("metadata", "labels"), "c~d", "2")
    operations = patch.operations()
    assert jsonpatch.apply_patch(raw, operations) == {"metadata": {"labels": {"a/b": "1", "c~d": "2"}}}
    assert len(operations) == (2 if raw == {"metadata": {"labels": {}}} else 1)


def test_what_stands_already_costs_nothing() -> None:
    patch = Patch({"metadata": {"labels": {"app": "cart", "version": "v1"}}})
    patch.put(("metadata", "labels"), "app", "cart")
    patch.put(("metadata", "labels"), "version", "v2")
    assert patch.operations() == [{"op": "replace", "path": "/metadata/labels/version", "value": "v2"}]
