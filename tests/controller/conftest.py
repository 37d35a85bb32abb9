"""A control plane for the operator's tests alone: an operator writes into everything that it sees."""

from collections.abc import Iterator

import pytest

from controller.replicas import Objects, Replica, install_crds, running
from lab.controlplane import ControlPlane


@pytest.fixture(scope="session")
def plane() -> Iterator[ControlPlane]:
    """With Istio's CRDs and ours, without the Gateway API's."""
    with ControlPlane(scheduler=False) as started:
        install_crds(started)
        yield started


@pytest.fixture
def objects(plane: ControlPlane) -> Objects:
    """A fresh namespace that Istio injects, with a proxyless server ``echo``."""
    shop = Objects(plane, plane.namespace("shop", {"istio-injection": "enabled"}))
    shop.server("echo")
    return shop


@pytest.fixture(scope="module")
def replica(plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    """A running operator that is ready, for all tests of a file."""
    with running(plane.kubeconfig, tmp_path_factory.mktemp("operator")) as started:
        started.until_ready()
        yield started
