"""PX702: a VirtualService for gateways alone says nothing to proxyless clients, which are clients of the mesh."""

from collections.abc import Iterator

from proxyless.lint.envoy_clients import gateway_calls
from proxyless.lint.routes import binds_mesh, destinations, http_routes, routes_by_host
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping, sequence

_SHAPES = ("timeout", "retries", "fault", "match")
"""Fields of a route that do more than to send calls somewhere."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit on ``gateways`` where the routes split or shape calls to proxyless servers, and no other rule does so."""
    if binds_mesh(subject):
        return
    hosts = sorted({call.host for call in gateway_calls(subject, world)})
    if not hosts or not _shapes(subject) or any(host in routes_by_host(world) for host in hosts):
        return
    yield Hit(
        ("spec", "gateways"),
        f"These routes are for gateways only: proxyless clients that dial {hosts[0]} are balanced over all its endpoints.",
        f"Where they are meant for clients inside as well, add `mesh` to gateways and `{hosts[0]}` to hosts.",
        deny=False,
    )


def _shapes(subject: Resource) -> bool:
    several = any(len(sequence(route.get("route"))) > 1 for _, route in http_routes(subject))
    subsets = any(mapping(entry.get("destination")).get("subset") for _, entry in destinations(subject))
    return several or subsets or any(route.get(key) for _, route in http_routes(subject) for key in _SHAPES)


RULE = Rule(
    code="PX702",
    slug="gateway-only-route",
    summary="Routes to proxyless servers hold at a gateway only, not for proxyless clients.",
    severity=Severity.INFO,
    kinds=("VirtualService",),
    check=check,
    remedy="Where the routes are meant for clients inside as well, add `mesh` to gateways.",
    evidence=("istio.io reference: VirtualService.gateways, the reserved word mesh",),
    reads=("Gateway", "DestinationRule", "Service", "PeerAuthentication"),
)
