"""Events about workloads whose pods lack the agent: one when it begins, one when it is over, few in between."""

from http import HTTPStatus
from typing import Any, cast

from controller.worlds import Cluster, deployment, namespace, pod_of
from proxyless.adapters.cluster import KubernetesApi
from proxyless.controller.agent_events import AGAIN, AgentEvents
from proxyless.errors import ClusterError
from proxyless.lint.world import World


class Api:
    """Keeps Events as an API server does: the same name only once."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, Any]] = {}
        self.requests = 0

    def request(self, method: str, path: str, body: dict[str, Any], **_: str) -> None:
        self.requests += 1
        if method == "PATCH":
            self.events[path.rpartition("/")[2]].update(body)
        elif body["metadata"]["name"] in self.events:
            raise ClusterError("exists", status=HTTPStatus.CONFLICT)
        else:
            self.events[body["metadata"]["name"]] = body

    @property
    def told(self) -> dict[str, tuple[str, int]]:
        return {item["reason"]: (item["message"], item["count"]) for item in self.events.values()}


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def setting() -> tuple[Api, Clock, Cluster, AgentEvents]:
    api, clock = Api(), Clock()
    cluster = Cluster(namespace("shop"), deployment("cart"), pod_of("cart", 0), pod_of("cart", 1, agent=False))
    return api, clock, cluster, AgentEvents(cast("KubernetesApi", api), lambda: True, lambda: None, clock)


def test_an_event_when_it_begins_and_one_when_it_is_over() -> None:
    api, _, cluster, events = setting()
    events.act(World(cluster.store.snapshot()))
    events.act(World(cluster.store.snapshot()))
    assert api.requests == 1
    message, count = api.told["PodsLackAgent"]
    assert message.startswith("1 of 2 pods lack the agent (cart-5d9c8b7f6-1). ")
    assert count == 1
    (made,) = api.events.values()
    assert made["involvedObject"]["kind"] == "Deployment"
    assert made["involvedObject"]["apiVersion"] == "apps/v1"
    cluster.put(pod_of("cart", 1))
    events.act(World(cluster.store.snapshot()))
    assert api.told["PodsHaveAgent"] == ("All pods that run have the agent.", 1)
    events.act(World(cluster.store.snapshot()))
    assert api.requests == 2


def test_a_rollout_is_told_once_a_minute() -> None:
    api, clock, cluster, events = setting()
    for number in range(2, 8):
        cluster.put(pod_of("cart", number, agent=False))
        events.act(World(cluster.store.snapshot()))
    assert api.requests == 1
    clock.now = AGAIN
    events.act(World(cluster.store.snapshot()))
    message, count = api.told["PodsLackAgent"]
    assert message.startswith("7 of 8 pods lack the agent")
    assert count == 2
    assert len(api.events) == 1


def test_a_workload_that_is_gone_is_not_told_of() -> None:
    api, _, cluster, events = setting()
    events.act(World(cluster.store.snapshot()))
    cluster.delete("Deployment", "cart")
    events.act(World(cluster.store.snapshot()))
    assert set(api.told) == {"PodsLackAgent"}
