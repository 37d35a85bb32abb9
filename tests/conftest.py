"""Fixtures that every test folder may use: a real control plane, and a namespace of one's own in it.

A test that uses them (or starts a control plane itself and says so with `pytest.mark.cluster`) gets the marker
`cluster`. What such tests need is built before the first one runs, outside every test's time limit; a part that cannot
be had is an error of each test that needs it, with the part and the remedy, never a skip.
"""

from collections.abc import Iterator

import pytest

from lab.controlplane import ControlPlane
from lab.errors import LabError
from lab.parts import CONTROL_PLANE, binaries

_missing = pytest.StashKey[LabError]()


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the control plane."""
    for item in items:
        if "control_plane" in getattr(item, "fixturenames", ()):
            item.add_marker("cluster")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build what the selected tests need, visibly."""
    if not any(item.get_closest_marker("cluster") for item in session.items) or session.config.option.collectonly:
        return
    capture = session.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        try:
            binaries(*CONTROL_PLANE)
        except LabError as error:  # the fixture raises it: a failed build is not tried once more per test
            session.config.stash[_missing] = error


@pytest.fixture(scope="session")
def control_plane(pytestconfig: pytest.Config) -> Iterator[ControlPlane]:
    """One control plane for the whole run, with Istio's and the Gateway API's CRDs; no nodes."""
    if error := pytestconfig.stash.get(_missing, None):
        raise error
    with ControlPlane(crds=("istio", "gateway")) as running:
        yield running


@pytest.fixture
def namespace(control_plane: ControlPlane) -> str:
    """A fresh namespace for one test. It is not deleted: the control plane goes away as a whole."""
    return control_plane.namespace()
