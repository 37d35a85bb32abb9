"""Which namespaces are of concern, and which an object concerns: its own, and those of the Services that it names. Pure."""

from collections.abc import Collection, Iterator

from proxyless.lint.world import World
from proxyless.mesh.host import service_of
from proxyless.model.resource import Resource, mapping, sequence


def concerned_namespaces(world: World) -> frozenset[str]:
    """Namespaces with proxyless workloads, or that are declared proxyless: what concerns them has a condition."""
    declared = {item.name for item in world.seen("Namespace") if world.declared(item.name)}
    return frozenset(declared | {workload.namespace for workload in world.proxyless_workloads})


def named_namespaces(item: Resource, world: World) -> Iterator[str]:
    """Namespaces of the Services that a DestinationRule, VirtualService or ServiceEntry names; not its own as such."""
    for host in _hosts(item):
        service = service_of(world.fqdn(host, item.namespace), world.settings.domain)
        if service is not None:
            yield service.namespace


def speaks_of(item: Resource, namespaces: Collection[str], world: World) -> bool:
    """Whether an object speaks of Services of some namespaces, or may: by a wildcard, or as what others refer to."""
    hosts = [host for host in _hosts(item) if host]
    for host in hosts:
        service = service_of(world.fqdn(host, item.namespace), world.settings.domain)
        if service is None or "*" in host or service.namespace in namespaces:
            return True
    return not hosts and item.kind == "VirtualService"


def _hosts(item: Resource) -> Iterator[str]:
    spec = item.spec
    yield str(spec.get("host", ""))
    yield from map(str, sequence(spec.get("hosts")))
    for protocol in ("http", "tls", "tcp"):
        for route in sequence(spec.get(protocol)):
            for target in sequence(mapping(route).get("route")):
                yield str(mapping(mapping(target).get("destination")).get("host", ""))
