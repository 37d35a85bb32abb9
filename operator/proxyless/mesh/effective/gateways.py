"""What an ingress or egress gateway does with calls to a host and port: its Gateway's server, and the VirtualServices bound to it. Pure.

Asked by ``lint.why`` for a workload that a Gateway selects. Gateways merge the VirtualServices of one host, unlike clients in the
mesh, and no Sidecar restricts them. Routes of the Gateway API on a Gateway are not computed here.
Source: ``buildGatewayHTTPRouteConfig`` in istiod's ``pilot/pkg/networking/core/gateway.go``, ``MergeGateways`` in ``pilot/pkg/model``.
"""

from collections.abc import Iterable, Iterator, Mapping

from proxyless.mesh.age import age_order
from proxyless.mesh.effective.client import ClientClass, Target
from proxyless.mesh.effective.hidden import Hidden
from proxyless.mesh.effective.hosts import Routed, VirtualHost
from proxyless.mesh.effective.imports import within
from proxyless.mesh.effective.matches import For, full_gateway
from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.effective.routes import Route, routes_of
from proxyless.mesh.effective.routing import Routing
from proxyless.mesh.effective.scope import VisibleHost
from proxyless.mesh.host import qualify
from proxyless.mesh.selector import selects
from proxyless.mesh.workload import GATEWAY, OF_GATEWAY_API, Workload
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.snapshot import Snapshot

_HTTP = ("HTTP", "HTTP2", "GRPC", "HTTPS")
_PASSED_ON = ("PASSTHROUGH", "AUTO_PASSTHROUGH")


class GatewayServer(NamedTuple):
    """One entry of ``servers`` of a Gateway."""

    gateway: Resource
    path: FieldPath
    port: int
    protocol: str
    tls_mode: str
    hosts: tuple[str, ...]
    """As clients outside the mesh name them, wildcards too; without the namespaces that Istio lets stand before them."""

    @property
    def name(self) -> str:
        """The Gateway as VirtualServices name it."""
        return f"{self.gateway.namespace}/{self.gateway.name}"

    @property
    def is_routed(self) -> bool:
        """Whether it looks into HTTP, so that ``http`` routes count; else it passes on TLS or TCP."""
        return self.protocol in _HTTP and self.tls_mode not in _PASSED_ON


def gateways_of(snapshot: Snapshot, workload: Workload) -> tuple[Resource, ...]:
    """Gateways that a workload serves, the oldest first; those without a selector are for all gateways and name nobody."""
    found = []
    for gateway in snapshot.of_kind("Gateway"):
        selector = mapping(gateway.spec.get("selector"))
        if selector and selects(selector, workload.labels):
            found.append(gateway)
    return tuple(sorted(found, key=age_order))


def servers_of(gateway: Resource) -> Iterator[GatewayServer]:
    """The servers of a Gateway."""
    for index, entry in enumerate(map(mapping, sequence(gateway.spec.get("servers")))):
        port = mapping(entry.get("port"))
        number = port.get("number")
        hosts = tuple(str(host).rpartition("/")[2].lower() for host in sequence(entry.get("hosts")))
        if isinstance(number, int):
            mode = str(mapping(entry.get("tls")).get("mode") or "")
            protocol = str(port.get("protocol") or "").upper()
            yield GatewayServer(gateway, ("spec", "servers", index), number, protocol, mode, hosts)


def is_gateway(snapshot: Snapshot, workload: Workload) -> bool:
    """Whether a workload is a gateway: by Istio's template, by the label of a Gateway API one, or since a Gateway selects it."""
    return GATEWAY in workload.templates or OF_GATEWAY_API in workload.labels or bool(gateways_of(snapshot, workload))


def not_computed(workload: Workload, host: str, port: int) -> Target:
    """The answer for a gateway that no given Gateway of Istio selects."""
    name = workload.labels.get(OF_GATEWAY_API)
    words = f"which Gateway selects {workload.ref}: none was given that does"
    if name is not None:
        words = f"what the routes of Gateway {workload.namespace}/{name} do at {workload.ref}: those of the Gateway API are not computed"
    return _nothing(
        host, port, Hidden(words, workload.resource, (*workload.path, "metadata", "labels"), is_unknown=True)
    )


def gateway_target(mesh: Mesh, client: ClientClass, gateways: Iterable[Resource], host: str, port: int) -> Target:
    """What a gateway does with calls that come to it for a host and port. ``client``: its class, without a Sidecar."""
    every = [server for gateway in gateways for server in servers_of(gateway)]
    on_port = [server for server in every if server.port == port]
    fitting = [server for server in on_port if any(within(host, pattern) or pattern == "*" for pattern in server.hosts)]
    if not fitting:
        return _nothing(host, port, _no_server(every, on_port, host, port))
    server = fitting[0]
    if not server.is_routed:
        words = f"what {server.gateway.ref} passes on as {server.tls_mode or server.protocol} is not computed, only HTTP routes are"
        return _nothing(host, port, Hidden(words, server.gateway, (*server.path, "port"), is_unknown=True))
    names = {item.name for item in fitting}
    bound = sorted(_bound(mesh, client, names, host), key=lambda item: (-_closeness(item[1], host), item[0].age))
    if not bound:
        words = f"no VirtualService for {host} is bound to {' or '.join(sorted(names))}, so that it answers 404"
        return _nothing(host, port, Hidden(words, server.gateway, server.path))
    best = _closeness(bound[0][1], host)
    merged = [routing for routing, pattern in bound if _closeness(pattern, host) == best]
    routes = tuple(route for routing in merged for route in _routes(client, routing, names, port))
    routes = (
        *(item for item in routes if not item.match.takes_all),
        *[item for item in routes if item.match.takes_all][:1],
    )
    found = VirtualHost(host, routes, merged[0], is_service=False)
    return Target(host, port, True, None, None, Routed((found,)), found)


def _nothing(host: str, port: int, why: Hidden) -> Target:
    return Target(host, port, None if why.is_unknown else False, None, why, Routed(()), None)


def _no_server(every: list[GatewayServer], on_port: list[GatewayServer], host: str, port: int) -> Hidden:
    if on_port:
        first = on_port[0]
        return Hidden(f"no server on port {port} has the host {host}", first.gateway, (*first.path, "hosts"))
    numbers = ", ".join(sorted({str(item.port) for item in every})) or "none"
    gateway = every[0].gateway if every else None
    return Hidden(f"no server of its Gateways has the port {port}, only {numbers}", gateway, ("spec", "servers"))


def _bound(mesh: Mesh, client: ClientClass, names: set[str], host: str) -> Iterator[tuple[Routing, str]]:
    """VirtualServices bound to one of the Gateways and exported to the gateway's namespace, with their host that fits best."""
    for item in mesh.snapshot.of_kind("VirtualService"):
        named = {full_gateway(str(entry), item.namespace) for entry in sequence(item.spec.get("gateways"))}
        if named.isdisjoint(names):
            continue
        hosts = [
            qualify(str(text), item.namespace, mesh.options.domain).lower() for text in sequence(item.spec.get("hosts"))
        ]
        fitting = [pattern for pattern in hosts if within(host, pattern) or pattern == "*"]
        routing = mesh.virtual_services.merged(item)
        if fitting and routing.reach(client.namespace) is not None:
            yield routing, max(fitting, key=lambda pattern: _closeness(pattern, host))


def _closeness(pattern: str, host: str) -> int:
    return len(host) + 1 if pattern == host else len(pattern)


def _routes(client: ClientClass, routing: Routing, names: set[str], port: int) -> Iterator[Route]:
    labels: Mapping[str, object] = client.labels

    def known(host: str) -> VisibleHost | None:
        return client.scope.service(host)

    for name in sorted(names):
        found = routes_of(routing, For(client.namespace, labels, port, name), known).sent
        if found:
            yield from found
            return
