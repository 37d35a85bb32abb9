"""The parts of the model over one snapshot, each made when it is first needed. Pure; shared by ``mesh`` and its classes of clients."""

from functools import cached_property
from typing import Any, Final

from proxyless.mesh.destination import DestinationRules
from proxyless.mesh.effective.gateway_routes import GatewayRoutes
from proxyless.mesh.effective.options import MeshOptions, with_mesh_config
from proxyless.mesh.effective.registry import Registry
from proxyless.mesh.effective.servers import Servers
from proxyless.mesh.effective.sidecars import Sidecars
from proxyless.mesh.effective.virtual_services import VirtualServices
from proxyless.mesh.effective.workloads import Workloads
from proxyless.mesh.host import service_of
from proxyless.model.memory import Memory, View
from proxyless.model.snapshot import Snapshot


class Parts:
    """Everything that answers are made from.

    Args:
        snapshot: the objects.
        options: settings of the mesh; what a MeshConfig in the snapshot says is laid over them.
        memory: keeps indexes from snapshot to snapshot; None: they live as long as this.
    """

    def __init__(self, snapshot: Snapshot, options: MeshOptions, memory: Memory | None) -> None:
        self.snapshot: Final = snapshot
        self.options: Final = with_mesh_config(snapshot, options)
        self.view: Final[View[Any]] = View(snapshot, self.options, memory)
        """What indexes are asked with."""

    @cached_property
    def registry(self) -> Registry:
        """Registry of hosts."""
        return Registry(self.view, self.options)

    @cached_property
    def virtual_services(self) -> VirtualServices:
        """VirtualServices and Gateway API routes."""
        return VirtualServices(self.view, self.options, GatewayRoutes(self.view, self.options))

    @cached_property
    def destination_rules(self) -> DestinationRules:
        """DestinationRules."""
        options = self.options
        return DestinationRules.over(
            self.snapshot,
            root_namespace=options.root_namespace,
            domain=options.domain,
            default_export=options.destination_rule_export,
        )

    @cached_property
    def sidecars(self) -> Sidecars:
        """Sidecars, which restrict what clients see."""
        return Sidecars(self.snapshot, self.options.root_namespace)

    @cached_property
    def workloads(self) -> Workloads:
        """Workloads, WorkloadEntries and EndpointSlices."""
        return Workloads(self.snapshot)

    @cached_property
    def servers(self) -> Servers:
        """Servers: listeners and policies of workloads' ports."""
        return Servers(self.snapshot, self.workloads, self.options.root_namespace)

    def is_known(self, host: str) -> bool:
        """Whether a host that no object registers certainly does not exist.

        So where Services of its namespace were given, or for other hosts where all ServiceEntries were.
        """
        service = service_of(host, self.options.domain)
        if service is not None:
            return self.snapshot.knows("Service", service.namespace)
        return "ServiceEntry" in self.snapshot.complete or "." not in host
