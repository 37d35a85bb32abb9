"""Who is told of pods that get no agent, how often, and what happens when nobody can write it down."""

import json

import pytest

from proxyless.adapters.cluster import KubernetesApi
from proxyless.errors import ClusterError
from proxyless.model.snapshot import Snapshot
from proxyless.webhook import pod_events
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.pod_events import EventWriter
from proxyless.webhook.review import Review, parse
from webhook.asking import SKIP, asking, outcomes, until
from webhook.wire import review


def _review(namespace: str = "shop") -> Review:
    return parse(json.dumps(review(asking(namespace=namespace), plural="pods")).encode())


def _nobody() -> KubernetesApi:
    raise ClusterError("no access to a cluster")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_one_owner_and_reason_are_told_once_in_ten_minutes() -> None:
    metrics, clock = Metrics(), Clock()
    teller = EventWriter(_nobody, metrics, clock)
    for now, events in ((0, 1), (1, 1), (pod_events.AGAIN - 1, 1), (pod_events.AGAIN, 2)):
        clock.now = now
        teller.tell(_review(), SKIP, Snapshot())
        assert teller.waiting == events, now
    teller.tell(_review(), SKIP._replace(why="windows"), Snapshot())
    teller.tell(_review("other"), SKIP, Snapshot())
    assert teller.waiting == 4
    assert outcomes(metrics) == {"repeated": 2}


def test_what_does_not_fit_the_queue_is_dropped_and_counted_and_told_later() -> None:
    metrics = Metrics()
    teller = EventWriter(_nobody, metrics)  # nobody writes
    for number in range(pod_events.WAITING + 3):
        teller.tell(_review(f"shop-{number}"), SKIP, Snapshot())
    assert teller.waiting == pod_events.WAITING
    teller.tell(_review(f"shop-{pod_events.WAITING}"), SKIP, Snapshot())
    assert outcomes(metrics) == {"dropped": 4}


def test_owners_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pod_events, "REMEMBERED", 2)
    metrics = Metrics()
    teller = EventWriter(_nobody, metrics)
    for name in ("a", "b", "c", "a"):
        teller.tell(_review(name), SKIP, Snapshot())
    assert teller.waiting == 4
    assert outcomes(metrics) == {}


def test_a_cluster_that_refuses_is_counted_and_the_next_is_tried() -> None:
    metrics = Metrics()
    teller = EventWriter(_nobody, metrics)
    teller.start()
    for name in ("a", "b"):
        teller.tell(_review(name), SKIP, Snapshot())
    until(lambda: outcomes(metrics) == {"failed": 2})
