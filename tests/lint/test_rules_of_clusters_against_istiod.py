"""PX406, PX407 and PX305 against the kept answers of a real istiod: where they say plaintext, it sent no TLS.

Each finding that names real clients of a host must be true of one of them at least; each PX305 of every port it names.
And the other way: a client whose cluster has no TLS although a farther rule asks for it is told by one of the two rules
for the host. ``PROXYLESS_MESHES=1400`` replays all.
"""

import os
import re
from collections.abc import Iterator
from itertools import chain, islice

from mesh.effective.oracle.drawn import drawn, written
from mesh.effective.oracle.meshes import Told, meshes
from proxyless.lint.clusters_called import clusters_called
from proxyless.lint.engine import run
from proxyless.lint.rules.px305_no_peer_authentication import RULE as PX305
from proxyless.lint.rules.px406_shadowed_destination_rule import RULE as PX406
from proxyless.lint.rules.px407_port_level_drops_tls import RULE as PX407
from proxyless.lint.world import World
from proxyless.mesh.traffic import effective_policy
from proxyless.mesh.workload import dialed
from proxyless.model.finding import Finding
from proxyless.model.kinds import KINDS
from proxyless.model.resource import mapping
from proxyless.model.snapshot import Snapshot

MESHES = int(os.environ.get("PROXYLESS_MESHES", "400"))
_PORTS = re.compile(r"port ([\d, ]+)")


def _plain(said: Told, finding: Finding) -> bool:
    """Whether istiod sent one of the clients that a finding names a cluster without TLS."""
    for ref in finding.related:
        got = said.clients.get(f"{ref.namespace}/{ref.name}") if ref.kind == "Pod" else None
        if got is not None and any(not mapping(item).get("tls") for item in got["clusters"].values() if item):
            return True
    return False


def _loses_tls(finding: Finding) -> bool:
    return "plaintext" in finding.message and any(ref.kind == "Pod" for ref in finding.related)


def _lost(said: Told, world: World) -> Iterator[tuple[str, str]]:
    """Clients whose routed cluster has no TLS by istiod, though a rule that is hidden by a nearer one asks for it."""
    for client, got in said.clients.items():
        pod = said.workload(client)
        for target in dialed(pod):
            host, _, port = target.rpartition(":")
            for called in clusters_called(host, world):
                name, cluster = str(called.cluster.name), called.cluster
                sent = got["clusters"].get(name)
                mine = any(item.ref == pod.ref for item in called.callers)
                if not mine or not sent or sent["tls"] or cluster.policy.tls_mode or cluster.name.subset:
                    continue
                if any(
                    effective_policy(item.rule, port=int(port)).tls_mode == "ISTIO_MUTUAL" for item in cluster.shadowed
                ):
                    yield client, host


def test_what_is_said_to_be_plaintext_is() -> None:
    counted = dict.fromkeys(("PX305", "PX406", "PX407", "lost"), 0)
    wrong: list[str] = []
    missed: list[str] = []
    for said in chain(islice(meshes(), MESHES), islice(drawn(), MESHES // 8), written()):
        world = World(Snapshot(said.objects, complete=KINDS))
        findings = run((PX305, PX406, PX407), world, world.snapshot).findings
        for item in findings:
            if item.code == "PX305" and f"{item.ref.namespace}/{item.ref.name}" not in said.servers:
                continue  # a client that istiod was not asked about as a server
            if item.code == "PX305":
                ports = (_PORTS.search(item.message) or [""])[1].split(", ")
                heard = [said.servers.get(f"{item.ref.namespace}/{item.ref.name}", {}).get(port) for port in ports]
                counted["PX305"] += len(heard)
                wrong += [f"{said.name}: {item.message}" for answer in heard if answer is None or answer["tls"]]
            elif _loses_tls(item):
                counted[item.code] += 1
                wrong += [] if _plain(said, item) else [f"{said.name}: {item.code} {item.message}"]
        hit = {(f"{ref.namespace}/{ref.name}") for item in findings if item.code != "PX305" for ref in item.related}
        for client, host in _lost(said, world):
            counted["lost"] += 1
            missed += [] if client in hit else [f"{said.name}: {client} to {host}"]
    assert (wrong[:10], missed[:10]) == ([], [])
    assert min(counted.values()) > 0, counted
