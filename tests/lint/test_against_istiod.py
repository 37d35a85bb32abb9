"""Rules about routes against the kept answers of a real istiod: what it sent to each client of 1,400 meshes.

Each comparison is of what a finding says of a client, by code, with what istiod did. A sample runs always;
``PROXYLESS_ALL_MESHES=1`` takes all.
"""

import os
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import pytest

from mesh.effective.oracle.meshes import Told, meshes
from proxyless.lint.engine import run
from proxyless.lint.rules import ALL
from proxyless.lint.world import Settings, World
from proxyless.mesh.workload import dialed, workload_of
from proxyless.model.finding import Finding
from proxyless.model.path import get
from proxyless.model.resource import KINDS
from proxyless.model.snapshot import Snapshot

_STEP = 1 if os.environ.get("PROXYLESS_ALL_MESHES") else 5


class _Said(NamedTuple):
    """One mesh with istiod's answers and the findings about it."""

    told: Told
    world: World
    findings: tuple[Finding, ...]


@pytest.fixture(scope="module")
def said() -> list[_Said]:
    """Every fifth mesh, or all, linted once for all comparisons."""
    rules = [rule for rule in ALL if rule.code in _COMPARED]
    found = []
    for told in islice(meshes(), 0, None, _STEP):
        world = World(Snapshot(told.objects, complete=KINDS), Settings())
        report = run(rules, world, list(world.snapshot))
        assert not [notice for notice in report.notices if notice.internal], told.name
        found.append(_Said(told, world, report.findings))
    return found


def _dialing(told: Told) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Clients with istiod's answers and each ``host:port`` that they dial."""
    for name, answers in told.clients.items():
        pod = next(item for item in told.objects if item.kind == "Pod" and f"{item.namespace}/{item.name}" == name)
        workload = workload_of(pod)
        assert workload is not None
        for target in dialed(workload):
            yield name, answers, target


def _pods(finding: Finding) -> list[str]:
    return [f"{item.namespace}/{item.name}" for item in finding.related if item.kind == "Pod"]


# -- destinations ---------------------------------------------------------------------------------------------------


def _lacked(told: Told) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Clusters in routes that a client did not get, by code: a subset of a cluster that it has, or no such cluster at all."""
    for name, answers, target in _dialing(told):
        for route in (answers["routes"].get(target) or {}).get("routes") or ():
            if "~" in str(route.get("config")):
                continue  # made from a Gateway API route
            for cluster, _ in route.get("clusters") or ():
                if cluster in answers["clusters"]:
                    continue
                _, port, subset, host = cluster.split("|")
                plain = f"outbound|{port}||{host}"
                asked = plain in answers["asked"] or not subset
                code = "PX511" if plain in answers["clusters"] else "PX526" if asked else "either"
                yield code, (name, host, subset)


def _told_lacking(item: _Said, code: str) -> set[tuple[str, str, str]]:
    found = set()
    for finding in item.findings:
        if finding.code == code and "destination" in finding.path:
            holder = item.world.get(finding.ref.kind, finding.ref.namespace, finding.ref.name)
            assert holder is not None
            place = finding.path[: finding.path.index("destination") + 1]
            destination = get(holder.body, place)
            host = item.world.fqdn(destination["host"], holder.namespace)
            found |= {(pod, host, str(destination.get("subset", ""))) for pod in _pods(finding)}
    return found


@pytest.mark.parametrize("code", ["PX511", "PX526"])
def test_missing_clusters_are_told_and_no_others(said: list[_Said], code: str) -> None:
    """Per client, host and subset; left out is only what istiod was not asked about."""
    right = 0
    for item in said:
        lacked = list(_lacked(item.told))
        open_ones = {what for kind, what in lacked if kind == "either"}
        want = {what for kind, what in lacked if kind == code} - open_ones
        told = _told_lacking(item, code) - open_ones
        assert told == want, f"{item.told.name}: missed {want - told}, false {told - want}"
        right += len(want)
    assert right >= 400 // _STEP, f"{code}: the sample shows too little"


_COMPARED = ("PX511", "PX526")
