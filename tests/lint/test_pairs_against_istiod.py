"""PX302 against the kept answers of a real istiod: each pair that istiod makes fail is told, and no other.

What istiod sent decides: the client's cluster has TLS or not, the server's listener has TLS or not. Only what a client
dials counts, and only endpoints that are pods. ``PROXYLESS_MESHES=1400`` replays all.
"""

import os
from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

from mesh.effective.oracle.drawn import drawn, written
from mesh.effective.oracle.meshes import Told, meshes
from proxyless.lint.mtls_model import Pair
from proxyless.lint.mtls_pairs import failing
from proxyless.lint.rules.px302_mtls_pair import RULE
from proxyless.lint.world import World
from proxyless.mesh.workload import dialed
from proxyless.model.kinds import KINDS
from proxyless.model.resource import mapping, sequence
from proxyless.model.snapshot import Snapshot

MESHES = int(os.environ.get("PROXYLESS_MESHES", "400"))


class Told302(NamedTuple):
    """One failing pair."""

    client: str
    cluster: str
    server: str
    port: int


def _pods(said: Told) -> dict[str, str]:
    """Pods by the addresses that EndpointSlices give them."""
    return {
        str(address): f"{item.namespace}/{mapping(mapping(entry).get('targetRef')).get('name')}"
        for item in said.objects
        if item.kind == "EndpointSlice"
        for entry in sequence(item.body.get("endpoints"))
        if mapping(entry).get("targetRef")
        for address in sequence(mapping(entry).get("addresses"))
    }


def _by_istiod(said: Told) -> Iterator[Told302]:
    pods = _pods(said)
    for client, got in said.clients.items():
        for target in dialed(said.workload(client)):
            full = got["short_routes"].get(target, "||").split("|")
            called = f"{full[3]}:{full[1]}" if full[0] else target
            routes = mapping(got["routes"].get(called)).get("routes") or []
            for name in {entry[0] for route in routes for entry in route.get("clusters") or []}:
                cluster = got["clusters"].get(name)
                for endpoint in (got["endpoints"].get(name) or []) if cluster else []:
                    address, _, port = endpoint.rpartition(":")
                    server = said.servers.get(pods.get(address, ""), {}).get(port)
                    if server is not None and bool(server["tls"]) is not bool(cluster["tls"]):
                        yield Told302(client, name, pods[address], int(port))


def _by_rule(world: World) -> Iterator[tuple[Told302, Pair]]:
    for item in world.snapshot:
        if item.kind in RULE.kinds:
            for _, pair in failing(world, item):
                server = pair.server.workload
                for caller in pair.callers:
                    yield (
                        Told302(
                            f"{caller.namespace}/{caller.ref.name}",
                            str(pair.cluster.name),
                            f"{server.namespace}/{server.ref.name}",
                            pair.server.port,
                        ),
                        pair,
                    )


def _is_routed(said: Told, told: Told302) -> bool:
    """Whether istiod's routes lead there: a host whose routes all name subsets that nobody defines is told of both faults."""
    routes = (mapping(answer).get("routes") or [] for answer in said.clients[told.client]["routes"].values())
    return any(entry[0] == told.cluster for found in routes for route in found for entry in route.get("clusters") or [])


def test_pairs_that_fail_are_told_and_no_others() -> None:
    counted = 0
    missed: list[str] = []
    false: list[str] = []
    for said in chain(islice(meshes(), MESHES), islice(drawn(), MESHES // 8), written()):
        wanted = set(_by_istiod(said))
        found = {told for told, _ in _by_rule(World(Snapshot(said.objects, complete=KINDS)))}
        counted += len(wanted)
        missed += [f"{said.name}: {told}" for told in wanted - found]
        false += [f"{said.name}: {told}" for told in found - wanted if _is_routed(said, told)]
    assert (missed[:10], false[:10]) == ([], [])
    assert counted > 2 * MESHES, "nothing was compared"
