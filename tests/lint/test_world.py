"""What is known of workloads: a kind that few clusters have says nothing by its absence."""

from proxyless.lint.world import World
from proxyless.model.snapshot import Snapshot


def test_an_absent_crd_is_no_list_of_workloads() -> None:
    assert not World(Snapshot(complete=("Rollout", "PeerAuthentication"))).all_workloads_known
    assert World(Snapshot(complete=("Deployment",))).all_workloads_known
