"""Fixtures that every test folder may use: a real control plane, and a namespace of one's own in it.

A test that uses them gets the marker `cluster`; one that starts a control plane itself says so with that marker, whose
arguments name further parts (`pytest.mark.cluster("kwok")`). All of that is built before the first test runs, outside
every test's time limit; a part that cannot be had is an error of the tests that need it, with its remedy, never a skip.

``make test`` runs two worker processes (pytest-xdist); ``spread`` says which tests share one. Each worker has its
own fixtures, so whatever a test breaks, it breaks for its group alone.
"""

import contextlib
import gc
from collections.abc import Iterator
from typing import Any

import pytest

import child
import kept_logs
import spread
from lab.controlplane import ControlPlane
from lab.errors import LabError
from lab.istiod import Istiod
from lab.nodes import FakeNodes
from lab.parts import CONTROL_PLANE, binaries

_NEEDS = {"control_plane": (), "fake_nodes": ("kwok",), "istiod": ("pilot-discovery", "istioctl")}
"""Fixtures that need a control plane, and the parts that each needs besides it."""

_missing = pytest.StashKey[LabError]()


def pytest_configure() -> None:
    """In each process of a run."""
    child.pass_on_no_ignored_signals()


@pytest.hookimpl(tryfirst=True)  # before -m selects
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what uses the control plane; in a worker, put the groups in the order in which they are to start."""
    for item in items:
        if used := _NEEDS.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.cluster(*(part for fixture in used for part in _NEEDS[fixture])))
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: spread.rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> spread.Groups:
    """In place of ``--dist``."""
    config.option.loadscopereorder = False
    return spread.Groups(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands over where its logs are."""
    kept_logs.hand_over(session.config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a worker handed over."""
    kept_logs.take_over(node)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say where logs stay."""
    for line in kept_logs.said(config):
        terminalreporter.write_line(line)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build what the selected tests need, visibly."""
    gc.collect()
    gc.freeze()  # thousands of collected tests would be looked through at each collection: a quarter of all CPU time
    markers = [marker for item in session.items for marker in item.iter_markers("cluster")]
    if not markers or session.config.option.collectonly:
        return
    capture = session.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        try:
            binaries(*CONTROL_PLANE, *(part for marker in markers for part in marker.args))
        except LabError as error:  # the fixture raises it: a failed build is not tried once more per test
            session.config.stash[_missing] = error


@pytest.fixture(scope="session")
def control_plane(request: pytest.FixtureRequest) -> Iterator[ControlPlane]:
    """One control plane for the whole run, with Istio's and the Gateway API's CRDs; no nodes. Its logs stay if a test failed."""
    if error := request.config.stash.get(_missing, None):
        raise error
    plane = ControlPlane(crds=("istio", "gateway")).start()
    yield plane
    failed = bool(request.session.testsfailed)
    plane.stop(keep_logs=failed)
    if failed:
        kept_logs.say(request.config, f"logs of the control plane: {plane.folder}")


@pytest.fixture
def fake_nodes(control_plane: ControlPlane) -> Iterator[FakeNodes]:
    """One fake node, on which the test's pods become Running."""
    with FakeNodes(control_plane) as nodes:
        yield nodes


@pytest.fixture(scope="module")
def istiod(control_plane: ControlPlane) -> Iterator[Istiod]:
    """Istio's own control plane, called by the API server for injection and validation as in a cluster; one per file."""
    with Istiod(control_plane, webhooks=True) as running:
        yield running


@pytest.fixture
def namespace(control_plane: ControlPlane) -> str:
    """A fresh namespace for one test. It is not deleted: the control plane goes away as a whole."""
    return control_plane.namespace()
