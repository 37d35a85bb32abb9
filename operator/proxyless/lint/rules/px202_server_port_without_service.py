"""PX202: a proxyless server gets its listener only for a port that some Service has as target port."""

from collections.abc import Iterator

from proxyless.lint.gates import is_grpc_workload
from proxyless.lint.remedy_commands import expose
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc, services_before
from proxyless.lint.world import World
from proxyless.lint.xds_streams import said_of_server
from proxyless.mesh.service import container_ports, ports_of, target_on
from proxyless.mesh.workload import Workload
from proxyless.model.finding import Severity
from proxyless.model.resource import WORKLOADS, Resource
from proxyless.model.truth import Truth

_OTHERS = ("metrics", "prom", "health", "admin", "debug", "http", "tcp", "probe", "status", "pprof")
"""Starts of port names that are no gRPC servers."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per container port that is a gRPC server's by its name, or may be one since no port is in a Service."""
    workload = world.workload(subject)
    if workload is None or not is_grpc(world, workload) or said_of_server(workload, world) is Truth.NO:
        return
    ports = {
        number: item for number, item in container_ports(workload).items() if not item[0].lower().startswith(_OTHERS)
    }
    if not ports:
        return
    selecting = services_before(world, workload)
    reached = {target_on(port, workload) for service in selecting for port in ports_of(service)}
    doubt = "" if world.complete("Service") else "no other Service has it as target port"
    for number, (name, path) in ports.items():
        named = name.lower().startswith("grpc")
        if number in reached or (reached & ports.keys() and not named):
            continue
        conditions = [doubt, "" if named else f"the app serves gRPC on port {number}"]
        yield Hit(
            path,
            f"No Service has port {number} of these pods as its target port: an xDS server on it never gets its listener "
            "and never serves, while the pod is Ready.",
            _remedy(workload, number, selecting),
            applies=" and ".join(filter(None, conditions)),
            related=tuple(service.ref for service in selecting),
            command="" if selecting else expose(workload, str(workload.labels.get("app", workload.ref.name)), number),
            deny=False,
        )


def _remedy(workload: Workload, number: int, selecting: tuple[Resource, ...]) -> str:
    if selecting:
        return f"Add a port with `targetPort: {number}` to {selecting[0].ref}."
    labels = ", ".join(f"{key}: {value}" for key, value in list(workload.labels.items())[:2])
    return f"Add a Service with `selector: {{{labels}}}` and a port with `targetPort: {number}`, named grpc."


RULE = Rule(
    code="PX202",
    slug="server-port-without-service",
    summary="A proxyless server listens on a port that is no Service's target port, so it never serves.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=is_grpc_workload,
    check=check,
    remedy="Add the port to a Service that selects the pods.",
    evidence=(
        "matrix istio Service spec.ports[].targetPort",
        "istio pilot/pkg/networking/grpcgen/lds.go: has no service instance for port",
    ),
    reads=("Service",),
)
