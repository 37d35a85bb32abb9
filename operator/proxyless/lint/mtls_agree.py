"""Whether the clients and servers of a host speak the same, as far as a glance tells; the model is asked for all others.

Called by ``mtls_pairs``. It must never say yes where the model would find a failing pair.
"""

from collections.abc import Iterable

from proxyless.lint.destinations import WILDCARD, rules_by_host
from proxyless.lint.routes import destinations, http_routes, routes_by_host
from proxyless.lint.servers import Listener
from proxyless.lint.world import World
from proxyless.mesh.peer import Speaks
from proxyless.mesh.traffic import levels
from proxyless.model.resource import Resource, kept, mapping


def surely_agree(world: World, host: str, behind: Iterable[Listener]) -> bool:
    """Whether all clients and servers speak the same, as a glance tells: most hosts have one plain rule, or none."""
    rules = rules_by_host(world)
    own = rules.get(host)
    if (
        len(own) > 1
        or rules.get(WILDCARD)
        or any(_leads_elsewhere(route, host, world) for route in routes_by_host(world).get(host))
    ):
        return False
    mode = _mode_for_all(own[0]) if own else ""
    return mode is not None and all((Speaks.TLS in item.server.speaks) is (mode == "ISTIO_MUTUAL") for item in behind)


@kept
def _mode_for_all(rule: Resource) -> str | None:
    """The mode of a rule that says the same to every client, for each port and subset; None where it does not."""
    if "exportTo" in rule.spec or "workloadSelector" in rule.spec or len(levels(rule)) > 1:
        return None
    return str(mapping(mapping(rule.spec.get("trafficPolicy")).get("tls")).get("mode") or "")


def _leads_elsewhere(route: Resource, host: str, world: World) -> bool:
    if any("delegate" in entry for _, entry in http_routes(route)):
        return True
    hosts = (mapping(entry.get("destination")).get("host", "") for _, entry in destinations(route))
    return any(world.fqdn(str(name), route.namespace) != host for name in hosts)
