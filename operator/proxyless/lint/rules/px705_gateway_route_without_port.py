"""PX705: a gateway that routes to a Service of several ports without naming one takes its own port, which is none of them."""

from collections.abc import Iterator

from proxyless.lint.destinations import services_by_host
from proxyless.lint.envoy_clients import gateways_of
from proxyless.lint.routes import destinations
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import is_grpc, workloads_behind
from proxyless.lint.world import World
from proxyless.mesh.service import grpc_ports, ports_of
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.resource import Resource, mapping, sequence


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per destination of a gateway's route to proxyless servers."""
    gateways = gateways_of(subject)
    if not gateways:
        return
    for place, entry in destinations(subject):
        target = mapping(entry.get("destination"))
        host = world.fqdn(str(target.get("host", "")), subject.namespace)
        service = services_by_host(world).get(host)
        if service is None or mapping(target.get("port")).get("number"):
            continue
        ports = [port.number for port in ports_of(service)]
        if len(ports) > 1 and any(is_grpc(world, item) for item in workloads_behind(world, service)):
            yield from _hit((*place, "destination"), host, service, gateways, world)


def _hit(
    path: tuple[str | int, ...], host: str, service: Resource, gateways: tuple[str, ...], world: World
) -> Iterator[Hit]:
    """A hit where a port of the gateways is none of the Service's; under that condition where they are not known."""
    ports = [port.number for port in ports_of(service)]
    own: list[int] = []
    doubt = "a port of the gateway is none of the Service's ports"
    for name in gateways:
        namespace, _, plain = name.partition("/")
        gateway = world.get("Gateway", namespace, plain)
        if gateway is None:
            break
        servers = (
            mapping(mapping(server).get("port")).get("number") for server in sequence(gateway.spec.get("servers"))
        )
        own += [number for number in servers if isinstance(number, int) and number not in ports]
    else:
        doubt = ""
    if not own and not doubt:
        return
    taken = f"its own, {own[0]}, which is none of them" if own else "its own"
    right = next((port.number for port in grpc_ports(service)), ports[0])
    yield Hit(
        path,
        f"No port is named, and {host} has {len(ports)}: the gateway takes {taken}. Calls fail with UNAVAILABLE and an empty "
        "message.",
        f"Write `port: {{number: {right}}}` in the destination.",
        applies="" if own else doubt,
        related=(service.ref,),
        deny=False,
        fix=put((*path, "port", "number"), right),
    )


RULE = Rule(
    code="PX705",
    slug="gateway-route-without-port",
    summary="A gateway routes to a Service of several ports and names none, so it calls a port that does not exist.",
    severity=Severity.ERROR,
    kinds=("VirtualService",),
    check=check,
    needs=("gateways",),
    remedy="Write `port: {number: ...}` in the destination.",
    evidence=(
        "run with pods: UNAVAILABLE with an empty message through Istio's ingress gateway",
        "istio pilot/pkg/networking/core/route/route.go GetDestinationCluster",
    ),
    reads=("Gateway", "Service"),
    fixes=("unsafe",),
)
