"""Local copy of the cluster's objects, fed by watch events and full lists, read as immutable snapshots.

Kopf's indexes are not used: they are quadratic and keep objects that were deleted during a relist. Here a full list
replaces a kind, which drops such ghosts. Safe for several threads: the watch writes in its own, readers are anywhere.
Used by the controller and by webhook replicas alike.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from proxyless.adapters.census import Census, PodName, SeenPod, ref_of
from proxyless.adapters.store_change import Change, PendingChange, joined
from proxyless.adapters.trim import content, made_by_workload, trim
from proxyless.mesh.pod.running import Beside
from proxyless.model.kinds import KINDS
from proxyless.model.object_tree import Tree, drop, put
from proxyless.model.resource import Ref, Resource, mapping
from proxyless.model.snapshot import Snapshot

NOT_YET = "not listed yet"
"""Why a kind is not complete before its first list."""


class Store:
    """All objects of the watched kinds.

    Args:
        kinds: names as in ``model.kinds.KINDS``.
    """

    def __init__(self, kinds: Iterable[str]) -> None:
        self._missing: dict[str, str] = dict.fromkeys(kinds, NOT_YET)
        self.kinds = tuple(self._missing)
        self._lock = threading.RLock()
        self._tree: Tree = {}
        self._census = Census()
        self._epoch: object = object()
        self._snapshot: Snapshot | None = None
        self._deleted: dict[str, dict[Ref, int]] = {kind: {} for kind in self.kinds}
        self._newest: dict[str, int] = dict.fromkeys(self.kinds, 0)
        self._subscribers: list[Callable[[Change], None]] = []

    # -- reading ------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The world as it is now; the same object until something changes."""
        with self._lock:
            if self._snapshot is None:
                self._epoch = object()
                complete = (kind for kind in self.kinds if kind not in self._missing)
                self._snapshot = Snapshot(complete=complete, tree=self._tree)
            return self._snapshot

    def get(self, ref: Ref) -> Resource | None:
        """One object as it is now, without making a snapshot."""
        with self._lock:
            return self._get(ref)

    def missing(self) -> dict[str, str]:
        """Kinds that are not complete, with the reason."""
        with self._lock:
            return dict(self._missing)

    def counts(self) -> dict[str, int]:
        """Number of objects of each kind."""
        snapshot = self.snapshot()
        return {kind: len(snapshot.branch(kind)) for kind in self.kinds}

    def pods_of(self, maker: Ref) -> Mapping[Beside, int]:
        """Running pods that a workload made, by what runs in them."""
        with self._lock:
            return self._census.numbers(maker)

    def subscribe(self, subscriber: Callable[[Change], None]) -> None:
        """Call this after each change, in the writing thread. It must be quick and must not raise."""
        self._subscribers.append(subscriber)

    def newest(self, kind: str) -> int:
        """Highest resourceVersion seen of a kind; to be read before a list that :meth:`replace` then takes."""
        with self._lock:
            return self._newest[kind]

    # -- writing ------------------------------------------------------------------------------------------------

    def upsert(self, kind: str, body: Mapping[str, Any]) -> None:
        """Add or replace an object; one that is older than the stored one is ignored."""
        if made_by_workload(kind, body):
            if kind == "Pod":
                self._count(body)
            return
        item = self._resource(kind, body)
        with self._lock:
            version = version_of(item)
            self._newest[kind] = max(self._newest[kind], version)
            if version and version <= self._deleted[kind].get(item.ref, 0):
                return
            change = self._put(item)
        self._tell(change)

    def _count(self, pod: Mapping[str, Any]) -> None:
        """Take a pod that a workload made: it is counted, not kept."""
        ref, version = _identity("Pod", pod), _version(pod)
        with self._lock:
            self._newest["Pod"] = max(self._newest["Pod"], version)
            if version and version <= self._deleted["Pod"].get(ref, 0):
                return
            change = self._recount(self._census.put(self._census.look(pod, version)))
        self._tell(change)

    def delete(self, kind: str, body: Mapping[str, Any]) -> None:
        """Remove an object that was deleted."""
        item = self._resource(kind, body)
        with self._lock:
            version = version_of(item)
            known = self._get(item.ref)
            self._newest[kind] = max(self._newest[kind], version)
            if known is not None and version_of(known) > version > 0:
                return  # made anew meanwhile
            self._deleted[kind][item.ref] = version
            counted = self._census.drop((item.namespace, item.name), version) if kind == "Pod" else ()
            change = self._drop(item.ref) + self._recount(counted)
        self._tell(change)

    def replace(self, kind: str, bodies: Iterable[Mapping[str, Any]], *, version: int = 0, seen: int = 0) -> None:
        """Replace all objects of a kind by a full list; the kind is complete from then on.

        Args:
            kind: the kind that was listed.
            bodies: all objects of it.
            version: the list's own resourceVersion: events that are newer win. 0: the list wins over everything.
            seen: :meth:`newest` before the list was asked for. A list that is older than that comes from a server
                whose history went back (a restored backup), and wins over everything.
        """
        if version < seen:
            version = 0
        pods: list[SeenPod] = []
        listed: dict[Ref, Resource] = {}
        for body in bodies:  # whole bodies are large: of each one only what is kept outlives its turn
            if made_by_workload(kind, body):
                pods += self._looked_at(kind, body, trust=version > 0)
                continue
            item = self._resource(kind, body, trust=version > 0)
            listed[item.ref] = item
        change = PendingChange()
        with self._lock:
            for item in listed.values():
                change.add(self._settle(item, version))
            if kind == "Pod":
                change.add(self._count_all(pods, version))
            branch = self._tree.get(kind)
            ghosts = [
                known.ref
                for known in (branch.all() if branch else ())
                if known.ref not in listed and (not version or version_of(known) <= version)
            ]
            for ref in ghosts:
                change.add(self._drop(ref))
            self._deleted[kind] = {ref: at for ref, at in self._deleted[kind].items() if version and at > version}
            self._newest[kind] = version if not version else max(self._newest[kind], version)
            if self._missing.pop(kind, None) is not None:
                change.add(Change(completeness=True))
                self._snapshot = None
        self._tell(change.whole())

    def _looked_at(self, kind: str, body: Mapping[str, Any], *, trust: bool) -> Iterator[SeenPod]:
        """What counts of a listed object that a workload made; nothing of those that are no pods."""
        if kind == "Pod":
            yield self._census.look(body, _version(body) if trust else 0)

    def incomplete(self, kind: str, reason: str) -> None:
        """Mark a kind as unreadable and drop its objects, which are no longer kept up to date."""
        with self._lock:
            branch = self._tree.get(kind)
            changes = [self._drop(known.ref) for known in (branch.all() if branch else ())]
            if kind == "Pod":
                changes.append(self._count_all((), 0))
            if self._missing.get(kind) != reason:
                self._missing[kind] = reason
                changes.append(Change(completeness=True))
                self._snapshot = None
        self._tell(joined(changes))

    def _resource(self, kind: str, body: Mapping[str, Any], *, trust: bool = True) -> Resource:
        """The object as it is kept. One with a resourceVersion that is known already is not read again."""
        ref = _identity(kind, body)
        known = self.get(ref) if trust else None
        if (
            known is not None
            and version_of(known)
            and known.body["metadata"]["resourceVersion"] == mapping(body.get("metadata")).get("resourceVersion")
        ):
            return known
        return Resource(ref, trim(kind, body))

    # -- inside the lock ----------------------------------------------------------------------------------------

    def _settle(self, item: Resource, version: int) -> Change:
        if version and self._deleted[item.kind].get(item.ref, 0) > version:
            return Change()
        return self._put(item, force=not version)

    def _count_all(self, pods: Iterable[SeenPod], version: int) -> Change:
        """Count the pods of a full list, as :meth:`replace` takes it."""
        makers: dict[Ref, None] = {}
        listed = set[PodName]()
        for pod in pods:
            listed.add(pod.name)
            if not version or self._deleted["Pod"].get(Ref("Pod", *pod.name), 0) <= version:
                makers.update(dict.fromkeys(self._census.put(pod)))
        for name in list(self._census.others(listed, version)):
            makers.update(dict.fromkeys(self._census.drop(name, version)))
        return self._recount(makers)

    def _recount(self, makers: Iterable[Ref]) -> Change:
        """Let the snapshot have what runs in the pods of some workloads now."""
        changes = []
        for maker in makers:
            item = self._census.resource(maker)
            changes.append(self._drop(ref_of(maker)) if item is None else self._put(item))
        return joined(changes)

    def _get(self, ref: Ref) -> Resource | None:
        branch = self._tree.get(ref.kind)
        return branch.get(ref.namespace, ref.name) if branch else None

    def _put(self, item: Resource, *, force: bool = False) -> Change:
        known = self._get(item.ref)
        if known is not None:
            if known is item or known.body == item.body or (not force and 0 < version_of(item) < version_of(known)):
                return Change()
            same = content(known.body) == content(item.body)
        put(self._tree, item, self._epoch)
        self._snapshot = None
        only_status = known is not None and same
        return Change(status=frozenset((item.ref,))) if only_status else Change(content=frozenset((item.ref,)))

    def _drop(self, ref: Ref) -> Change:
        if self._get(ref) is None:
            return Change()
        drop(self._tree, ref, self._epoch)
        self._snapshot = None
        return Change(content=frozenset((ref,)))

    def _tell(self, change: Change) -> None:
        if change:
            for subscriber in self._subscribers:
                subscriber(change)


def version_of(item: Resource) -> int:
    """The resourceVersion as a number, 0 where it is none (the API promises order since Kubernetes 1.35, etcd always had it)."""
    return _version(item.body)


def _version(body: Mapping[str, Any]) -> int:
    text = str(mapping(body.get("metadata")).get("resourceVersion", ""))
    return int(text) if text.isdigit() else 0


def _identity(kind: str, body: Mapping[str, Any]) -> Ref:
    metadata = mapping(body.get("metadata"))
    namespace = str(metadata.get("namespace") or "") if KINDS[kind].namespaced else ""
    return Ref(kind, namespace, str(metadata.get("name") or ""))
