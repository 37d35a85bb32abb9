"""Who rests on a DestinationRule: the clients that get it and the servers that they call by mTLS. For rules; decides nothing.

Where clients of the host are known the model tells; else the servers behind the host's Services, as any client would get them.
"""

from proxyless.lint.clusters_called import Called, clusters_called
from proxyless.lint.destinations import caller_condition, dialing, host_of_rule, services_of_rule
from proxyless.lint.servers import workloads_behind
from proxyless.lint.world import World
from proxyless.mesh.host import covers
from proxyless.mesh.service import host_of
from proxyless.mesh.traffic import levels
from proxyless.model.resource import Ref, Resource, mapping


def clients_of(rule: Resource, world: World) -> frozenset[Ref]:
    """Known clients that get a rule for a host that they call."""
    return frozenset(item.ref for called in _called(rule, world) if _rests(called, rule) for item in called.callers)


def servers_of(rule: Resource, world: World) -> frozenset[Ref]:
    """Workloads behind the rule's hosts, where it makes somebody call them by mTLS."""
    if not any(mapping(level.policy.get("tls")).get("mode") == "ISTIO_MUTUAL" for level in levels(rule)):
        return frozenset()
    if caller_condition(rule, world) != "":
        return frozenset()
    called = _called(rule, world)
    known = {item.cluster.name.host for item in called}
    led = {item.cluster.name.host for item in called if _rests(item, rule) and item.cluster.tls}
    domain = world.settings.domain
    services = (item for item in services_of_rule(rule, world) if host_of(item, domain) not in known - led)
    return frozenset(item.ref for service in services for item in workloads_behind(world, service))


def _called(rule: Resource, world: World) -> list[Called]:
    """Clusters of the rule's hosts that known clients call."""
    host = host_of_rule(rule, world)
    hosts = sorted(name for name in dialing(world) if covers(host, name)) if "*" in host else [host]
    return [called for name in hosts for called in clusters_called(name, world)]


def _rests(called: Called, rule: Resource) -> bool:
    """Whether something of a rule is in a cluster."""
    return called.cluster.answer is not None and rule in called.cluster.answer.rule.rules
