"""Calls of clients that read no configuration of istiod: pods in ambient mode and outside the mesh. Pure; asked by ``lint.why``.

Neither VirtualServices, DestinationRules, Sidecars nor exports hold for them: the node's proxy sends a call to any endpoint of the
Service. A ztunnel adds HBONE towards pods that have it, and nothing towards a proxyless server.
"""

from proxyless.mesh.effective.client import ClientClass, Target
from proxyless.mesh.effective.clusters import Cluster, of_host, parse
from proxyless.mesh.effective.hidden import Hidden, hidden
from proxyless.mesh.effective.hosts import Routed, VirtualHost
from proxyless.mesh.effective.routes import default_route
from proxyless.mesh.effective.scope import VisibleHost


class DirectClient(ClientClass):
    """A class of clients that nothing configures."""

    def target(self, host: str, port: int) -> Target:
        """The Service's own port, whoever it is exported to."""
        seen = self._registered(host)
        if seen is None or seen.port(port) is None:
            why = hidden(self.scope, self.is_known, seen, host, port)
            if seen is None and why.resource is not None:
                why = Hidden(f"no Service has the host {host}")
            return Target(host, port, None if why.is_unknown else False, seen, why, Routed(()), None)
        found = VirtualHost(host, (default_route(host, port),), None, is_service=True)
        return Target(host, port, True, seen, None, Routed((found,)), found)

    def _cluster(self, name: str) -> Cluster:
        parts = parse(name)
        seen = self._registered(parts.host) if parts is not None else None
        return super()._cluster(name) if parts is None or seen is None else of_host(parts, seen, None)

    def _registered(self, host: str) -> VisibleHost | None:
        found = next((item for item in self.scope.registry.of(host) if item.is_kubernetes), None)
        return VisibleHost(found, found.ports) if found is not None else None
