"""PX201: a port that is declared non-HTTP gets a route table without the host, so no gRPC call finds a route."""

from collections.abc import Iterator

from proxyless.lint.destinations import dialing, targets
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads, named, selects_grpc
from proxyless.lint.world import World
from proxyless.mesh.dial import Dialed
from proxyless.mesh.service import ServicePort, host_of, ports_of, selector_of
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.truth import Truth


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per port that is declared non-HTTP and that gRPC clients call, or have to call since there is no other."""
    ports = ports_of(subject)
    for port in ports:
        if port.has_routes or port.protocol == "udp":
            continue
        host = host_of(subject, world.settings.domain)
        callers = _callers(world, Dialed(host, port.number))
        condition = "" if callers else _condition(subject, world, port, ports)
        if condition is not None:
            yield _hit(subject, port, host, callers, condition)


def _callers(world: World, called: Dialed) -> tuple[Workload, ...]:
    return tuple(item for item in dialing(world).get(called.host) if called in targets(item, world))


def _condition(subject: Resource, world: World, port: ServicePort, ports: tuple[ServicePort, ...]) -> str | None:
    """Under which condition gRPC clients call a port that none is known to dial; None: nothing hints at it."""
    wanted = selector_of(subject)
    if not wanted or selects_grpc(world, subject.namespace, wanted) is Truth.NO:
        return None
    calls = f"a proxyless client calls port {port.number}"
    servers = [
        item
        for item in grpc_workloads(world, subject.namespace, wanted)
        if world.application_of(item).serves is not False
    ]
    if "grpc" in port.name:
        return "" if servers else calls
    alone = not any(other.has_routes for other in ports)
    return calls if servers and alone else None


def _hit(subject: Resource, port: ServicePort, host: str, callers: tuple[Workload, ...], condition: str) -> Hit:
    path, why = _cause(subject, port)
    dialing = f" {named(callers)} dials it." if callers else ""
    return Hit(
        path,
        f"istiod takes port {port.number} for {port.protocol.upper()} ({why}) and sends no route for it: every call to "
        f"xds:///{host}:{port.number} fails, could not find VirtualHost.{dialing}",
        f"Write `appProtocol: grpc` for port {port.number}, or a name that starts with `grpc`; `http` where it speaks plain HTTP.",
        applies=condition,
        related=tuple(workload.ref for workload in callers),
        fix=put((*port.path, "appProtocol"), "grpc"),
    )


def _cause(subject: Resource, port: ServicePort) -> tuple[FieldPath, str]:
    entry = mapping(sequence(subject.spec.get("ports"))[int(port.path[2])])
    if entry.get("appProtocol") is not None:
        return (*port.path, "appProtocol"), f"appProtocol {entry['appProtocol']}"
    prefix = port.name.partition("-")[0].lower()
    if prefix == port.protocol:
        return (*port.path, "name"), f"name {port.name}"
    return (*port.path, "port"), f"number {port.number}, no protocol declared"


RULE = Rule(
    code="PX201",
    slug="service-port-name",
    summary="A Service port that gRPC clients call is declared as something else than HTTP or gRPC.",
    severity=Severity.ERROR,
    kinds=("Service",),
    check=check,
    needs=("ports",),
    remedy="Write `appProtocol: grpc` for the port, or a name that starts with `grpc`.",
    evidence=(
        "matrix istio Service spec.ports[].name tcp*",
        "matrix istio Service spec.ports[].appProtocol tcp*",
        "matrix istio Service spec.ports[].port 25, 53, 3306, 27017",
        "measured: C-core `could not find VirtualHost`, Java `Failed to find virtual host matching hostname`",
    ),
    fixes=("unsafe",),
)
