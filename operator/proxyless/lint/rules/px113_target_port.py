"""PX113: istiod answers for host and Service port only: without a port, or with another one, a target never resolves."""

from collections.abc import Iterator

from proxyless.lint.agent_fixes import redials
from proxyless.lint.destinations import services_by_host
from proxyless.lint.gates import dials
from proxyless.lint.pods import is_placeholder
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc
from proxyless.lint.world import World
from proxyless.mesh.dial import Dialed, dialed_host
from proxyless.mesh.service import ports_of
from proxyless.mesh.workload import Workload, dialed
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import WORKLOADS, Resource

_NEVER = "istiod has no listener of that name, and calls fail"


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per ``xds:///`` target with no port, a wrong one, or an address in place of the host."""
    workload = world.workload(subject)
    if workload is None or not is_grpc(world, workload):
        return
    for target, path in dialed(workload).items():
        if is_placeholder(target):
            continue
        called = dialed_host(target, workload.namespace, world.settings.domain)
        shape = _shape(target, called)
        if shape:
            yield Hit(path, f"xds:///{target} {shape}: {_NEVER}.")
        else:
            yield from _port(target, called, path, workload, world)


def _shape(target: str, called: Dialed) -> str:
    """What is wrong with the target itself, empty where it is well formed."""
    host, _, end = target.rpartition(":")
    if called.port is None:
        return f"names the port {end!r} instead of a number" if host and end else "names no port"
    if host.endswith("."):
        return "has a dot behind the host"
    if "/" in host:
        return "has a slash before or in the host"
    import ipaddress  # noqa: PLC0415  most runs never need it

    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return ""
    return "is an address, not the host of a Service"


def _port(target: str, called: Dialed, path: FieldPath, workload: Workload, world: World) -> Iterator[Hit]:
    service = services_by_host(world).get(called.host)
    if service is None or service.spec.get("type") == "ExternalName":
        return
    ports = ports_of(service)
    if not ports or any(port.number == called.port for port in ports):
        return
    meant = next((port for port in ports if port.target == called.port), None)
    if meant is not None:
        yield Hit(
            path,
            f"xds:///{target} names the target port {called.port}, the Service port is {meant.number}: {_NEVER}.",
            remedy=f"Dial xds:///{called.host}:{meant.number}.",
            fix=redials(workload, path, f"xds:///{target}", f"xds:///{called.host}:{meant.number}", safe=True),
            related=(service.ref,),
        )
        return
    known = ", ".join(str(port.number) for port in ports)
    message = f"Service {service.namespace}/{service.name} has no port {called.port}, only {known}: {_NEVER}."
    yield Hit(path, message, related=(service.ref,))


RULE = Rule(
    code="PX113",
    slug="target-port",
    summary="An xds:/// target has no port, or one that is no port of the Service.",
    severity=Severity.ERROR,
    kinds=WORKLOADS,
    gate=dials,
    check=check,
    needs=("command", "args", "env", "envFrom"),
    remedy="Dial host and Service port, xds:///<service>.<namespace>.svc.<domain>:<port>.",
    evidence=("matrix istio DialTarget xds:///", "failure mode C3"),
    reads=("Service",),
    fixes=("safe",),
)
