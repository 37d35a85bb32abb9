"""Rules about routes against the kept answers of a real istiod: what it sent to each client of 1,400 meshes, and of 300 drawn ones.

Each comparison is of what a finding says of a client, by code, with what istiod did. The drawn meshes have HTTPRoutes and GRPCRoutes
too. A sample runs always; ``PROXYLESS_ALL_MESHES=1`` takes all.
"""

import os
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

import pytest

from mesh.effective.oracle.drawn import drawn, written
from mesh.effective.oracle.meshes import Told, meshes
from proxyless.lint.engine import run
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.mesh.workload import dialed, workload_of
from proxyless.model.finding import Finding
from proxyless.model.kinds import KINDS
from proxyless.model.path import get
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
    for told in chain(islice(meshes(), 0, None, _STEP), islice(drawn(), 0, None, _STEP), written()):
        world = World(Snapshot(told.objects, complete=KINDS), MeshSettings())
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
            cluster = answers["short_routes"].get(target, "").split("|")
            yield name, answers, f"{cluster[-1]}:{cluster[1]}" if len(cluster) > 1 else target


def _pods(finding: Finding) -> list[str]:
    return [f"{item.namespace}/{item.name}" for item in finding.related if item.kind == "Pod"]


# -- destinations ---------------------------------------------------------------------------------------------------


def _lacked(told: Told) -> Iterator[tuple[str, tuple[str, str, str]]]:
    """Clusters in routes that a client did not get, by code: a subset of a cluster that it has, or no such cluster at all."""
    for name, answers, target in _dialing(told):
        for route in (answers["routes"].get(target) or {}).get("routes") or ():
            for cluster, _ in route.get("clusters") or ():
                if cluster in answers["clusters"] or not cluster:
                    continue  # a route without destination is PX531's
                _, port, subset, host = cluster.split("|")
                plain = f"outbound|{port}||{host}"
                asked = plain in answers["asked"] or not subset
                code = "PX511" if plain in answers["clusters"] else "PX526" if asked else "either"
                yield code, (name, _named(told, host), subset)


def _told_lacking(item: _Said, code: str) -> set[tuple[str, str, str]]:
    found = set()
    for finding in item.findings:
        holder = item.world.get(finding.ref.kind, finding.ref.namespace, finding.ref.name)
        assert holder is not None
        if finding.code == code and "destination" in finding.path:
            place = finding.path[: finding.path.index("destination") + 1]
            destination = get(holder.body, place)
            host = _named(item.told, item.world.fqdn(destination["host"], holder.namespace))
            found |= {(pod, host, str(destination.get("subset", ""))) for pod in _pods(finding)}
        elif finding.code == code and "backendRefs" in finding.path:
            backend = get(holder.body, finding.path[:-1])
            home = backend.get("namespace", holder.namespace)
            host = backend["name"] if "kind" in backend else f"{backend['name']}.{home}.svc.cluster.local"
            found |= {(pod, _named(item.told, host), "") for pod in _pods(finding)}
    return found


def _named(told: Told, host: str) -> str:
    """The host that an ExternalName stands for: clusters have its name where a client finds it."""
    services = (item for item in told.objects if item.kind == "Service")
    aliases = {f"{item.name}.{item.namespace}.svc.cluster.local": item.spec.get("externalName") for item in services}
    return str(aliases.get(host) or host)


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


# -- listeners ------------------------------------------------------------------------------------------------------


def _registered(told: Told, target: str) -> bool:
    """Whether some object has the host and port."""
    host, _, port = target.rpartition(":")
    for item in told.objects:
        key, numbers = {"Service": ("port", item.spec), "ServiceEntry": ("number", item.spec)}.get(item.kind, ("", {}))
        hosts = (
            item.spec.get("hosts", [])
            if item.kind == "ServiceEntry"
            else [f"{item.name}.{item.namespace}.svc.cluster.local"]
        )
        if key and host in hosts and any(entry[key] == int(port) for entry in numbers.get("ports", [])):
            return True
    return False


def test_hidden_targets_are_told_and_no_others(said: list[_Said]) -> None:
    """PX253 per client and target: told where istiod sends no listener for what exists, and nowhere else."""
    right = 0
    for item in said:
        asked = {
            (name, target): answers for name, answers, target in _dialing(item.told) if target in answers["listeners"]
        }
        want = {
            one for one, answers in asked.items() if not answers["listeners"][one[1]] and _registered(item.told, one[1])
        }
        told = _told_hidden(item, "no listener") & asked.keys()
        assert told == want, f"{item.told.name}: missed {want - told}, false {told - want}"
        for one in _told_hidden(item, "no routes") & asked.keys():
            answers = asked[one]
            assert answers["listeners"][one[1]], f"{item.told.name}: {one}"
            assert not answers["routes"][one[1]]["routes"], f"{item.told.name}: {one}"
        right += len(want)
    assert right >= 400 // _STEP


def _told_hidden(item: _Said, what: str) -> set[tuple[str, str]]:
    return {
        (pod, finding.message.split()[0].removeprefix("xds:///"))
        for finding in item.findings
        if finding.code == "PX253" and what in finding.message
        for pod in _pods(finding)
    }


# -- winners --------------------------------------------------------------------------------------------------------


def _winners(told: Told) -> Iterator[tuple[str, str, str]]:
    """Client, host and the VirtualService that istiod took for it."""
    for name, answers, target in _dialing(told):
        routes = (answers["routes"].get(target) or {}).get("routes") or [{}]
        yield name, target.rpartition(":")[0], str(routes[0].get("config"))


def _certain_rivals(told: Told, client: str, host: str, winner: str) -> Iterator[str]:
    """VirtualServices for the host that the client certainly gets, and that have a route for every client."""
    namespace = client.partition("/")[0]
    if any(item.kind == "MeshConfig" for item in told.objects):
        return  # it may say what an export that is left out means
    if any(item.kind == "Sidecar" and item.namespace in (namespace, "istio-system") for item in told.objects):
        return
    for item in told.objects:
        export = item.spec.get("exportTo") or ["*"]
        open_to_all = any(not entry.get("match") and not entry.get("delegate") for entry in item.spec.get("http", []))
        if (
            item.kind == "VirtualService"
            and f"{item.namespace}/{item.name}" != winner
            and host in item.spec.get("hosts", [])
            and "mesh" in (item.spec.get("gateways") or ["mesh"])
            and open_to_all
            and ("*" in export or (namespace in export and "~" not in export))
        ):
            yield f"{item.namespace}/{item.name}"


def _told_shadowed(item: _Said) -> Iterator[tuple[str, str, str, str]]:
    """Client, host, the VirtualService that does nothing and the one that counts, as PX515 says."""
    for finding in item.findings:
        if (
            finding.code == "PX515"
            and finding.ref.kind == "VirtualService"
            and "VirtualService" in finding.message.split()[0]
        ):
            holder = item.world.get("VirtualService", finding.ref.namespace, finding.ref.name)
            assert holder is not None
            host = item.world.fqdn(get(holder.body, finding.path), holder.namespace)
            for pod in _pods(finding):
                yield pod, host, f"{holder.namespace}/{holder.name}", finding.message.split()[1]


def test_shadowed_virtual_services_are_told_with_the_one_that_counts(said: list[_Said]) -> None:
    """PX515 per client and host: the one that it names is the one istiod took, and every other is told."""
    right = 0
    for item in said:
        took: dict[tuple[str, str], set[str]] = {}
        for name, host, winner in _winners(item.told):
            took.setdefault((name, host), set()).add(winner)
        told = list(_told_shadowed(item))
        for name, host, loser, winner in told:
            real = took.get((name, host), {"~"})
            if not any("~" in one for one in real):  # else made from a Gateway API route, or a short name
                assert winner in real, f"{item.told.name}: {winner} told, {real} taken for {name} and {host}"
                assert real != {loser}, f"{item.told.name}: {loser} does something for {name} and {host}"
                right += 1
        seen = {(name, host, loser) for name, host, loser, _ in told}
        for name, host, rival in _shadowed(item.told, took):
            assert (name, host, rival) in seen, f"{item.told.name}: {rival} does nothing for {name} and {host}, unseen"
    assert right >= 250 // _STEP


def test_shadowed_gateway_api_routes_do_nothing(said: list[_Said]) -> None:
    """PX515 of HTTPRoutes and GRPCRoutes, per client and host: istiod took none of their namespace's routes."""
    right = 0
    for item in said:
        took: dict[tuple[str, str], set[str]] = {}
        for name, host, winner in _winners(item.told):
            took.setdefault((name, host), set()).add(winner)
        for finding in item.findings:
            if finding.code != "PX515" or finding.ref.kind == "VirtualService":
                continue
            holder = item.world.get(finding.ref.kind, finding.ref.namespace, finding.ref.name)
            assert holder is not None
            parent = get(holder.body, finding.path)
            host = f"{parent['name']}.{parent.get('namespace', holder.namespace)}.svc.cluster.local"
            for pod in _pods(finding) if parent["kind"] == "Service" and "port" not in parent else ():
                mine = f"{holder.namespace}/{holder.namespace}~{host}"
                assert took[pod, host] != {mine}, f"{item.told.name}: {holder.ref} takes calls of {pod}"
                right += 1
    assert right >= 30 // _STEP


def _shadowed(told: Told, took: dict[tuple[str, str], set[str]]) -> Iterator[tuple[str, str, str]]:
    """Client, host and VirtualService where istiod certainly took another one."""
    for (name, host), winners in took.items():
        winner = next(iter(winners))
        if len(winners) == 1 and "/" in winner and "~" not in winner:
            for rival in _certain_rivals(told, name, host, winner):
                yield name, host, rival


_COMPARED = ("PX253", "PX511", "PX515", "PX526")
