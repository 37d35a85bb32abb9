"""Pods that get no agent, on a real API server: counted by reason, and told by one Event on their owner."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.controlplane import ControlPlane
from proxyless.adapters.cluster import KubernetesApi
from proxyless.model.snapshot import Snapshot
from proxyless.webhook.metrics import Metrics
from proxyless.webhook.pod_events import EventWriter
from proxyless.webhook.review import parse
from webhook.asking import SKIP, asking, outcomes, until
from webhook.identity import kubeconfig_of
from webhook.replica import Replica
from webhook.served import Served
from webhook.wire import review


@pytest.mark.parametrize(
    ("change", "counted"),
    [
        ({}, {("host_network", "true")}),
        ({"spec": {"containers": []}}, {("malformed", "true")}),
        ({"metadata": {"name": "echo", "labels": {"proxyless.dev/inject": "false"}}}, {("opted_out", "false")}),
        ({"metadata": {"name": "echo"}}, {("not_asked", "false")}),
    ],
)
def test_pods_are_counted_by_reason(served: Served, change: dict[str, Any], counted: set[tuple[str, str]]) -> None:
    before = _skips(served.metrics)
    served.wire().ask("/inject/pod", review({**asking(), **change}, plural="pods"))
    after = _skips(served.metrics)
    assert {key for key, value in after.items() if value != before.get(key, 0)} == counted


def test_a_dry_run_is_not_counted(served: Served) -> None:
    before = _skips(served.metrics)
    asked = review(asking(), plural="pods")
    asked["request"]["dryRun"] = True
    assert "hostNetwork" in served.wire().ask("/inject/pod", asked).warnings[0]
    assert _skips(served.metrics) == before


def _skips(metrics: Metrics) -> dict[tuple[str, str], float]:
    return {
        (sample.labels["reason"], sample.labels["asked"]): sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == "proxyless_pods_not_injected_total"
    }


@pytest.fixture(scope="module")
def account(plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kubeconfig with the rights that the manifests give the webhook."""
    return kubeconfig_of(plane, "proxyless-system", "proxyless-webhook", tmp_path_factory.mktemp("identity"))


@pytest.fixture(scope="module")
def replica(plane: ControlPlane, account: Path) -> Iterator[Replica]:
    with Replica(plane, env={"KUBECONFIG": str(account)}) as running:
        yield running


def test_the_owner_has_one_event_however_many_pods_and_replicas(
    plane: ControlPlane, replica: Replica, account: Path
) -> None:
    namespace = plane.namespace()
    path = f"/api/v1/namespaces/{namespace}"
    replica_set = plane.api.request(
        "POST", f"/apis/apps/v1/namespaces/{namespace}/replicasets", _replica_set(asking(namespace=namespace))
    )
    owned = asking("one", namespace)
    owned["metadata"]["ownerReferences"] = [
        {
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "name": replica_set["metadata"]["name"],
            "uid": replica_set["metadata"]["uid"],
            "controller": True,
        }
    ]
    plane.api.request("POST", f"{path}/pods?dryRun=All", owned)
    for name in ("one", "two"):
        owned["metadata"]["name"] = name
        plane.api.request("POST", f"{path}/pods", owned)
    until(lambda: bool(_events(plane, namespace)))
    (found,) = _events(plane, namespace)
    assert found["involvedObject"]["uid"] == replica_set["metadata"]["uid"]
    assert "Pod one gets no agent (host_network)" in found["message"]
    described = plane.kubectl("describe", "replicaset", "cart", "-n", namespace).stdout
    assert "NotInjected" in described, described
    until(lambda: replica.count('proxyless_events_total{outcome="repeated"}') == 1)

    metrics = Metrics()  # another replica: it knows nothing of the first one's Event
    other = EventWriter(lambda: KubernetesApi.connect(str(account)), metrics)
    other.start()
    again = review(owned, plural="pods")
    for _ in range(2):
        other.tell(parse(json.dumps(again).encode()), SKIP, Snapshot())
    until(lambda: outcomes(metrics) == {"written": 1, "repeated": 1})
    assert ["Pod two" in item["message"] for item in _events(plane, namespace)] == [True]


@pytest.mark.usefixtures("replica")
def test_a_pod_that_nobody_owns_is_told_on_the_namespace(plane: ControlPlane) -> None:
    namespace = plane.namespace()
    plane.api.request("POST", f"/api/v1/namespaces/{namespace}/pods", asking(namespace=namespace))
    until(lambda: bool(_events(plane, namespace)))
    (found,) = _events(plane, namespace)
    assert (found["involvedObject"]["kind"], found["involvedObject"]["name"]) == ("Namespace", namespace)


def _replica_set(made: dict[str, Any]) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "echo"}}, "spec": made["spec"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "cart"},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "echo"}}, "template": template},
    }


def _events(plane: ControlPlane, namespace: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = plane.api.request("GET", f"/api/v1/namespaces/{namespace}/events")["items"]
    return [item for item in found if item["reason"] == "NotInjected"]
