"""What rules may ask: the snapshot, the mesh's settings, who is proxyless and with which library.

Built by the front doors for each run, handed to every rule by the engine. Answers are computed once and kept:
a World lives as long as its Snapshot.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar
from weakref import ref

from proxyless.lint.not_known import NotKnown
from proxyless.lint.steady import PODS, State, steady
from proxyless.matrix.query import Matrix, load
from proxyless.mesh.host import qualify
from proxyless.mesh.selector import selects
from proxyless.mesh.workload import (
    Profile,
    Workload,
    client_of,
    framework_of,
    is_annotated,
    speaks_xds,
    targets_of,
    workload_of,
)
from proxyless.model.resource import WORKLOADS, Resource
from proxyless.model.snapshot import Snapshot
from proxyless.model.truth import Truth
from proxyless.model.version import Client, Framework, Version

Answer = TypeVar("Answer")

ENFORCEMENT = "proxyless.dev/enforcement"
"""Namespace label, ``strict`` or ``warn``: declares every workload there proxyless."""
INJECTION = "proxyless.dev/injection"
"""Namespace label, ``enabled``: all pods there get the agent."""


class Settings(NamedTuple):
    """The mesh as the caller knows it; from ProxylessMesh, from the command line, or these defaults."""

    istio: Version | None = None
    """Istio's version, None where it is not known."""
    root_namespace: str = "istio-system"
    domain: str = "cluster.local"
    trust_domain: str = "cluster.local"
    hold_default: bool = False
    """``holdApplicationUntilProxyStarts`` in the mesh's default ProxyConfig."""
    discovery: tuple[Any, ...] = ()
    """``discoverySelectors`` of MeshConfig: namespaces that istiod looks at; empty: all."""
    injector: bool = False
    """Whether our own injector is in the cluster, which serves pods that ask for the agent in every namespace."""
    clients: tuple[Client, ...] = ()
    """Libraries that the caller says are in use, beside those that workloads name."""
    profiles: tuple[Profile, ...] = ()
    """What ProxylessPolicies say of workloads; of several that cover one workload the first counts."""
    declared: frozenset[str] = frozenset()
    """Namespaces that the caller knows to be proxyless (admission: the namespace of a strict webhook)."""
    assume_proxyless: bool = False
    """Judge as if every workload that says nothing were proxyless."""


class _Readings(dict[Any, Any]):
    """Answers by reading, each made at the first question. Rules ask hundreds of thousands of times."""

    def __init__(self, world: "World") -> None:
        super().__init__()
        self._world = ref(world)  # a circle would keep large worlds until the collector comes by

    def __missing__(self, reading: Any) -> Any:
        answer = self[reading] = reading(self._world())
        return answer


class World:
    """Read-only view for rules. ``asked`` records the kinds that were asked for, for the test of declared reads."""

    def __init__(self, snapshot: Snapshot, settings: Settings | None = None, matrix: Matrix | None = None) -> None:
        self._snapshot = snapshot
        self.settings = settings or Settings()
        self._matrix = matrix
        self.asked: set[str] = set()
        self._readings = _Readings(self)
        setattr(self, "once", self._readings.__getitem__)  # noqa: B010  the method below, at a third of its cost
        self._clients: dict[int, tuple[Workload, Client]] = {}
        self._proxyless: dict[int, tuple[Workload, bool]] = {}

    @cached_property
    def matrix(self) -> Matrix:
        """The feature table, read at the first question."""
        return load() if self._matrix is None else self._matrix

    def state(self, kinds: Sequence[str]) -> State:
        """What readings of these kinds rest on, for ``lint.steady``."""
        of_kind = self._snapshot.of_kind
        return State(self.settings, self._snapshot.complete, tuple(map(of_kind, kinds)))

    # -- objects ------------------------------------------------------------------------------------------------

    def need(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        """All objects of a kind where absence is meaningful.

        Raises:
            NotKnown: the snapshot does not hold that kind there; the engine notes "not checked".
        """
        self.asked.add(kind)
        if not self._snapshot.knows(kind, namespace):
            raise NotKnown(kind, namespace or "")
        return self._snapshot.of_kind(kind, namespace)

    def seen(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        """All objects of a kind that happen to be known; absence means nothing."""
        self.asked.add(kind)
        return self._snapshot.of_kind(kind, namespace)

    def knows(self, kind: str, namespace: str | None = None) -> bool:
        """Whether absence of an object of that kind is meaningful."""
        self.asked.add(kind)
        return self._snapshot.knows(kind, namespace)

    def complete(self, kind: str) -> bool:
        """Whether all objects of a kind are known, so that a missing one certainly does not exist."""
        self.asked.add(kind)
        return kind in self._snapshot.complete

    def once(self, reading: "Callable[[World], Answer]") -> Answer:
        """The answer of a reading that is the same for every subject, computed at the first question.

        Keyed by the function, so it must be a module's own, not a lambda.
        """
        answer: Answer = self._readings[reading]
        return answer

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """One object by name, None where it is not in the snapshot."""
        self.asked.add(kind)
        return self._snapshot.get(kind, namespace, name)

    def fqdn(self, host: str, namespace: str) -> str:
        """The full name of a host written in a resource of that namespace."""
        return qualify(host, namespace, self.settings.domain)

    # -- workloads ----------------------------------------------------------------------------------------------

    @cached_property
    @steady(*WORKLOADS)
    def workloads(self) -> tuple[Workload, ...]:
        """All workloads in the snapshot; pods that an owner makes are left to their owner."""
        found = (workload_of(item) for kind in WORKLOADS for item in self._snapshot.of_kind(kind))
        return tuple(workload for workload in found if workload is not None)

    def workload(self, resource: Resource) -> Workload | None:
        """The workload that an object holds, read once for all rules; None as ``workload_of`` says."""
        return workload_of(resource)

    @cached_property
    @steady(*WORKLOADS)
    def _workloads_by_namespace(self) -> Mapping[str, tuple[Workload, ...]]:
        found: dict[str, list[Workload]] = {}
        for workload in self.workloads:
            found.setdefault(workload.namespace, []).append(workload)
        return {namespace: tuple(items) for namespace, items in found.items()}

    def workloads_in(self, namespace: str) -> tuple[Workload, ...]:
        """Workloads of one namespace."""
        return self._workloads_by_namespace.get(namespace, ())

    def namespace_labels(self, namespace: str) -> Mapping[str, object] | None:
        """Labels of a namespace, None where it is not in the snapshot."""
        item = self._snapshot.get("Namespace", "", namespace)
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
        known = self._clients.get(id(workload))
        if known is None:
            known = self._clients[id(workload)] = workload, client_of(workload, self.profile_of(workload))
        return known[1]

    def targets_of(self, workload: Workload) -> int | None:
        """Number of distinct ``xds:///`` targets of a workload, None where nothing tells."""
        return targets_of(workload, self.profile_of(workload))

    def is_proxyless(self, workload: Workload) -> bool:
        """Whether a workload reads xDS itself: it asks for the agent, speaks xDS, or its namespace is declared."""
        known = self._proxyless.get(id(workload))
        if known is None:
            known = self._proxyless[id(workload)] = workload, self._is_proxyless(workload)
        return known[1]

    def _is_proxyless(self, workload: Workload) -> bool:
        refused = workload.labels.get("proxyless.dev/inject") or workload.annotations.get("proxyless.dev/inject")
        if refused == "false":
            return False
        profile = self.profile_of(workload)
        if profile is not None:
            return profile.proxyless
        return (
            is_annotated(workload)
            or speaks_xds(workload)
            or framework_of(workload) is not None
            or self.declared(workload.namespace)
            or self.settings.assume_proxyless
        )

    @property
    def all_workloads_known(self) -> bool:
        """Whether kinds that hold pods were listed as a whole, so that a missing workload does not exist."""
        return not self._snapshot.complete.isdisjoint(WORKLOADS)

    @cached_property
    @steady(*PODS)
    def proxyless_workloads(self) -> tuple[Workload, ...]:
        """Workloads that are proxyless."""
        return tuple(workload for workload in self.workloads if self.is_proxyless(workload))

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
        if chosen or (candidates and not everywhere):
            return Truth.NO
        return Truth.NO if self.all_workloads_known else Truth.UNKNOWN

    # -- clients ------------------------------------------------------------------------------------------------

    @cached_property
    @steady(*PODS)
    def has_clients(self) -> Truth:
        """Whether the mesh has proxyless clients. UNKNOWN in a world without workloads: judged as if it had."""
        if self.settings.clients or self.settings.declared or self.proxyless_workloads:
            return Truth.YES
        if any(self.declared(item.name) for item in self._snapshot.of_kind("Namespace")):
            return Truth.YES
        return Truth.NO if self.workloads or self.all_workloads_known else Truth.UNKNOWN

    @cached_property
    @steady(*PODS)
    def clients(self) -> tuple[Client, ...]:
        """Libraries in use, each once; a gRPC client of unknown language stands for workloads that do not tell."""
        named = [*self.settings.clients, *map(self.client_of, self.proxyless_workloads)]
        return tuple(dict.fromkeys(named)) or (Client(Framework.GRPC, None, None),)

    def affected(self, harmed: Callable[[Client], Truth]) -> Truth:
        """Whether some client is harmed: YES if one certainly is, NO if none can be, else UNKNOWN."""
        answers = {harmed(client) for client in self.clients}
        if Truth.YES in answers:
            return Truth.YES
        return Truth.UNKNOWN if Truth.UNKNOWN in answers else Truth.NO
