"""Which tests share a worker process when ``make test`` runs several, and in which order they begin.

Most of a scenario's time is waiting for a real cluster, so other tests run meanwhile. What takes long to set up (a
cluster, a control plane) is set up once per run: all tests that share it are one group, and a group stays on one worker,
in the order in which it would run alone. Only speed depends on the groups: every test also runs by itself.
Called by ``tests/conftest.py``.
"""

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]
_PLACES = {
    "tests/scenarios/": "scenarios",
    "tests/webhook/": "webhook",
    "tests/controller/test_operator.py": "controller",
    "tests/controller/test_resilience.py": "controller",
}
"""Folders and files whose conftest starts a cluster or a control plane for the whole session."""
_OWN_NODE, _SHARED_PLANE = "a node of its own: ", "control plane"
_ORDER = ("scenarios", "controller", "webhook", _SHARED_PLANE)
"""The longest first, so that the workers end together; then what is in none of these groups, and further nodes last, since
two that start at once take twice as long."""


def group(nodeid: str) -> str:
    """Name of the group of a test, by its node id."""
    return _group_of(nodeid.partition("::")[0])


def rank(nodeid: str) -> int:
    """Place of a test's group among the groups."""
    name = group(nodeid)
    return _ORDER.index(name) if name in _ORDER else len(_ORDER) + name.startswith(_OWN_NODE)


@cache
def _group_of(file: str) -> str:
    for place, name in _PLACES.items():
        if file.startswith(place):
            return name
    text = (ROOT / file).read_text(encoding="utf-8")
    if "Cluster(" in text and "NODE_PARTS" in text:
        return _OWN_NODE + file
    return _SHARED_PLANE if "control_plane" in text else file


class Groups(LoadScopeScheduling):
    """xdist's scheduler of scopes, a scope being a group. Groups start in the order of the tests."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)
