"""The World that rules read: the snapshot, the mesh's settings, which workloads are proxyless and with which library.

Built by the front doors for each run, handed to every rule by the engine. What is read from it is kept as
``model.memory`` says: a World lives as long as its Snapshot, the Memory that it is given as long as the front door.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from proxyless.lint.mesh_settings import ENFORCEMENT, WHO, MeshSettings
from proxyless.lint.not_known import NotKnown
from proxyless.lint.workload_readings import namespace, with_maps
from proxyless.mesh.host import qualify
from proxyless.mesh.pod.keys import INJECTION
from proxyless.mesh.pod.opt_in_marks import asks_for_agent, own_word
from proxyless.mesh.pod.surroundings import Namespace
from proxyless.mesh.selector import selects
from proxyless.mesh.workload import Profile, Workload, client_of, speaks_xds, workload_of
from proxyless.model.client import Client, Framework
from proxyless.model.grouping import grouped, keys_in_order
from proxyless.model.kinds import UNWATCHED
from proxyless.model.memory import Memory, View, for_each, for_key, index_of
from proxyless.model.resource import PODS, READ_AS_WORKLOADS, WORKLOADS, Resource
from proxyless.model.snapshot import Snapshot
from proxyless.model.truth import Truth

if TYPE_CHECKING:
    from proxyless.matrix.query import Matrix
    from proxyless.mesh.pod.application import Application
    from proxyless.mesh.pod.decision import Inject, Skip

_EVERYWHERE = frozenset(WORKLOADS).difference(UNWATCHED)
"""Kinds that hold pods in every cluster."""


class World(View[MeshSettings]):
    """Read-only view for rules.

    Args:
        snapshot: all objects that are known.
        settings: the mesh as the caller knows it.
        matrix: the feature table; None: the project's own.
        memory: the caller's, where it lives longer than this World; always with the same matrix.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        settings: MeshSettings | None = None,
        matrix: "Matrix | None" = None,
        memory: Memory | None = None,
    ) -> None:
        super().__init__(snapshot, settings or MeshSettings(), memory)
        self._matrix = matrix

    @cached_property
    def matrix(self) -> "Matrix":
        """The feature table, read at the first question."""
        if self._matrix is not None:
            return self._matrix
        from proxyless.matrix.query import load  # noqa: PLC0415  objects without rules need none of it

        return load()

    # -- objects ------------------------------------------------------------------------------------------------

    def need(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        """All objects of a kind that must be known as a whole.

        Raises:
            NotKnown: the snapshot does not hold that kind there; the engine notes "not checked".
        """
        if not self.snapshot.knows(kind, namespace):
            raise NotKnown(kind, namespace or "")
        return self.snapshot.of_kind(kind, namespace)

    def seen(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        """All objects of a kind that happen to be known; others may exist."""
        return self.snapshot.of_kind(kind, namespace)

    def knows(self, kind: str, namespace: str | None = None) -> bool:
        """Whether absence of an object of that kind is meaningful."""
        return self.snapshot.knows(kind, namespace)

    def complete(self, kind: str) -> bool:
        """Whether all objects of a kind are known, so that a missing one certainly does not exist."""
        return kind in self.snapshot.complete

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """One object by name, None where it is not in the snapshot."""
        return self.snapshot.get(kind, namespace, name)

    def fqdn(self, host: str, namespace: str) -> str:
        """The full name of a host written in a resource of that namespace."""
        return qualify(host, namespace, self.settings.domain)

    @cached_property
    def _has_maps(self) -> bool:
        return bool(self.snapshot.of_kind("ConfigMap"))

    # -- workloads ----------------------------------------------------------------------------------------------

    @cached_property
    @index_of(*READ_AS_WORKLOADS)
    def workloads(self) -> tuple[Workload, ...]:
        """All workloads in the snapshot; pods that an owner makes are left to their owner."""
        found = (self.workload(item) for kind in WORKLOADS for item in self.snapshot.of_kind(kind))
        return tuple(workload for workload in found if workload is not None)

    def workload(self, resource: Resource) -> Workload | None:
        """The workload that an object holds, read once for all rules; None as ``workload_of`` says.

        Where it refers to ConfigMaps of the snapshot, their texts are part of what is read.
        """
        return with_maps(resource, self) if self._has_maps else workload_of(resource)

    def workloads_in(self, namespace: str) -> tuple[Workload, ...]:
        """Workloads of one namespace."""
        return _workloads_in(namespace, self)

    def namespace_labels(self, namespace: str) -> Mapping[str, object] | None:
        """Labels of a namespace, None where it is not in the snapshot."""
        item = self.snapshot.get("Namespace", "", namespace)
        return None if item is None else item.labels

    def declared(self, namespace: str) -> bool:
        """Whether a namespace is declared proxyless as a whole, by label or by the caller."""
        labels = self.namespace_labels(namespace) or {}
        return (
            namespace in self.settings.declared
            or labels.get(ENFORCEMENT) in ("strict", "warn")
            or labels.get(INJECTION) == "enabled"
        )

    def profile_of(self, workload: Workload) -> Profile | None:
        """What a ProxylessPolicy says of a workload."""
        return next((profile for profile in self.settings.profiles if profile.covers(workload)), None)

    def client_of(self, workload: Workload) -> Client:
        """Framework, language and version of a workload as far as it or a policy tells."""
        return _client_of(workload, self)

    def application_of(self, workload: Workload) -> "Application":
        """What a workload, a policy and traces say of its application."""
        return _application_of(workload, self)

    def targets_of(self, workload: Workload) -> int | None:
        """Number of distinct ``xds:///`` targets of a workload, None where nothing tells."""
        return _application_of(workload, self).targets

    def namespace_of(self, workload: Workload) -> Namespace:
        """The namespace of its pods; without labels where it is not known."""
        return namespace(workload.namespace, self) or Namespace(workload.namespace)

    def knows_namespace_of(self, workload: Workload) -> bool:
        """Whether the namespace of its pods is in the snapshot."""
        return namespace(workload.namespace, self) is not None

    def decision_of(self, workload: Workload) -> "Inject | Skip":
        """What our webhook does with the pods of a workload once it is asked about them: from the pod alone, as there."""
        return _decision_of(workload, self)

    def is_proxyless(self, workload: Workload) -> bool:
        """Whether a workload reads xDS itself: it asks for the agent, speaks xDS, or its namespace is declared."""
        return _is_proxyless(workload, self)

    @property
    def all_workloads_known(self) -> bool:
        """Whether kinds that hold pods were listed as a whole, so that a missing workload does not exist."""
        return not self.snapshot.complete.isdisjoint(_EVERYWHERE)  # an absent CRD is complete, and says nothing

    @cached_property
    @index_of(*PODS, settings=WHO)
    def proxyless_workloads(self) -> tuple[Workload, ...]:
        """Workloads that are proxyless."""
        groups = proxyless(self)
        refs = {workload.ref for key in groups for workload in groups.get(key)}
        return tuple(workload for workload in self.workloads if workload.ref in refs)

    @property
    def has_proxyless_workloads(self) -> bool:
        """Whether any workload is proxyless."""
        return bool(proxyless(self))

    def selects_proxyless(self, namespace: str, labels: Mapping[str, object]) -> Truth:
        """Whether a selector in a namespace selects a proxyless server; an empty selector is the whole namespace.

        UNKNOWN where no workload of that namespace is known.
        """
        if self.declared(namespace):
            return Truth.YES
        everywhere = namespace == self.settings.root_namespace
        candidates = self.workloads if everywhere else self.workloads_in(namespace)
        chosen = [workload for workload in candidates if selects(labels, workload.labels)]
        if any(self.is_proxyless(workload) for workload in chosen):
            return Truth.YES
        if everywhere:  # those that are not known may be of any namespace
            return Truth.NO if self.all_workloads_known else Truth.UNKNOWN
        return Truth.NO if candidates or self.all_workloads_known else Truth.UNKNOWN

    # -- clients ------------------------------------------------------------------------------------------------

    @cached_property
    @index_of(*PODS, settings=(*WHO, "clients"))
    def has_clients(self) -> Truth:
        """Whether the mesh has proxyless clients. UNKNOWN where nothing tells and workloads may be missing."""
        if self.settings.clients or self.settings.declared or self.has_proxyless_workloads:
            return Truth.YES
        if any(self.declared(item.name) for item in self.snapshot.of_kind("Namespace")):
            return Truth.YES
        return Truth.NO if self.all_workloads_known else Truth.UNKNOWN

    def clients_near(self, namespaces: Iterable[str]) -> Truth:
        """Whether clients of the mesh are proxyless, as far as it bears on objects of some namespaces.

        As :attr:`has_clients`, and NO where nothing tells of any but workloads of those namespaces are known: what runs
        in others says nothing. What is in the root namespace is for all others, so that only all workloads tell.
        """
        known = self.has_clients
        return Truth.NO if known is Truth.UNKNOWN and self.knows_workloads_of(namespaces) else known

    def knows_workloads_of(self, namespaces: Iterable[str]) -> bool:
        """Whether any workload is known of some namespaces, the root namespace aside: its objects are for all others."""
        root = self.settings.root_namespace
        return any(name != root and bool(self.workloads_in(name)) for name in namespaces)

    @cached_property
    @index_of(*PODS, settings=(*WHO, "clients"))
    def clients(self) -> tuple[Client, ...]:
        """Libraries in use, each once; a gRPC client of unknown language stands for workloads that do not tell."""
        named = (client for _, client in keys_in_order(proxyless(self), self, *WORKLOADS))
        return tuple(dict.fromkeys((*self.settings.clients, *named))) or (Client(Framework.GRPC, None, None),)

    def affected(self, harmed: Callable[[Client], Truth]) -> Truth:
        """Whether some client is harmed: YES if one certainly is, NO if none can be, else UNKNOWN."""
        answers = {harmed(client) for client in self.clients}
        if Truth.YES in answers:
            return Truth.YES
        return Truth.UNKNOWN if Truth.UNKNOWN in answers else Truth.NO


@for_each
def _application_of(workload: Workload, world: World) -> "Application":
    """What a workload, a policy and traces say of its application."""
    from proxyless.mesh.pod.application import application_of  # noqa: PLC0415  many runs ask of no workload

    profile = world.profile_of(workload)
    return application_of(workload.pod, world.settings.injectors, profile.wish if profile else None)


@for_each
def _client_of(workload: Workload, world: World) -> Client:
    """Framework, language and version of its library."""
    return client_of(_application_of(workload, world))


@for_each
def _decision_of(workload: Workload, world: World) -> "Inject | Skip":
    """What our webhook does with its pods."""
    from proxyless.mesh.pod.decide import decide  # noqa: PLC0415  likewise

    profile = world.profile_of(workload)
    wish = profile.wish if profile else None
    return decide(workload.alone, world.namespace_of(workload), world.settings.injectors, wish)


@for_each
def _is_proxyless(workload: Workload, world: World) -> bool:
    """Whether it reads xDS itself."""
    if own_word(workload.pod) is False:
        return False
    profile = world.profile_of(workload)
    if profile is not None and not profile.leaves_out:
        return profile.proxyless
    if asks_for_agent(workload.pod) or speaks_xds(workload) or _application_of(workload, world).framework is not None:
        return True
    return world.settings.assume_proxyless or (profile is None and world.declared(workload.namespace))


@for_key
def _workloads_in(namespace: str, world: World) -> tuple[Workload, ...]:
    found = (world.workload(item) for kind in WORKLOADS for item in world.snapshot.of_kind(kind, namespace))
    return tuple(workload for workload in found if workload is not None)


@grouped(*WORKLOADS, of=World.workload, beside=("ConfigMap", "Namespace"), settings=WHO)
def proxyless(workload: Workload, world: World) -> tuple[tuple[str, Client], ...]:
    """Proxyless workloads by namespace and library."""
    return ((workload.namespace, world.client_of(workload)),) if world.is_proxyless(workload) else ()


@index_of(*PODS, settings=WHO)
def proxyless_namespaces(world: World) -> frozenset[str]:
    """Namespaces with proxyless workloads."""
    return frozenset(namespace for namespace, _ in proxyless(world))
