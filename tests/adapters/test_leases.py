"""One holder at a time on a real API server; a silent one is replaced, a polite one at once."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.access import kubeconfig_for, rule
from lab.controlplane import ControlPlane
from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.leases import Lease
from proxyless.errors import ClusterError

pytestmark = pytest.mark.cluster


@pytest.fixture
def cluster(control_plane: ControlPlane) -> Iterator[KubernetesApi]:
    connected = KubernetesApi.connect(str(control_plane.kubeconfig))
    yield connected
    connected.close()


def lease(cluster: KubernetesApi, namespace: str, identity: str, duration: float = 15) -> Lease:
    return Lease(cluster, namespace, "writer", identity, duration=duration)


def test_the_first_takes_it_and_the_second_waits(cluster: KubernetesApi, namespace: str) -> None:
    first, second = lease(cluster, namespace, "a"), lease(cluster, namespace, "b")
    assert first.attempt()
    assert first.held
    assert not second.attempt()
    assert not second.held
    assert second.holder == "a"
    assert first.attempt()


def test_a_released_one_is_taken_at_once(cluster: KubernetesApi, namespace: str) -> None:
    first, second = lease(cluster, namespace, "a"), lease(cluster, namespace, "b")
    assert first.attempt()
    assert not second.attempt()
    first.release()
    assert not first.held
    assert second.attempt()
    assert not first.attempt()


def test_a_silent_holder_is_replaced_after_the_duration(cluster: KubernetesApi, namespace: str) -> None:
    first, second = lease(cluster, namespace, "a", 1), lease(cluster, namespace, "b", 1)
    assert first.attempt()
    assert not second.attempt()
    time.sleep(0.5)
    assert not second.attempt()
    time.sleep(0.7)
    assert not first.held, "the old holder must stop writing before the new one starts"
    assert second.attempt()
    assert not first.attempt()


def test_a_holder_that_renews_is_never_replaced(cluster: KubernetesApi, namespace: str) -> None:
    first, second = lease(cluster, namespace, "a", 1), lease(cluster, namespace, "b", 1)
    for _ in range(8):
        assert first.attempt()
        assert not second.attempt()
        time.sleep(0.3)


def test_times_are_kept_as_kubernetes_keeps_them(cluster: KubernetesApi, namespace: str) -> None:
    first, second = lease(cluster, namespace, "a"), lease(cluster, namespace, "b")
    first.attempt()
    first.attempt()
    first.release()
    second.attempt()
    spec = cluster.request("GET", f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/writer")["spec"]
    assert (spec["holderIdentity"], spec["leaseTransitions"], spec["leaseDurationSeconds"]) == ("b", 2, 15)


def test_without_rights_it_says_which(control_plane: ControlPlane, namespace: str, tmp_path: Path) -> None:
    _, file = kubeconfig_for(control_plane, tmp_path, [rule("coordination.k8s.io", ["leases"], ("get",))])
    restricted = KubernetesApi.connect(str(file))
    waiting = lease(restricted, namespace, "a")
    with pytest.raises(ClusterError, match='resources: \\["leases"\\], verbs: \\[create\\]'):
        waiting.attempt()
    assert not waiting.held
    restricted.close()
