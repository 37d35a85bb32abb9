"""Pairs of proxyless clients and servers that disagree on mTLS, as the model of what is in effect has them.

Real clients are judged by what they dial, with their own labels, on the clusters that their routes lead to. A Service
that no known client dials is judged for "a client in this namespace". Called by ``mtls_pairs`` alone; decides nothing by itself.
"""

from collections.abc import Iterable, Iterator

from proxyless.lint.clients import has_grpc_clients
from proxyless.lint.destinations import (
    host_of_rule,
    is_istiod,
)
from proxyless.lint.in_effect import mesh_of, party_of
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.dial import dialed_host
from proxyless.mesh.effective.call_verdict import Fate, Way, verdict, ways_of_cluster
from proxyless.mesh.effective.client import ClientClass, Target
from proxyless.mesh.effective.clusters import Cluster
from proxyless.mesh.effective.servers import Server
from proxyless.mesh.host import service_of
from proxyless.mesh.pair import Party
from proxyless.mesh.peer import PeerMode
from proxyless.mesh.service import grpc_ports
from proxyless.mesh.traffic import EffectivePolicy
from proxyless.mesh.workload import Workload, dialed
from proxyless.model.grouping import grouped, itself
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, Resource
from proxyless.model.truth import Truth


class Pair(NamedTuple):
    """One cluster of a class of clients against one port of a proxyless server; every call between them fails."""

    client: ClientClass
    callers: tuple[Workload, ...]
    """Real clients that dial it; empty: none is known, so it holds for whoever in the namespace calls it."""
    cluster: Cluster
    server: Server
    certain: bool
    """False where the server's mode is the default only as far as is known: a PeerAuthentication not given may set it."""

    @property
    def host(self) -> str:
        """Full host."""
        return self.cluster.name.host

    @property
    def subset(self) -> str:
        """The subset that is called, empty for all of the host."""
        return self.cluster.name.subset

    @property
    def policy(self) -> EffectivePolicy:
        """The effective policy of the client."""
        return self.cluster.policy

    @property
    def peer(self) -> PeerMode:
        """The effective PeerAuthentication of the server."""
        return self.server.peer

    @property
    def address(self) -> str:
        """Host and Service port as a client dials them."""
        return f"{self.host}:{self.cluster.name.port}"

    @property
    def demands_tls(self) -> bool:
        """Whether the server accepts mTLS only; a proxyless one accepts plaintext only otherwise."""
        return self.server.tls

    @property
    def client_side(self) -> tuple[Resource, FieldPath] | None:
        """The DestinationRule that decides the client's side and its field; None where there is none."""
        tls, taker = self.policy.settings.get("tls"), self.policy.taken_by.get("tls")
        if tls:
            return tls.rule, (*tls.path, "mode")
        if taker:
            return taker.rule, taker.path
        answer = self.cluster.answer
        return (answer.rule.decider, ("spec", "trafficPolicy")) if answer is not None else None


def of_real_clients(world: World, host: str, callers: Iterable[Workload]) -> Iterator[Pair]:
    """For the workloads that dial it, each class of them once."""
    mesh, alike = mesh_of(world), dict[tuple[ClientClass, str], list[Workload]]()
    for workload in callers:
        client = mesh.client(workload.namespace, workload.labels)
        for text in dialed(workload):
            if dialed_host(text, workload.namespace, world.settings.domain).host == host:
                alike.setdefault((client, text), []).append(workload)
    for (client, text), workloads in alike.items():
        target = client.dialed(text)
        if target is not None and target.listener:
            yield from _pairs(world, client, tuple(workloads), target)


def of_anybody(world: World, host: str, service: Resource) -> Iterator[Pair]:
    """For a client in the Service's namespace, or in those that have a rule for it, since their clients seem to call it."""
    if is_istiod(world, host) or has_grpc_clients(world, service.namespace) is Truth.NO:
        return
    afar = {item.namespace for item in _ruled_from_afar(world).get(host)}
    for namespace in sorted({*afar, service.namespace}):
        client = mesh_of(world).client(namespace)
        for port in grpc_ports(service):
            target = client.target(host, port.number)
            if target.listener:
                yield from _pairs(world, client, (), target)


@grouped("DestinationRule", of=itself, settings=("root_namespace", "domain"))
def _ruled_from_afar(rule: Resource, world: World) -> list[str]:
    """DestinationRules for Services of other namespaces, by host."""
    host = host_of_rule(rule, world)
    home = service_of(host, world.settings.domain)
    return [host] if home and rule.namespace not in (home.namespace, world.settings.root_namespace) else []


def _pairs(world: World, client: ClientClass, callers: tuple[Workload, ...], target: Target) -> Iterator[Pair]:
    """Failing pairs behind a target, each cluster and server once."""
    told: set[tuple[str, Ref, int]] = set()
    for way in _ways(world, client, callers, target):
        if way.fate is not Fate.FAILS or way.server is None or way.cluster is None:
            continue
        server = way.server
        key = (str(way.cluster.name), server.workload.ref, server.port)
        if key in told or not is_grpc(world, server.workload):
            continue
        told.add(key)
        certain = server.peer.source is not None or world.complete("PeerAuthentication")
        yield Pair(client, callers, way.cluster, server, certain)


def _ways(world: World, client: ClientClass, callers: tuple[Workload, ...], target: Target) -> Iterator[Way]:
    """Ways of the routed clusters, and of clusters that calls would take if a route that leads nowhere were mended."""
    mesh = mesh_of(world)

    def party(workload: Workload) -> Party | None:
        return party_of(world, workload)

    routed = verdict(mesh, client, target, party).ways
    yield from routed
    if not callers and not world.seen("VirtualService"):
        for cluster in client.clusters_of(target.host, target.port):
            yield from ways_of_cluster(mesh, client, str(cluster.name), party)
    elif all(way.cluster is not None and way.cluster.exists is False for way in routed):
        for name in _without_subset(routed):
            yield from ways_of_cluster(mesh, client, name, party)


def _without_subset(ways: Iterable[Way]) -> list[str]:
    names = (way.cluster.name for way in ways if way.cluster is not None and way.cluster.name.subset)
    return list(dict.fromkeys(str(name._replace(subset="")) for name in names))
