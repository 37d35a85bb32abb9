"""What an ingress or egress gateway does with calls to a host and port: its Gateway's server, and the VirtualServices bound to it. Pure.

Asked by ``lint.why`` for a workload that a Gateway selects. Gateways merge the VirtualServices of one host, unlike clients in the
mesh, and no Sidecar restricts them. Routes of the Gateway API on a Gateway are not computed here.
Source: ``buildGatewayHTTPRouteConfig`` in istiod's ``pilot/pkg/networking/core/gateway.go``, ``MergeGateways`` in ``pilot/pkg/model``.
"""

from collections.abc import Iterable, Iterator

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
    redirects: bool
    """Whether it answers each call with a redirect to HTTPS."""
    hosts: tuple[tuple[str, str], ...]
    """Namespace of the VirtualServices that it takes routes from (``*``: any) and host, as clients outside the mesh name it."""

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
        hosts = tuple(_host(str(host), gateway.namespace) for host in sequence(entry.get("hosts")))
        if isinstance(number, int):
            tls, protocol = mapping(entry.get("tls")), str(port.get("protocol") or "").upper()
            mode, redirects = str(tls.get("mode") or ""), tls.get("httpsRedirect") is True
            yield GatewayServer(gateway, ("spec", "servers", index), number, protocol, mode, redirects, hosts)


def _host(written: str, home: str) -> tuple[str, str]:
    space, _, host = written.rpartition("/")
    return home if space == "." else space or "*", host.lower()


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
    fitting = [server for server in on_port if any(within(host, pattern) for _, pattern in server.hosts)]
    if not fitting:
        return _nothing(host, port, _no_server(every, on_port, host, port))
    server = fitting[0]
    if server.redirects:
        words = f"{server.gateway.ref} answers with a redirect to HTTPS"
        return _nothing(host, port, Hidden(words, server.gateway, (*server.path, "tls", "httpsRedirect")))
    if not server.is_routed:
        words = f"what {server.gateway.ref} passes on as {server.tls_mode or server.protocol} is not computed, only HTTP routes are"
        return _nothing(host, port, Hidden(words, server.gateway, (*server.path, "port"), is_unknown=True))
    merged = _merged(mesh, client, [item for item in on_port if item.is_routed])
    best = max(
        (name for name in merged if within(host, name)), key=lambda name: (name == host, len(name)), default=None
    )
    if best is None:
        names = " or ".join(sorted({item.name for item in fitting}))
        words = f"no VirtualService for {host} is bound to {names}, so that it answers 404"
        return _nothing(host, port, Hidden(words, server.gateway, server.path))
    first, routes = merged[best][0][0], [route for _, found in merged[best] for route in found]
    routes.sort(key=lambda route: route.match.takes_all)
    found = VirtualHost(host, tuple(routes), first, is_service=False)
    return Target(host, port, True, None, None, Routed((found,)), found)


_Merged = dict[str, list[tuple[Routing, tuple[Route, ...]]]]


def _merged(mesh: Mesh, client: ClientClass, servers: list[GatewayServer]) -> _Merged:
    """Routes by the hosts that servers and VirtualServices have in common, in the order in which istiod lays them one behind another."""
    found: _Merged = {}
    for server in servers:
        for routing, hosts in _bound(mesh, client, server.name):
            routes = _routes(client, routing, server)
            visible = [pattern for space, pattern in server.hosts if space in ("*", routing.namespace)]
            for name in dict.fromkeys(_narrower(one, other) for one in visible for other in hosts):
                if name and routes:
                    found.setdefault(name, []).append((routing, routes))
    return found


def _narrower(one: str, other: str) -> str:
    """What two hosts have in common, either of which may be a wildcard; empty: nothing."""
    return one if within(one, other) else other if within(other, one) else ""


def _nothing(host: str, port: int, why: Hidden) -> Target:
    return Target(host, port, None if why.is_unknown else False, None, why, Routed(()), None)


def _no_server(every: list[GatewayServer], on_port: list[GatewayServer], host: str, port: int) -> Hidden:
    if on_port:
        first = on_port[0]
        return Hidden(f"no server on port {port} has the host {host}", first.gateway, (*first.path, "hosts"))
    numbers = ", ".join(sorted({str(item.port) for item in every})) or "none"
    gateway = every[0].gateway if every else None
    return Hidden(f"no server of its Gateways has the port {port}, only {numbers}", gateway, ("spec", "servers"))


def _bound(mesh: Mesh, client: ClientClass, name: str) -> list[tuple[Routing, list[str]]]:
    """VirtualServices bound to a Gateway and exported to the gateway's namespace, in istiod's order, with their full hosts."""
    found = []
    for item in mesh.snapshot.of_kind("VirtualService"):
        if name not in {full_gateway(str(entry), item.namespace) for entry in sequence(item.spec.get("gateways"))}:
            continue
        routing = mesh.virtual_services.merged(item)
        if routing.reach(client.namespace) is not None:
            written = map(str, sequence(item.spec.get("hosts")))
            found.append((routing, [qualify(text, item.namespace, mesh.options.domain).lower() for text in written]))
    return sorted(found, key=lambda entry: entry[0].order(client.namespace))


def _routes(client: ClientClass, routing: Routing, server: GatewayServer) -> tuple[Route, ...]:
    def known(host: str) -> VisibleHost | None:
        return client.scope.service(host)

    return routes_of(routing, For(client.namespace, client.labels, server.port, server.name), known).sent
