"""Quick check that the clients and servers of a host agree on mTLS; hosts that fail it are judged by the model.

Called by ``mtls_pairs``. It must never say yes where the model would find a failing pair.
"""

from collections.abc import Sequence

from proxyless.lint.destinations import plain_rules
from proxyless.lint.routes import destinations, http_routes
from proxyless.lint.servers import ServedPort
from proxyless.lint.world import World
from proxyless.mesh.effective.indexes import GATEWAY_ROUTES, WILDCARD, routing
from proxyless.mesh.peer import Speaks
from proxyless.mesh.service import grpc_ports, ports_of
from proxyless.mesh.traffic import levels
from proxyless.model.resource import Resource, kept, mapping

_LEADING_ELSEWHERE = (*GATEWAY_ROUTES, "MeshConfig", "EndpointSlice")
"""Kinds of which one object is enough to ask the model: routes, reach or endpoints may be others than they seem."""


def surely_agree(world: World, service: Resource, host: str, behind: Sequence[ServedPort]) -> bool:
    """Whether all clients of a Service certainly agree with its servers on mTLS, decided without the model where rules are simple."""
    own = plain_rules(world, host, service.namespace)
    if (
        own is None
        or len(grpc_ports(service)) < len(ports_of(service))
        or any(world.seen(kind) for kind in _LEADING_ELSEWHERE)
        or routing(world).get(WILDCARD)
        or any(_leads_elsewhere(route, host, world) for route in routing(world).get(host))
    ):
        return False
    mode = _mode_for_all(own[0]) if own else ""
    return mode is not None and all((Speaks.TLS in item.server.speaks) is (mode == "ISTIO_MUTUAL") for item in behind)


@kept
def _mode_for_all(rule: Resource) -> str | None:
    """The mode of a rule that says the same to every client, for each port and subset; None where it does not."""
    if "exportTo" in rule.spec or len(levels(rule)) > 1:
        return None
    return str(mapping(mapping(rule.spec.get("trafficPolicy")).get("tls")).get("mode") or "")


def _leads_elsewhere(route: Resource, host: str, world: World) -> bool:
    if any("delegate" in entry for _, entry in http_routes(route)):
        return True
    hosts = (mapping(entry.get("destination")).get("host", "") for _, entry in destinations(route))
    return any(world.fqdn(str(name), route.namespace) != host for name in hosts)
