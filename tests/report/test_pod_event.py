"""The Event about a pod that gets no agent: what it stands on, how it is named, what it says."""

import re
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from proxyless.mesh.pod.decision import Skip
from proxyless.mesh.pod.pod import Pod
from proxyless.model.resource import resource
from proxyless.model.snapshot import Snapshot
from proxyless.report.event import About
from proxyless.report.pod_event import about, pod_event

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
SKIP = Skip("hostNetwork: the agent's ports would be the node's", "host_network", asked=True)
REPLICA_SET = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "cart-6f7d", "uid": "1-2", "controller": True}


def _pod(**metadata: Any) -> Pod:
    return Pod({"metadata": {"generateName": "cart-6f7d-", **metadata}, "spec": {}})


def _snapshot(*bodies: dict[str, Any]) -> Snapshot:
    items = [resource(body) for body in bodies]
    return Snapshot([item for item in items if item is not None])


DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "cart", "namespace": "shop", "uid": "7-8"},
    "spec": {"template": {"spec": {"containers": []}}},
}


def test_the_deployment_above_is_told_where_it_was_seen() -> None:
    pod = _pod(labels={"pod-template-hash": "6f7d"}, ownerReferences=[REPLICA_SET])
    assert about(pod, "shop", _snapshot(DEPLOYMENT)) == About("apps/v1", "Deployment", "cart", "shop", "7-8")


def test_else_the_controller_by_the_uid_that_the_pod_names() -> None:
    pod = _pod(labels={"pod-template-hash": "6f7d"}, ownerReferences=[REPLICA_SET])
    assert about(pod, "shop", Snapshot()) == About("apps/v1", "ReplicaSet", "cart-6f7d", "shop", "1-2")


def test_a_pod_without_controller_is_told_on_its_namespace() -> None:
    pod = _pod(ownerReferences=[{**REPLICA_SET, "controller": False}])
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "uid": "9"}}
    assert about(pod, "shop", Snapshot()) == About("v1", "Namespace", "shop", "shop")
    assert about(pod, "shop", _snapshot(namespace)).uid == "9"


def test_what_it_says() -> None:
    made = pod_event(About("apps/v1", "ReplicaSet", "cart-6f7d", "shop", "1-2"), _pod(), SKIP, NOW, 3)
    assert made["involvedObject"] == {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": "cart-6f7d",
        "namespace": "shop",
        "uid": "1-2",
    }
    assert (made["type"], made["reason"], made["count"]) == ("Warning", "NotInjected", 3)
    assert made["message"] == (
        "Pod cart-6f7d-… gets no agent (host_network): hostNetwork: the agent's ports would be the node's"
    )
    assert made["lastTimestamp"] == "2026-11-30T12:00:00Z"


def test_one_object_and_reason_have_one_name_and_others_another() -> None:
    it = About("apps/v1", "ReplicaSet", "cart-6f7d", "shop", "1-2")

    def name(it: About, skip: Skip) -> str:
        return str(pod_event(it, _pod(), skip, NOW, 1)["metadata"]["name"])

    assert name(it, SKIP) == name(it, SKIP._replace(reason="said in other words"))
    assert len({name(it, SKIP), name(it, SKIP._replace(why="windows")), name(it._replace(kind="Job"), SKIP)}) == 3


def test_a_long_name_is_cut_where_the_api_server_takes_it() -> None:
    name = f"{'a' * 199}-{'b' * 20}"
    assert pod_event(About("v1", "Pod", name, "shop"), _pod(), SKIP, NOW, 1)["metadata"]["name"].startswith(
        "a" * 199 + "."
    )


@given(name=st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", fullmatch=True), reason=st.text(max_size=3000))
def test_the_api_server_takes_its_name_and_message(name: str, reason: str) -> None:
    made = pod_event(About("v1", "Pod", name, "shop"), _pod(), SKIP._replace(reason=reason), NOW, 1)
    assert re.fullmatch(r"[a-z0-9][-a-z0-9.]*[a-z0-9]", made["metadata"]["name"])
    assert len(made["metadata"]["name"]) <= 253
    assert len(made["message"]) <= 1024
    assert made["message"].isprintable()
