"""A mesh: all indexes over one snapshot, and the classes of clients in it. Pure; made once per snapshot and kept.

Indexes are made at their first question. Nothing here looks at all objects to answer about one host.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

from proxyless.mesh.destination import DestinationRules
from proxyless.mesh.effective.client import ClassKey, ClientClass
from proxyless.mesh.effective.gateway_routes import routings
from proxyless.mesh.effective.options import MeshOptions, with_mesh_config
from proxyless.mesh.effective.registry import Registry
from proxyless.mesh.effective.scope import Scope
from proxyless.mesh.effective.servers import Server, Servers
from proxyless.mesh.effective.sidecars import Sidecars
from proxyless.mesh.effective.virtual_services import VirtualServices
from proxyless.mesh.effective.workloads import Workloads
from proxyless.mesh.host import ServiceHost
from proxyless.mesh.merge import client_selector
from proxyless.mesh.workload import Workload
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.snapshot import Snapshot


class Mesh:
    """What istiod sends, for whoever asks.

    Args:
        snapshot: the objects; it is never changed, so answers are kept as long as the mesh.
        options: settings of the mesh; what a MeshConfig in the snapshot says is laid over them.
    """

    def __init__(self, snapshot: Snapshot, options: MeshOptions | None = None) -> None:
        self.snapshot: Final = snapshot
        self.options: Final = with_mesh_config(snapshot, options or MeshOptions())
        self._classes: dict[ClassKey, ClientClass] = {}
        self._scopes: dict[tuple[str, Resource | None], Scope] = {}
        self._asked: dict[str, Mapping[str, frozenset[str]]] = {}

    # -- indexes ------------------------------------------------------------------------------------------------

    @cached_property
    def registry(self) -> Registry:
        """Hosts."""
        return Registry(self.snapshot, self.options)

    @cached_property
    def virtual_services(self) -> VirtualServices:
        """What routes calls."""
        return VirtualServices(self.snapshot, self.options, routings(self.snapshot, self.options))

    @cached_property
    def destination_rules(self) -> DestinationRules:
        """Policies of clients."""
        return DestinationRules(
            self.snapshot.of_kind("DestinationRule"),
            root_namespace=self.options.root_namespace,
            domain=self.options.domain,
            default_export=self.options.destination_rule_export,
        )

    @cached_property
    def sidecars(self) -> Sidecars:
        """What restricts clients."""
        return Sidecars(self.snapshot, self.options.root_namespace)

    @cached_property
    def workloads(self) -> Workloads:
        """What runs."""
        return Workloads(self.snapshot)

    @cached_property
    def servers(self) -> Servers:
        """The other side."""
        return Servers(self.snapshot, self.workloads, self.options.root_namespace)

    # -- questions ----------------------------------------------------------------------------------------------

    def client(self, namespace: str, labels: Mapping[str, object] | None = None) -> ClientClass:
        """The class of a client by its pod's namespace and labels; without labels one that no selector selects."""
        given = labels or {}
        asked = self._asked_of(namespace)
        told = ((name, str(given[name])) for name in asked if name in given)
        key = ClassKey(namespace, tuple(sorted((name, value) for name, value in told if value in asked[name])))
        known = self._classes.get(key)
        if known is None:
            chosen = self.sidecars.of(namespace, dict(key.labels))
            known = self._classes[key] = ClientClass(self, key, chosen, self._scope(namespace, chosen.sidecar))
        return known

    def classes(self, workloads: Iterable[Workload]) -> dict[ClientClass, tuple[Workload, ...]]:
        """Workloads grouped into classes."""
        found: dict[ClientClass, list[Workload]] = {}
        for workload in workloads:
            found.setdefault(self.client(workload.namespace, workload.labels), []).append(workload)
        return {client: tuple(items) for client, items in found.items()}

    def reaching(self, host: str, port: int, clients: Iterable[ClientClass]) -> Iterator[ClientClass]:
        """Of some classes those that have a listener for a host and port."""
        return (client for client in clients if client.target(host, port).listener)

    def server(self, workload: Workload, port: int) -> Server:
        """One port of a workload as istiod configures it."""
        return self.servers.server(workload, port)

    def is_known(self, host: str, service: ServiceHost | None) -> bool:
        """Whether a host that no object registers certainly does not exist.

        So where Services of its namespace were given, or for other hosts where all ServiceEntries were.
        """
        if service is not None:
            return self.snapshot.knows("Service", service.namespace)
        return "ServiceEntry" in self.snapshot.complete or "." not in host

    @cached_property
    def not_given(self) -> tuple[str, ...]:
        """Kinds of policies of which nothing was given: answers hold if there are none."""
        kinds = ("VirtualService", "DestinationRule", "Sidecar", "PeerAuthentication", "AuthorizationPolicy")
        return tuple(kind for kind in kinds if not self.snapshot.knows(kind))

    # -- classes ------------------------------------------------------------------------------------------------

    def _scope(self, namespace: str, sidecar: Resource | None) -> Scope:
        known = self._scopes.get((namespace, sidecar))
        if known is None:
            known = Scope(namespace, sidecar, self.registry, self.virtual_services)
            self._scopes[namespace, sidecar] = known
        return known

    def _asked_of(self, namespace: str) -> Mapping[str, frozenset[str]]:
        """Labels by which selectors tell clients of a namespace apart, with the values that they ask for.

        A value that none asks for is as good as no label at all.
        """
        known = self._asked.get(namespace)
        if known is None:
            selectors = [
                *(client_selector(rule) or {} for rule in self.snapshot.of_kind("DestinationRule", namespace)),
                *self.sidecars.selectors(namespace),
            ]
            known = self._asked[namespace] = _by_key(selectors, self._sources)
        return known

    @cached_property
    def _sources(self) -> Mapping[str, frozenset[str]]:
        """``sourceLabels`` of all VirtualServices."""
        return _by_key(
            mapping(mapping(match).get("sourceLabels"))
            for item in self.snapshot.of_kind("VirtualService")
            for entry in sequence(item.spec.get("http"))
            for match in sequence(mapping(entry).get("match"))
        )


def _by_key(
    selectors: Iterable[Mapping[str, object]], more: Mapping[str, frozenset[str]] | None = None
) -> Mapping[str, frozenset[str]]:
    """Values by label of some selectors, beside those that are known."""
    found = dict(more or {})
    for selector in selectors:
        for key, value in selector.items():
            found[str(key)] = found.get(str(key), frozenset()) | {str(value)}
    return found
