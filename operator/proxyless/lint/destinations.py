"""Helpers that rules share to read DestinationRules and the Services behind their hosts; they never create findings."""

from collections.abc import Mapping

from proxyless.lint.clients import has_grpc_clients
from proxyless.lint.mesh_settings import WHO
from proxyless.lint.servers import grpc_namespaces, is_grpc, selects_grpc, workloads_behind
from proxyless.lint.world import World
from proxyless.mesh.destination import DestinationRules
from proxyless.mesh.dial import Dialed, dialed_host
from proxyless.mesh.host import covers, service_of
from proxyless.mesh.merge import export_to, is_visible
from proxyless.mesh.service import UNDECLARED, host_of, ports_of
from proxyless.mesh.workload import Workload, dialed
from proxyless.model.grouping import grouped, itself
from proxyless.model.memory import for_each, for_key
from proxyless.model.pattern import pattern
from proxyless.model.resource import WORKLOADS, Resource, mapping, sequence
from proxyless.model.snapshot import Snapshot
from proxyless.model.truth import Truth

WILDCARD = None
"""Key of all rules for wildcards."""
_MAYBE_GRPC = ("grpc", "grpc-web", "http2", UNDECLARED)
_ISTIOD = pattern(r"istiod(-.+)?")
_EVERYWHERE: frozenset[str] = frozenset()
_ALL: Mapping[str, object] = {}


def destination_rules(world: World, host: str) -> DestinationRules:
    """Known DestinationRules for a host or wildcard, merged as istiod does: its own and those of wildcards that cover it."""
    return _merged(host, world)


@for_key
def _merged(host: str, world: World) -> DestinationRules:
    by_host, name = rules_by_host(world), host.removeprefix("*")
    patterns = dict.fromkeys(host_of_rule(rule, world) for rule in by_host.get(WILDCARD))
    wider = [pattern for pattern in patterns if pattern != host and name.endswith(pattern[1:])]
    rules = [rule for pattern in (host, *wider) for rule in by_host.get(pattern)]
    return DestinationRules(rules, root_namespace=world.settings.root_namespace, domain=world.settings.domain)


class Services:
    """Known Services by their full host name, which tells name and namespace."""

    def __init__(self, snapshot: Snapshot, domain: str) -> None:
        self._snapshot = snapshot
        self._domain = domain

    def get(self, host: str) -> Resource | None:
        """The Service behind a host, None where none is known."""
        behind = service_of(host, self._domain)
        return None if behind is None else self._snapshot.get("Service", behind.namespace, behind.name)

    def __contains__(self, host: str) -> bool:
        return self.get(host) is not None


def services_by_host(world: World) -> Services:
    """Known Services by their full host name."""
    return _services(world.settings.domain, world)


@for_key
def _services(domain: str, world: World) -> Services:
    return Services(world.snapshot, domain)


def host_of_rule(rule: Resource, world: World) -> str:
    """The full host or wildcard of a DestinationRule."""
    return world.fqdn(str(rule.spec.get("host", "")), rule.namespace)


@grouped("Service", of=itself)
def services_by_name(service: Resource, _: World) -> list[str]:
    """Services of all namespaces by name alone."""
    return [service.name]


@grouped("DestinationRule", of=itself, settings=("domain",))
def rules_by_host(rule: Resource, world: World) -> tuple[str | None, ...]:
    """DestinationRules by their full host or wildcard, and all for wildcards under :data:`WILDCARD`."""
    host = host_of_rule(rule, world)
    return (host, WILDCARD) if host.startswith("*") else (host,)


def plain_rules(world: World, host: str, namespace: str) -> tuple[Resource, ...] | None:
    """The one DestinationRule of a host in its Service's namespace, or none; None where it takes more than a glance to tell
    which rule a client gets.
    """
    rules = rules_by_host(world)
    own = rules.get(host)
    far = own and (len(own) > 1 or own[0].namespace != namespace or "workloadSelector" in own[0].spec)
    return None if far or rules.get(WILDCARD) else own


def services_of_rule(rule: Resource, world: World) -> list[Resource]:
    """Known Services that a DestinationRule's host covers."""
    host = host_of_rule(rule, world)
    if "*" not in host:
        service = services_by_host(world).get(host)
        return [] if service is None else [service]
    domain = world.settings.domain
    return [service for service in world.seen("Service") if covers(host, host_of(service, domain))]


def hosts_of(world: World, kind: str, namespace: str, name: str) -> list[str]:
    """Hosts of an object that Gateway API attaches to: one of a Service, those of a ServiceEntry if it is known."""
    if kind == "Service":
        return [world.fqdn(name, namespace)] if name else []
    entry = world.get("ServiceEntry", namespace, name) if kind == "ServiceEntry" else None
    return [str(host) for host in sequence(entry.spec.get("hosts"))] if entry else []


@grouped("ServiceEntry", of=itself)
def entries_by_host(entry: Resource, _: World) -> list[str]:
    """Known ServiceEntries by their hosts, which need no Service, and whose endpoints may be no pods."""
    return [str(host) for host in sequence(entry.spec.get("hosts"))]


@grouped(*WORKLOADS, of=World.workload, beside=("ConfigMap", "Namespace"), settings=(*WHO, "domain"))
def dialing(workload: Workload, world: World) -> list[str]:
    """Workloads by the hosts that they name after ``xds:///``."""
    return [target.host for target in targets(workload, world)] if world.is_proxyless(workload) else []


def targets(workload: Workload, world: World) -> list[Dialed]:
    """Hosts and ports that a workload names after ``xds:///``."""
    return [dialed_host(target, workload.namespace, world.settings.domain) for target in dialed(workload)]


def callers_of(world: World, host: str) -> tuple[Workload, ...]:
    """Workloads that dial a host, or one that a wildcard covers."""
    by_host = dialing(world)
    if "*" not in host:
        return by_host.get(host)
    return tuple(workload for name in sorted(by_host) if covers(host, name) for workload in by_host.get(name))


@for_each
def caller_condition(rule: Resource, world: World) -> str | None:
    """The condition under which a proxyless client gets a DestinationRule; None: never, empty: certainly.

    Certain where the rule's or the host's namespace has proxyless workloads, or one dials the host, or the caller says
    that clients are in use and nothing is known of workloads there. Others may call the host or not.
    """
    host = host_of_rule(rule, world)
    visible = export_to(rule)
    selector = mapping(mapping(rule.spec.get("workloadSelector")).get("matchLabels"))
    condition = host_condition(world, host, rule.namespace, visible=visible, selector=selector)
    if condition and visible and "*" not in visible:
        allowed = {rule.namespace if name == "." else name for name in visible}
        elsewhere = [selects_grpc(world, home, selector) for home in allowed]
        if set(elsewhere) == {Truth.NO}:
            return None
    return condition


def host_condition(
    world: World, host: str, home: str, *, visible: frozenset[str] = _EVERYWHERE, selector: Mapping[str, object] = _ALL
) -> str | None:
    """The condition under which a proxyless client calls a host; None: never, empty: certainly.

    Args:
        world: what is known.
        host: full name or wildcard.
        home: namespace of the object that says something of the host.
        visible: namespaces that the object is exported to; empty: all.
        selector: labels of the workloads in ``home`` that it is for; empty: all.
    """
    behind = service_of(host, world.settings.domain)
    places = (home,) if behind is None else (home, behind.namespace)
    if has_grpc_clients(world, *places) is Truth.NO or is_istiod(world, host):
        return None
    if any(is_visible(visible, home, workload.namespace) for workload in callers_of(world, host)):
        return ""
    if _speaks_otherwise(world, host):
        return None
    said = world.settings.clients and not world.has_proxyless_workloads and not world.knows_workloads_of(places)
    near = said or selects_grpc(world, home, selector) is Truth.YES or _beside(world, host)
    return "" if near else f"a proxyless client calls {host}"


def _beside(world: World, host: str) -> bool:
    """Whether proxyless gRPC workloads are in the namespace of a host's Service."""
    behind = service_of(host, world.settings.domain)
    if behind is None:
        return False
    return world.declared(behind.namespace) or behind.namespace in grpc_namespaces(world)


def is_istiod(world: World, host: str) -> bool:
    """Whether a host is istiod, which libraries reach by their bootstrap and never as a target of ``xds:///``."""
    behind = service_of(host, world.settings.domain)
    return (
        behind is not None
        and behind.namespace == world.settings.root_namespace
        and _ISTIOD.fullmatch(behind.name) is not None
    )


def _speaks_otherwise(world: World, host: str) -> bool:
    """Whether nobody dials a host with gRPC: no pod behind its Service is proxyless, and all ports declare another protocol."""
    service = services_by_host(world).get(host)
    if service is None or any(is_grpc(world, item) for item in workloads_behind(world, service)):
        return False
    ports = ports_of(service)
    return bool(ports) and not any(port.protocol in _MAYBE_GRPC for port in ports)
