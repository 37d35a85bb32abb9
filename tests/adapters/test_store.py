"""The store: what a change is, ghosts, late events, and snapshots that never change."""

import json
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

from proxyless.adapters.store import NOT_YET, Store
from proxyless.adapters.store_change import Change
from proxyless.adapters.trim import LAST_APPLIED
from proxyless.model.resource import Ref, Resource

KINDS = ("VirtualService", "Pod", "Namespace")


def virtual_service(name: str, version: int, *, namespace: str = "shop", **fields: Any) -> dict[str, Any]:
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": name, "namespace": namespace, "resourceVersion": str(version)},
        "spec": {"hosts": [name]},
        **fields,
    }


def ref(name: str, namespace: str = "shop") -> Ref:
    return Ref("VirtualService", namespace, name)


class Heard(list[Change]):
    """Changes in the order in which they were told."""


@pytest.fixture
def heard(store: Store) -> Heard:
    changes = Heard()
    store.subscribe(changes.append)
    return changes


@pytest.fixture
def store() -> Store:
    return Store(KINDS)


def names(store: Store) -> set[str]:
    return {item.name for item in store.snapshot().of_kind("VirtualService")}


def test_an_event_before_the_first_list_is_kept_but_the_kind_is_not_complete(store: Store) -> None:
    store.upsert("VirtualService", virtual_service("a", 5))
    assert names(store) == {"a"}
    assert store.missing()["VirtualService"] == NOT_YET
    assert not store.snapshot().complete


def test_a_list_makes_the_kind_complete(store: Store, heard: Heard) -> None:
    store.replace("VirtualService", [virtual_service("a", 5)], version=7)
    assert store.snapshot().complete == {"VirtualService"}
    assert "VirtualService" not in store.missing()
    assert heard == [Change(frozenset({ref("a")}), completeness=True)]


def test_a_list_drops_ghosts(store: Store, heard: Heard) -> None:
    store.replace("VirtualService", [virtual_service("a", 5), virtual_service("b", 6)], version=7)
    heard.clear()
    store.replace("VirtualService", [virtual_service("b", 6)], version=9)
    assert names(store) == {"b"}
    assert heard == [Change(frozenset({ref("a")}))]


def test_an_older_list_neither_revives_nor_hides_what_events_said(store: Store) -> None:
    store.replace("VirtualService", [virtual_service("old", 3), virtual_service("gone", 4)], version=7)
    store.upsert("VirtualService", virtual_service("new", 9))
    store.upsert("VirtualService", virtual_service("old", 10, spec={"hosts": ["changed"]}))
    store.delete("VirtualService", virtual_service("gone", 11))
    store.replace("VirtualService", [virtual_service("old", 3), virtual_service("gone", 4)], version=8, seen=4)
    assert names(store) == {"old", "new"}
    assert store.snapshot().get("VirtualService", "shop", "old").spec == {"hosts": ["changed"]}  # type: ignore[union-attr]


def test_a_server_whose_history_went_back_is_believed(store: Store) -> None:
    store.replace("VirtualService", [virtual_service("a", 500), virtual_service("b", 600)], version=700)
    seen = store.newest("VirtualService")
    store.replace("VirtualService", [virtual_service("a", 50, spec={"hosts": ["backup"]})], version=60, seen=seen)
    assert names(store) == {"a"}
    assert store.snapshot().get("VirtualService", "shop", "a").spec == {"hosts": ["backup"]}  # type: ignore[union-attr]
    store.upsert("VirtualService", virtual_service("c", 70))
    assert names(store) == {"a", "c"}


def test_an_event_that_comes_late_changes_nothing(store: Store, heard: Heard) -> None:
    store.upsert("VirtualService", virtual_service("a", 9))
    store.delete("VirtualService", virtual_service("b", 12))
    heard.clear()
    store.upsert("VirtualService", virtual_service("a", 5, spec={}))
    store.upsert("VirtualService", virtual_service("b", 11))
    store.delete("VirtualService", virtual_service("a", 8))
    assert names(store) == {"a"}
    assert heard == []


def test_an_object_made_anew_is_there_again(store: Store) -> None:
    store.upsert("VirtualService", virtual_service("a", 9))
    store.delete("VirtualService", virtual_service("a", 12))
    store.upsert("VirtualService", virtual_service("a", 13))
    assert names(store) == {"a"}


def test_status_and_counters_are_no_change_of_content(store: Store, heard: Heard) -> None:
    store.upsert("VirtualService", virtual_service("a", 5))
    heard.clear()
    store.upsert("VirtualService", virtual_service("a", 6, status={"conditions": [{"type": "ProxylessReady"}]}))
    assert heard == [Change(status=frozenset({ref("a")}))]
    store.upsert("VirtualService", virtual_service("a", 7, spec={}))
    assert heard[1:] == [Change(frozenset({ref("a")}))]


def test_the_same_object_again_is_no_change(store: Store, heard: Heard) -> None:
    store.upsert("VirtualService", virtual_service("a", 5))
    before = store.snapshot()
    heard.clear()
    store.upsert("VirtualService", virtual_service("a", 5))
    assert heard == []
    assert store.snapshot() is before


def test_a_kind_that_may_not_be_read_any_more_is_forgotten(store: Store, heard: Heard) -> None:
    store.replace("VirtualService", [virtual_service("a", 5)], version=7)
    heard.clear()
    store.incomplete("VirtualService", "forbidden")
    assert names(store) == set()
    assert store.missing()["VirtualService"] == "forbidden"
    assert not store.snapshot().knows("VirtualService")
    assert heard == [Change(frozenset({ref("a")}), completeness=True)]
    store.incomplete("VirtualService", "forbidden")
    assert len(heard) == 1


def test_bulky_fields_are_dropped_and_the_event_is_not_changed(store: Store) -> None:
    body = virtual_service("a", 5, status={"validationMessages": ["x"], "conditions": []})
    body["metadata"] |= {"managedFields": [{"manager": "kubectl"}], "annotations": {LAST_APPLIED: "{}", "keep": "me"}}
    store.upsert("VirtualService", body)
    kept = store.snapshot().get("VirtualService", "shop", "a")
    assert kept is not None
    assert kept.body["metadata"] == {
        "name": "a",
        "namespace": "shop",
        "resourceVersion": "5",
        "annotations": {"keep": "me"},
    }
    assert kept.body["status"] == {"conditions": []}
    assert LAST_APPLIED in body["metadata"]["annotations"]


@pytest.mark.parametrize(
    ("owner", "kept"),
    [
        ({"kind": "ReplicaSet", "controller": True}, False),
        ({"kind": "ReplicaSet"}, True),
        ({"kind": "Rollout", "controller": True}, True),
    ],
)
def test_pods_of_a_watched_workload_are_not_kept(store: Store, owner: dict[str, Any], kept: bool) -> None:
    pod = {
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "shop", "resourceVersion": "1", "ownerReferences": [owner]},
    }
    store.upsert("Pod", pod)
    store.replace("Pod", [pod], version=2)
    assert len(store.snapshot()) == kept


def test_kinds_of_cluster_scope_have_no_namespace(store: Store) -> None:
    store.upsert("Namespace", {"metadata": {"name": "shop", "resourceVersion": "1"}})
    assert store.snapshot().get("Namespace", "", "shop") is not None


def test_a_snapshot_never_changes(store: Store) -> None:
    store.replace("VirtualService", [virtual_service("a", 1), virtual_service("z", 1, namespace="web")], version=2)
    before = store.snapshot()
    everything = {item.ref for item in before}
    store.upsert("VirtualService", virtual_service("b", 3))
    store.delete("VirtualService", virtual_service("a", 4))
    store.delete("VirtualService", virtual_service("z", 5, namespace="web"))
    store.upsert("Namespace", {"metadata": {"name": "shop", "resourceVersion": "6"}})
    assert {item.ref for item in before} == everything == {ref("a"), ref("z", "web")}
    assert [item.name for item in before.of_kind("VirtualService", "shop")] == ["a"]
    assert before.of_kind("Namespace") == ()
    assert len(before) == 2
    after = store.snapshot()
    assert {item.name for item in after} == {"b", "shop"}
    assert after.of_kind("VirtualService", "web") == ()
    assert not after.knows("Pod")


def test_an_event_copies_only_what_it_touches(store: Store) -> None:
    store.replace("VirtualService", [virtual_service("a", 1), virtual_service("z", 1, namespace="web")], version=2)
    before = store.snapshot()
    web = before.of_kind("VirtualService", "web")
    store.upsert("VirtualService", virtual_service("b", 3))
    assert store.snapshot().of_kind("VirtualService", "web") is web


def test_overlay_leaves_the_snapshot_and_the_store_alone(store: Store) -> None:
    store.replace("VirtualService", [virtual_service("a", 1), virtual_service("b", 1)], version=2)
    before = store.snapshot()
    reviewed = Resource(ref("c"), virtual_service("c", 0))
    after = before.overlay(reviewed, removed=[ref("a")])
    twice = after.overlay(Resource(ref("d"), {}), removed=[ref("c")])
    assert {item.name for item in after} == {"b", "c"}
    assert {item.name for item in twice} == {"b", "d"}
    assert {item.name for item in before} == names(store) == {"a", "b"}
    assert after.complete == {"VirtualService"}


def test_counts(store: Store) -> None:
    store.upsert("VirtualService", virtual_service("a", 5))
    assert store.counts() == {"VirtualService": 1, "Pod": 0, "Namespace": 0}


def test_readers_in_other_threads_see_whole_worlds(store: Store) -> None:
    """Every list has all its objects at one version; a reader must never see two versions mixed."""
    mixed: list[set[Any]] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            hosts = {str(item.spec) for item in store.snapshot().of_kind("VirtualService")}
            if len(hosts) > 1:
                mixed.append(hosts)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for version in range(1, 200):
            store.replace(
                "VirtualService",
                [virtual_service(f"v{n}", version, spec={"v": version}) for n in range(20)],
                version=version,
            )
    finally:
        done.set()
        reader.join(5)
    assert mixed == []


class Body(dict[str, Any]):
    """An object as a page of a list holds it; others can see whether it is still there."""


def listed_one_by_one(kind: str, number: int, alive: list[int], **fields: Any) -> Iterator[Body]:
    """Objects of a list; before each, how many of those before it are still held."""
    seen: list[weakref.ref[Body]] = []
    for index in range(number):
        alive.append(sum(item() is not None for item in seen))
        body = Body(virtual_service(f"{kind.lower()}-{index}", 5), kind=kind, **fields)
        seen.append(weakref.ref(body))
        yield body
        del body


@pytest.mark.parametrize("owners", [[], [{"kind": "ReplicaSet", "name": "web-5d9c", "controller": True}]])
@pytest.mark.parametrize("kind", ["VirtualService", "Pod"])
def test_a_list_holds_no_object_longer_than_its_turn(store: Store, kind: str, owners: list[dict[str, Any]]) -> None:
    alive: list[int] = []

    def owned() -> Iterator[Body]:
        for body in listed_one_by_one(kind, 50, alive, status={"phase": "Running"}):
            body["metadata"]["ownerReferences"] = owners
            yield body
            del body

    store.replace(kind, owned(), version=9)
    assert len(alive) == 50
    assert max(alive) <= 1


def test_equal_texts_are_one_text(store: Store) -> None:
    bodies = [json.loads(json.dumps(virtual_service(name, 5, spec={"hosts": ["cart.shop"]}))) for name in "ab"]
    store.replace("VirtualService", bodies, version=9)
    first, second = (store.get(ref(name)) for name in "ab")
    assert first is not None
    assert second is not None
    assert first.spec["hosts"][0] is second.spec["hosts"][0]
    assert first.body["metadata"]["namespace"] is second.body["metadata"]["namespace"]
