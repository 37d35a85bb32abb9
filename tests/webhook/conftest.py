"""Webhook tests have a control plane of their own: what they install would be called for everybody else's objects."""

from collections.abc import Iterator

import pytest

from lab.controlplane import ControlPlane
from lab.errors import LabError
from webhook.replica import REPOSITORY
from webhook.served import Served


@pytest.fixture(scope="session")
def plane() -> Iterator[ControlPlane]:
    """Istio, the Gateway API and our manifests, as a user installs them; no node, so the Deployments stay unscheduled."""
    with ControlPlane(crds=("istio", "gateway")) as running:
        done = running.kubectl("apply", "--server-side", "-k", str(REPOSITORY / "manifests"))
        if done.returncode != 0:
            raise LabError(f"kubectl apply -k manifests: {done.stderr}")
        yield running


@pytest.fixture(scope="session")
def served_once(plane: ControlPlane) -> Iterator[Served]:
    with Served(plane) as running:
        yield running


@pytest.fixture
def served(served_once: Served) -> Iterator[Served]:
    """A server in this process; knows nothing of the cluster unless told."""
    yield served_once
    served_once.hang_up()
    served_once.know()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Build the parts before the first test's time runs."""
    for item in items:
        if "plane" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.cluster)
