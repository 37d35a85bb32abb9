"""Counts of pods are those of the pods that are there, in whatever order they come, go and are listed."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from controller.worlds import KINDS_WATCHED, deployment, pod_of
from proxyless.adapters.store import Store
from proxyless.adapters.store_change import Change
from proxyless.lint.running import running_of
from proxyless.lint.world import World
from proxyless.mesh.pod.running import Beside, Running
from proxyless.model.resource import Ref, resource
from proxyless.model.snapshot import Snapshot

PODS = st.tuples(
    st.sampled_from(("a", "b")), st.integers(0, 3), st.booleans(), st.sampled_from(("Pending", "Running", "Failed"))
)
STEPS = st.lists(st.tuples(st.sampled_from(("put", "late", "drop", "list", "missed", "stale")), PODS), max_size=30)


def fresh() -> Store:
    store = Store(KINDS_WATCHED)
    for kind in KINDS_WATCHED:
        store.replace(kind, [])
    store.upsert("Deployment", deployment("a"))
    store.upsert("Deployment", deployment("b"))
    return store


def seen(store: Store) -> dict[str, Running | None]:
    world = World(store.snapshot())
    return {name: running(world, name) for name in ("a", "b")}


def running(world: World, name: str) -> Running | None:
    item = world.get("Deployment", "shop", name)
    workload = world.workload(item) if item else None
    assert workload is not None
    return running_of(workload, world)


def of_files(pods: list[dict[str, Any]]) -> dict[str, Running | None]:
    items = [resource({**body, "apiVersion": api}) for api, body in _bodies(pods)]
    world = World(Snapshot(item for item in items if item is not None))
    return {name: running(world, name) for name in ("a", "b")}


def _bodies(pods: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    owners = [("apps/v1", deployment("a")), ("apps/v1", deployment("b"))]
    return [*owners, *(("v1", pod) for pod in pods)]


def at(body: dict[str, Any], version: int) -> dict[str, Any]:
    return {**body, "metadata": {**body["metadata"], "resourceVersion": str(version)}}


@given(STEPS)
def test_counts_are_those_of_the_pods_that_are_there(steps: list[tuple[str, tuple[str, int, bool, str]]]) -> None:
    store, there, version = fresh(), dict[str, dict[str, Any]](), 10
    for what, (name, number, agent, phase) in steps:
        version += 1
        pod = at(pod_of(name, number, agent=agent, phase=phase), version)
        key = pod["metadata"]["name"]
        match what:
            case "put":
                there[key] = pod
                store.upsert("Pod", pod)
            case "late":  # an event older than all that is known
                store.upsert("Pod", at(pod, 5)) if key in there else None
            case "drop":
                there.pop(key, None)
                store.delete("Pod", pod)
            case "list":
                store.replace("Pod", list(there.values()), version=version, seen=store.newest("Pod"))
            case "missed":  # the stream lost what a list then tells
                there.pop(key, None) if agent else there.update({key: pod})
                store.replace("Pod", list(there.values()), version=version, seen=store.newest("Pod"))
            case "stale":  # made before all that is known now, but not before the history went back
                store.replace("Pod", [], version=6, seen=0)
        assert seen(store) == of_files(list(there.values()))


def test_what_the_store_forgets_is_not_counted() -> None:
    store = fresh()
    store.upsert("Pod", at(pod_of("a", 0), 7))
    assert seen(store)["a"] == Running(Beside.AGENT, {})
    store.incomplete("Pod", "may not be listed")
    assert seen(store)["a"] is None


def test_a_pod_that_is_told_again_changes_nothing() -> None:
    store, heard = fresh(), list[Change]()
    store.upsert("Pod", at(pod_of("a", 0, agent=False), 7))
    store.subscribe(heard.append)
    store.upsert("Pod", at(pod_of("a", 0, agent=False), 8))
    store.upsert("Pod", at(pod_of("a", 1, agent=False), 9))
    assert heard == []
    store.upsert("Pod", at(pod_of("a", 2), 10))
    assert heard == [Change(content=frozenset({Ref("WorkloadPods", "shop", "Deployment/a")}))]
    assert seen(store)["a"] == Running(None, {Beside.AGENT: 1, Beside.NOTHING: 2}, ("a-5d9c8b7f6-0", "a-5d9c8b7f6-1"))
