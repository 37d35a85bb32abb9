"""A mesh: the model over one snapshot, and the classes of clients in it. Pure; made once per snapshot and kept.

Nothing here looks at all objects to answer about one host.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Final

from proxyless.mesh.destination import DestinationRules
from proxyless.mesh.effective.client import ClassKey, ClientClass
from proxyless.mesh.effective.indexes import choosing_clients, matching_sources
from proxyless.mesh.effective.options import MeshOptions
from proxyless.mesh.effective.parts import Parts
from proxyless.mesh.effective.registry import Registry
from proxyless.mesh.effective.scope import SidecarScope
from proxyless.mesh.effective.servers import Server, Servers
from proxyless.mesh.effective.sidecars import ChosenSidecar, Sidecars
from proxyless.mesh.effective.virtual_services import VirtualServices
from proxyless.mesh.effective.workloads import Workloads
from proxyless.mesh.merge import client_selector
from proxyless.mesh.workload import Workload
from proxyless.model.memory import Memory
from proxyless.model.resource import Resource
from proxyless.model.snapshot import Snapshot


class Mesh:
    """The model: what istiod sends each client and server of one snapshot.

    Args:
        snapshot: the objects; it is never changed, so answers are kept as long as the mesh.
        options: settings of the mesh; what a MeshConfig in the snapshot says is laid over them.
        memory: keeps indexes from snapshot to snapshot where the caller lives longer; None: they live as long as the mesh.
    """

    def __init__(self, snapshot: Snapshot, options: MeshOptions | None = None, memory: Memory | None = None) -> None:
        self.snapshot: Final = snapshot
        self._parts = Parts(snapshot, options or MeshOptions(), memory)
        self.options: Final = self._parts.options
        self._classes: dict[ClassKey, ClientClass] = snapshot.cache()
        self._scopes: dict[tuple[str, Resource | None], SidecarScope] = snapshot.cache()
        self._sources: dict[str, Mapping[str, frozenset[object]]] = snapshot.cache()
        self._asked: dict[str, Mapping[str, frozenset[object]]] = snapshot.cache()

    @property
    def registry(self) -> Registry:
        """Registry of hosts."""
        return self._parts.registry

    @property
    def destination_rules(self) -> DestinationRules:
        """DestinationRules."""
        return self._parts.destination_rules

    @property
    def virtual_services(self) -> VirtualServices:
        """VirtualServices and Gateway API routes."""
        return self._parts.virtual_services

    @property
    def sidecars(self) -> Sidecars:
        """Sidecars, which restrict what clients see."""
        return self._parts.sidecars

    @property
    def workloads(self) -> Workloads:
        """Workloads, WorkloadEntries and EndpointSlices."""
        return self._parts.workloads

    @property
    def servers(self) -> Servers:
        """Servers: listeners and policies of workloads' ports."""
        return self._parts.servers

    # -- questions ----------------------------------------------------------------------------------------------

    def client(self, namespace: str, labels: Mapping[str, object] | None = None) -> ClientClass:
        """The class of a client by its pod's namespace and labels; without labels one that no selector selects."""
        given = labels or {}
        asked = self._asked_of(namespace)
        told = ((name, given[name]) for name in sorted(asked) if name in given)
        key = ClassKey(
            namespace,
            tuple((name, value) for name, value in told if isinstance(value, Hashable) and value in asked[name]),
        )
        known = self._classes.get(key)
        if known is None:
            chosen = self.sidecars.of(namespace, dict(key.labels))
            known = self._classes[key] = ClientClass(self._parts, key, chosen, self._scope(namespace, chosen.sidecar))
        return known

    def gateway_client(self, namespace: str, labels: Mapping[str, object]) -> ClientClass:
        """A gateway as a client of the servers behind it: no Sidecar restricts it. Not kept."""
        return self._without_sidecar(ClientClass, namespace, labels)

    def direct_client(self, namespace: str) -> ClientClass:
        """A pod that istiod configures in no way, in ambient mode or outside the mesh. Not kept."""
        from proxyless.mesh.effective.direct import DirectClient  # noqa: PLC0415  most runs ask for none

        return self._without_sidecar(DirectClient, namespace, {})

    def _without_sidecar(self, kind: type[ClientClass], namespace: str, labels: Mapping[str, object]) -> ClientClass:
        key = ClassKey(namespace, tuple(labels.items()))
        return kind(self._parts, key, ChosenSidecar(None), self._scope(namespace, None))

    def server(self, workload: Workload, port: int) -> Server:
        """One port of a workload as istiod configures it."""
        return self.servers.server(workload, port)

    @property
    def not_given(self) -> tuple[str, ...]:
        """Kinds of policies of which nothing was given: answers hold if there are none."""
        kinds = ("VirtualService", "DestinationRule", "Sidecar", "PeerAuthentication", "AuthorizationPolicy")
        return tuple(kind for kind in kinds if not self.snapshot.knows(kind))

    # -- classes ------------------------------------------------------------------------------------------------

    def _scope(self, namespace: str, sidecar: Resource | None) -> SidecarScope:
        known = self._scopes.get((namespace, sidecar))
        if known is None:
            known = SidecarScope(namespace, sidecar, self._parts.registry, self._parts.virtual_services)
            self._scopes[namespace, sidecar] = known
        return known

    def _asked_of(self, namespace: str) -> Mapping[str, frozenset[object]]:
        """Labels by which selectors tell clients of a namespace apart, with the values that they ask for.

        A value that none asks for is as good as no label at all.
        """
        known = self._asked.get(namespace)
        if known is None:
            selectors = [
                *(client_selector(rule) or {} for rule in choosing_clients(self._parts.view).get(namespace)),
                *self.sidecars.selectors(namespace),
            ]
            known = self._asked[namespace] = _by_key(selectors, self._matched())
        return known

    def _matched(self) -> Mapping[str, frozenset[object]]:
        """``sourceLabels`` of all VirtualServices."""
        known = self._sources.get("")
        if known is None:
            known = self._sources[""] = _by_key({key: value} for key, value in matching_sources(self._parts.view))
        return known


def _by_key(
    selectors: Iterable[Mapping[str, object]], more: Mapping[str, frozenset[object]] | None = None
) -> Mapping[str, frozenset[object]]:
    """Values by label of some selectors, beside those that are known."""
    found = dict(more or {})
    for selector in selectors:
        for key, value in selector.items():
            if isinstance(value, Hashable):
                found[str(key)] = found.get(str(key), frozenset()) | {value}
    return found
