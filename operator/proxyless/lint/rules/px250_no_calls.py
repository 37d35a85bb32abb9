"""PX250: fields of a Service, ServiceEntry or WorkloadEntry that leave gRPC clients without routes or endpoints."""

from collections.abc import Iterator

from proxyless.lint.clients import has_grpc_clients
from proxyless.lint.destinations import callers_of
from proxyless.lint.field_hits import host_hits
from proxyless.lint.field_rows import concerns, keys_for
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.host import service_of
from proxyless.mesh.selector import selects
from proxyless.mesh.service import host_of
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.truth import Truth


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field, where a proxyless client is known to call the host."""
    if not concerns("PX250", subject, world) or has_grpc_clients(world, subject.namespace) is Truth.NO:
        return
    hosts = [host for host in _hosts(subject, world) if callers_of(world, host)]
    if not hosts:
        return
    if subject.kind == "Service" and service_of(str(subject.spec.get("externalName")), world.settings.domain):
        callers = dict.fromkeys(world.client_of(workload) for host in hosts for workload in callers_of(world, host))
        known = [client for client in callers if client.language is not None]
        yield from host_hits("PX250", subject, world, hosts, clients=known)  # an alias works, but not in every language
    else:
        yield from host_hits("PX250", subject, world, hosts)


def _hosts(subject: Resource, world: World) -> list[str]:
    """Hosts that clients dial to get here."""
    if subject.kind == "Service":
        return [host_of(subject, world.settings.domain)]
    if subject.kind == "ServiceEntry":
        return [str(host) for host in sequence(subject.spec.get("hosts"))]
    labels = mapping(subject.spec.get("labels"))
    return [
        str(host)
        for entry in world.seen("ServiceEntry", subject.namespace)
        if (wanted := mapping(mapping(entry.spec.get("workloadSelector")).get("labels"))) and selects(wanted, labels)
        for host in sequence(entry.spec.get("hosts"))
    ]


RULE = Rule(
    code="PX250",
    slug="no-calls",
    summary="A host that a proxyless client dials has a field that leaves it without routes or endpoints.",
    severity=Severity.ERROR,
    kinds=("Service", "ServiceEntry", "WorkloadEntry"),
    needs=keys_for("PX250"),
    check=check,
    remedy="Write the protocol GRPC and IP addresses, or dial the host with `dns:///`, outside the mesh.",
    evidence=("matrix istio: the rows that name PX250",),
    reads=("ServiceEntry",),
)
