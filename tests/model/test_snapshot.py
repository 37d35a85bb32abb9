"""Snapshots keep the order in which objects were given, and share what did not change."""

from hypothesis import given
from hypothesis import strategies as st

from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot

REFS = st.builds(Ref, st.sampled_from(("Service", "Pod")), st.sampled_from(("shop", "web")), st.sampled_from("abcd"))
ITEMS = st.builds(lambda ref: Resource(ref, {"spec": {}}), REFS)


@given(first=st.lists(ITEMS), steps=st.lists(st.tuples(st.lists(ITEMS, max_size=4), st.lists(REFS, max_size=3))))
def test_overlay_is_what_a_new_snapshot_of_the_same_objects_would_be(
    first: list[Resource], steps: list[tuple[list[Resource], list[Ref]]]
) -> None:
    snapshot, known = Snapshot(first), {item.ref: item for item in first}
    for changed, removed in steps:
        before, then = snapshot, list(known.values())
        gone = set(removed) - {item.ref for item in changed}
        snapshot = snapshot.overlay(*changed, removed=gone)
        known = {ref: item for ref, item in known.items() if ref not in gone} | {item.ref: item for item in changed}
        for made, wanted in ((snapshot, list(known.values())), (before, then)):
            whole = Snapshot(wanted)
            assert [id(item) for item in made] == [id(item) for item in wanted] == [id(item) for item in whole]
            assert len(made) == len(wanted)
            for kind in ("Service", "Pod", "Gateway"):
                assert [*map(id, made.of_kind(kind))] == [*map(id, whole.of_kind(kind))]
                assert len(made.branch(kind)) == len(whole.of_kind(kind))
                for place in ("shop", "web"):
                    assert {*map(id, made.of_kind(kind, place))} == {*map(id, whole.of_kind(kind, place))}
        for ref in (
            Ref(kind, place, name) for kind in ("Service", "Pod") for place in ("shop", "web") for name in "abcde"
        ):
            assert snapshot.get(*ref) is known.get(ref)


@given(first=st.lists(ITEMS), changed=st.lists(ITEMS, max_size=4), removed=st.lists(REFS, max_size=3))
def test_changes_are_all_that_differs(first: list[Resource], changed: list[Resource], removed: list[Ref]) -> None:
    before = Snapshot(first)
    after = before.overlay(*changed, removed=removed)
    for kind in ("Service", "Pod"):
        told = {
            (was or now).ref: (was, now)
            for was, now in after.branch(kind).changes_since(before.branch(kind))
            if was or now
        }
        refs = {item.ref for one in (before, after) for item in one.of_kind(kind)}
        pairs = {ref: (before.get(*ref), after.get(*ref)) for ref in refs}
        assert told == {ref: (was, now) for ref, (was, now) in pairs.items() if was is not now}


def test_what_did_not_change_is_shared() -> None:
    items = [Resource(Ref(kind, place, "a"), {}) for kind in ("Service", "Pod") for place in ("shop", "web")]
    before = Snapshot(items)
    after = before.overlay(Resource(Ref("Service", "shop", "b"), {}))
    assert after.branch("Pod") is before.branch("Pod")
    assert after.branch("Service") is not before.branch("Service")
    assert after.branch("Service").namespaces["web"] is before.branch("Service").namespaces["web"]
    assert after.of_kind("Pod") is before.of_kind("Pod")
