"""Shared reading of mTLS pairs: which client namespaces call a host, and what their effective rule makes of it.

For the rules about pairs; decides nothing by itself.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from proxyless.lint.destinations import destination_rules, dialing, host_of_rule
from proxyless.lint.routes import binds_mesh, destinations
from proxyless.lint.servers import Listener, listeners
from proxyless.lint.world import World
from proxyless.mesh.destination import Answer
from proxyless.mesh.host import covers, service_of
from proxyless.mesh.merge import SubsetSource
from proxyless.mesh.pair import Outcome, Party, outcome
from proxyless.mesh.peer import Speaks
from proxyless.mesh.selector import selects
from proxyless.mesh.service import host_of
from proxyless.mesh.traffic import EffectivePolicy, effective_policy, tls_mode
from proxyless.model.grouping import grouped, itself
from proxyless.model.memory import for_key
from proxyless.model.resource import Ref, Resource, mapping, sequence


class Pair(NamedTuple):
    """One cluster of a client namespace against one port of a server."""

    host: str
    client_namespace: str
    answer: Answer | None
    """The client's effective DestinationRule, None where it has none."""
    part: SubsetSource | None
    """The subset that is called, None for all of the host."""
    listener: Listener
    outcome: Outcome

    @property
    def subset(self) -> str:
        """Its name, empty for all of the host."""
        return self.part.name if self.part else ""

    @property
    def policy(self) -> EffectivePolicy:
        """What counts for the client."""
        if self.answer is None:
            return EffectivePolicy({})
        return effective_policy(self.answer.rule, subset=self.part, port=self.listener.port.number)

    @property
    def address(self) -> str:
        """Host and Service port as a client dials them."""
        return f"{self.host}:{self.listener.port.number}"

    @property
    def demands_tls(self) -> bool:
        """Whether the server accepts mTLS only; a proxyless one accepts plaintext only otherwise."""
        return Speaks.TLS in self.listener.server.speaks


def pairs_of(
    world: World, service: Resource, client_namespace: str, labels: Mapping[str, object] | None = None
) -> tuple[Pair, ...]:
    """All pairs of proxyless clients in one namespace with the proxyless servers behind a Service.

    ``labels`` are the client's, for rules with a workloadSelector.
    """
    if labels:
        return tuple(_pairs(world, service, client_namespace, labels))
    return _plain_pairs((service.ref, client_namespace), world)


@for_key
def _plain_pairs(key: tuple[Ref, str], world: World) -> tuple[Pair, ...]:
    service = world.get(*key[0])
    return () if service is None else tuple(_pairs(world, service, key[1], {}))


def _pairs(world: World, service: Resource, client_namespace: str, labels: Mapping[str, object]) -> Iterator[Pair]:
    host = host_of(service, world.settings.domain)
    answer = destination_rules(world, host).effective(
        host, service_namespace=service.namespace, client_namespace=client_namespace, labels=labels
    )
    subsets: list[SubsetSource | None] = [None] if calls_without_subset(world, host) else []
    subsets += answer.rule.subsets if answer else ()
    for listener in listeners(world, service):
        for subset in subsets:
            if subset and not selects(subset.labels, listener.workload.labels):
                continue
            mode = tls_mode(answer.rule, subset=subset, port=listener.port.number) if answer else ""
            result = outcome(Party.PROXYLESS, mode, listener.server)
            yield Pair(host, client_namespace, answer, subset, listener, result)


def calls_without_subset(world: World, host: str) -> bool:
    """Whether calls to a host may go to all its endpoints: false where every known route of it names a subset."""
    routed = _routed(world)
    return (host, False) in routed or (host, True) not in routed


@grouped("VirtualService", of=itself, settings=("domain",))
def _routed(route: Resource, world: World) -> Iterator[tuple[str, bool]]:
    """VirtualServices of mesh clients by those of their hosts that they route to, and whether they name a subset."""
    if not binds_mesh(route):
        return
    hosts = [world.fqdn(str(host), route.namespace) for host in sequence(route.spec.get("hosts"))]
    for _, entry in destinations(route):
        target = mapping(entry.get("destination"))
        host = world.fqdn(str(target.get("host", "")), route.namespace)
        if host in hosts or any(covers(own, host) for own in hosts):
            yield host, bool(target.get("subset"))


def client_namespaces(world: World, service: Resource) -> tuple[str, ...]:
    """Namespaces that are taken to call a Service: those that dial it or have a rule for its host, else its own."""
    host = host_of(service, world.settings.domain)
    found = {item.namespace for item in dialing(world).get(host)}
    found.update(item.namespace for item in _ruled_from_afar(world).get(host))
    return tuple(sorted(found)) or (service.namespace,)


@grouped("DestinationRule", of=itself, settings=("root_namespace", "domain"))
def _ruled_from_afar(rule: Resource, world: World) -> list[str]:
    """DestinationRules for Services of other namespaces, by host."""
    host = host_of_rule(rule, world)
    home = service_of(host, world.settings.domain)
    return [host] if home and rule.namespace not in (home.namespace, world.settings.root_namespace) else []
