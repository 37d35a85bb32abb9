"""VirtualServices by the hosts that they are for and the hosts that they send calls to. Pure; used by ``scope``.

Source: ``mergeVirtualServices`` in istiod's ``pilot/pkg/model/virtualservice_controller.go``, ``initVirtualServices`` and
``virtualServiceDestinationsFilteredBySourceNamespace`` in ``push_context.go``.
"""

from collections.abc import Iterator
from typing import Any

from proxyless.mesh.effective.delegates import Lost, other_destinations, rules_of
from proxyless.mesh.effective.gateway_routes import GatewayRoutes
from proxyless.mesh.effective.imports import within
from proxyless.mesh.effective.indexes import WILDCARD, routed_hosts, routing, sending
from proxyless.mesh.effective.options import MeshOptions
from proxyless.mesh.effective.routing import Routing
from proxyless.mesh.effective.visibility import PUBLIC, written_export
from proxyless.model.memory import View
from proxyless.model.resource import Resource, sequence


class VirtualServices:
    """Everything that routes calls of clients in the mesh: VirtualServices, and Gateway API routes converted as istiod does."""

    def __init__(self, view: View[Any], options: MeshOptions, gateway_routes: GatewayRoutes) -> None:
        self._view = view
        self._snapshot = view.snapshot
        self._options = options
        self._gateway_routes = gateway_routes
        self._sorted: dict[str, tuple[str, ...]] = view.snapshot.cache()
        self._merged: dict[Resource, Routing] = view.snapshot.cache()

    def merged(self, item: Resource) -> Routing:
        """A VirtualService with its delegates, put together once."""
        known = self._merged.get(item)
        if known is None:
            domain = self._options.domain
            export = written_export(item) or self._options.virtual_service_export
            rules, lost = rules_of(item, lambda namespace, name: self._delegate(item, namespace, name), domain)
            others = tuple(other_destinations(item, domain))
            known = Routing(item, routed_hosts(item, domain), rules, export, lost=lost, others=others)
            self._merged[item] = known
        return known

    def _delegate(self, root: Resource, namespace: str, name: str) -> Resource | Lost:
        child = self._snapshot.get("VirtualService", namespace, name)
        if child is None:
            return Lost((), f"there is no VirtualService {namespace}/{name}")
        if sequence(child.spec.get("hosts")):
            return Lost((), f"{child.ref} has hosts of its own, so it is no delegate", child, ("spec", "hosts"))
        export = written_export(child) or self._options.virtual_service_export
        names = {child.namespace if item == "." else item for item in export}
        if PUBLIC in names or root.namespace in names:
            return child
        words = f"{child.ref} is not exported to namespace {root.namespace}"
        return Lost((), words, child, ("spec", "exportTo"))

    @property
    def _wildcards(self) -> tuple[str, ...]:
        """Wildcards that anything is for, the longest first."""
        known = self._sorted.get("")
        if known is None:
            written = [routed_hosts(item, self._options.domain) for item in routing(self._view).get(WILDCARD)]
            found = {host for hosts in written for host in hosts if host.startswith("*")}
            found |= self._gateway_routes.wildcards
            known = self._sorted[""] = tuple(sorted(found, key=lambda host: (-len(host), host)))
        return known

    def covering(self, host: str) -> Iterator[Routing]:
        """Those with the host itself or with a wildcard that covers it, in no order; one with both comes twice."""
        wider = (pattern for pattern in self._wildcards if pattern != host and within(host, pattern))
        for pattern in (host, *wider):
            yield from map(self.merged, routing(self._view).get(pattern))
            yield from self._gateway_routes.of(pattern)

    def attached(self, host: str) -> tuple[Routing, ...]:
        """What istiod makes of the HTTPRoutes and GRPCRoutes of a host: one for each namespace of routes and port."""
        return self._gateway_routes.of(host)

    def sending_to(self, host: str) -> list[Routing]:
        """Those that name a host as a destination for whichever client, the oldest first."""
        by_host = sending(self._view)
        named = by_host.get(host)
        items = [*named, *(root for item in named for root in by_host.get((item.namespace, item.name)))]
        found = dict.fromkeys((*map(self.merged, items), *self._gateway_routes.sending_to(host)))
        able = [item for item in found if item.hosts and host in item.destinations("")]
        return sorted(able, key=lambda item: item.age)
