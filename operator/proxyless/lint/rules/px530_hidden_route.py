"""PX530: exportTo keeps a VirtualService from every client that is known to call its hosts, so its routes do nothing."""

from collections.abc import Iterator

from proxyless.lint.affected_clients import affected_clients, related_clients
from proxyless.lint.in_effect import ROUTING, mesh_of
from proxyless.lint.route_calls import calls_to
from proxyless.lint.routes import binds_mesh
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.effective.visibility import PUBLIC, written_export
from proxyless.model.finding import Severity
from proxyless.model.fix import put
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit where real clients call the hosts and the VirtualService reaches none of their namespaces."""
    export = written_export(subject)
    if not export or PUBLIC in export or not binds_mesh(subject):
        return
    routing = mesh_of(world).virtual_services.merged(subject)
    calls = [call for host in routing.hosts for call in calls_to(host, routing, world) if call.callers]
    if not calls or any(routing.reach(call.client.namespace) is not None for call in calls):
        return
    names = sorted({call.client.namespace for call in calls})
    where = names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")
    yield Hit(
        ("spec", "exportTo"),
        f"Calls of {affected_clients(calls)} to {calls[0].address} take none of these routes, which are not exported to namespace "
        f"{where}; no other known client calls the hosts.",
        f"Add {names[0]} to exportTo." if len(names) == 1 else "",
        related=related_clients(calls),
        deny=False,
        fix=put(("spec", "exportTo", len(export)), names[0]) if len(names) == 1 else None,
    )


RULE = Rule(
    code="PX530",
    slug="hidden-route",
    summary="A VirtualService is exported to no client that is known to call its hosts.",
    severity=Severity.INFO,
    kinds=("VirtualService",),
    check=check,
    needs=("exportTo",),
    remedy="Add the namespaces of the clients to exportTo.",
    evidence=("istio pilot/pkg/model/push_context.go initVirtualServices", "kept answers of istiod"),
    reads=ROUTING,
    fixes=("unsafe",),
)
