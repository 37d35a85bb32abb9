"""Pairs of proxyless clients and servers that disagree on mTLS, as the model of what is in effect has them. For the rules about pairs.

Real clients are judged by what they dial, with their own labels, on the clusters that their routes lead to. A Service
that no known client dials is judged for "a client in this namespace". Decides nothing by itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from proxyless.lint.destinations import destination_rules, dials, host_of_rule, is_istiod
from proxyless.lint.in_effect import KINDS, client_classes, mesh_of, party_of
from proxyless.lint.servers import is_grpc, listeners
from proxyless.lint.world import WHO, World
from proxyless.mesh.effective.client import ClientClass, Target
from proxyless.mesh.effective.clusters import Cluster
from proxyless.mesh.effective.servers import Server
from proxyless.mesh.effective.verdict import Fate, Way, verdict, ways_of_cluster
from proxyless.mesh.host import service_of
from proxyless.mesh.pair import Party
from proxyless.mesh.peer import TLS_MODE, PeerMode
from proxyless.mesh.service import grpc_ports, host_of
from proxyless.mesh.traffic import EffectivePolicy
from proxyless.mesh.workload import Workload, dialed
from proxyless.model.memory import index_of
from proxyless.model.path import FieldPath
from proxyless.model.resource import PODS, Ref, Resource


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
        """What counts for the client."""
        return self.cluster.policy

    @property
    def peer(self) -> PeerMode:
        """What counts for the server."""
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


def failing(world: World, subject: Resource) -> tuple[tuple[FieldPath, Pair], ...]:
    """Pairs of which a DestinationRule, PeerAuthentication or a pod's label decides a side, each with the field that does."""
    return _failing(world).get(subject.ref, ())


@index_of(*KINDS, *PODS, settings=(*WHO, "root_namespace", "domain", "trust_domain"))
def _failing(world: World) -> Mapping[Ref, tuple[tuple[FieldPath, Pair], ...]]:
    found: dict[Ref, list[tuple[FieldPath, Pair]]] = {}
    for pair in (*_of_real_clients(world), *_of_anybody(world)):
        if pair.client_side is not None:
            rule, path = pair.client_side
            found.setdefault(rule.ref, []).append((path, pair))
        if pair.client_side is None and pair.peer.source is None:  # the label alone makes the server demand mTLS
            workload = pair.server.workload
            found.setdefault(workload.ref, []).append((workload.metadata_path("labels", TLS_MODE), pair))
        if pair.peer.source is not None:
            found.setdefault(pair.peer.source.ref, []).append((pair.peer.path, pair))
    return {ref: tuple(items) for ref, items in found.items()}


def _of_real_clients(world: World) -> Iterator[Pair]:
    """What known clients dial."""
    for client, workloads in client_classes(world).items():
        callers: dict[str, list[Workload]] = {}
        for workload in workloads:
            for text in dialed(workload) if is_grpc(world, workload) else ():
                callers.setdefault(text, []).append(workload)
        for named, dialing in callers.items():
            target = client.dialed(named)
            if target is not None and target.listener:
                yield from _pairs(world, client, tuple(dialing), target)


def _of_anybody(world: World) -> Iterator[Pair]:
    """Services that no known client dials, for a client in the namespaces that have something to say of them."""
    called = {target.host for target in dials(world)}
    has_rules = destination_rules(world)
    elsewhere = _namespaces_with_rules(world)
    for service in world.seen("Service"):
        host = host_of(service, world.settings.domain)
        behind = listeners(world, service)
        if host in called or not behind or is_istiod(world, host):
            continue
        if not has_rules.is_covered(host) and all(
            item.peer.source is None and not item.server.labeled for item in behind
        ):
            continue  # both sides speak plaintext
        for namespace in sorted(elsewhere.get(host, set()) | {service.namespace}):
            client = mesh_of(world).client(namespace)
            for port in grpc_ports(service):
                target = client.target(host, port.number)
                if target.listener:
                    yield from _pairs(world, client, (), target)


@index_of("DestinationRule", settings=("root_namespace", "domain"))
def _namespaces_with_rules(world: World) -> Mapping[str, set[str]]:
    """Per host the namespaces, other than its own and the root namespace, that have a rule for it: their clients call it."""
    found: dict[str, set[str]] = {}
    for rule in world.seen("DestinationRule"):
        host = host_of_rule(rule, world)
        home = service_of(host, world.settings.domain)
        if home and rule.namespace not in (home.namespace, world.settings.root_namespace):
            found.setdefault(host, set()).add(rule.namespace)
    return found


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
