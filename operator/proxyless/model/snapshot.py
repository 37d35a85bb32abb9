"""Immutable set of the resources that were read, by kind and namespace, and which kinds are known at all.

Made by adapters, read by ``mesh`` and ``lint``. Never does I/O and is never changed after it is made;
``overlay`` answers "what if this object were applied" and copies one namespace of one kind.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from proxyless.model.object_tree import NO_OBJECTS, Branch, drop, in_order_of, put, tree_of
from proxyless.model.resource import Ref, Resource


class Snapshot:
    """An immutable set of resources.

    Args:
        resources: all objects, whose order is kept; of two with one Ref the later wins, as a second apply would.
        complete: kinds that were listed as a whole from a cluster, so that absence means "does not exist".
            For files nothing is complete: a kind is known in a namespace only where an object of it was given.
        tree: the objects instead, as a tree that is not written any more in its present epoch.
        order: objects by whose order those of the tree go; without it they go kind by kind.
    """

    __slots__ = ("_flat", "_order", "_tree", "complete")

    def __init__(
        self,
        resources: Iterable[Resource] = (),
        *,
        complete: Iterable[str] = (),
        tree: Mapping[str, Branch] | None = None,
        order: tuple[Resource, ...] | None = None,
    ) -> None:
        self._flat: tuple[Resource, ...] | None = None
        if tree is None:
            self._flat = order = tuple({item.ref: item for item in resources}.values())
            tree = tree_of(order)
        self._order = order
        self._tree = dict(tree)
        self.complete = frozenset(complete)

    def _all(self) -> tuple[Resource, ...]:
        flat = self._flat
        if flat is None:
            found = (item for branch in self._tree.values() for item in branch.all())
            flat = self._flat = tuple(found) if self._order is None else in_order_of(self._order, found)
        return flat

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._all())

    def __len__(self) -> int:
        return sum(map(len, self._tree.values()))

    def branch(self, kind: str) -> Branch:
        """All objects of a kind as one value: the same object in another snapshot means that nothing changed."""
        return self._tree.get(kind, NO_OBJECTS)

    def of_kind(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        """All objects of a kind, in one namespace or in all."""
        branch = self._tree.get(kind)
        if branch is None:
            return ()
        if namespace is None:
            return branch.all()
        leaf = branch.namespaces.get(namespace)
        return () if leaf is None else leaf.all()

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """One object by name."""
        branch = self._tree.get(kind)
        return None if branch is None else branch.get(namespace, name)

    def in_order(self, kind: str, refs: Collection[Ref]) -> list[Resource]:
        """Those objects of a kind, in its order; only Refs of objects that were found here."""
        return self.branch(kind).in_order(refs)

    def cache(self) -> dict[Any, Any]:
        """An empty cache for answers about this snapshot. A key is looked up before it is set; see ``model.recorded``."""
        return {}

    def indexes(self, _: object) -> dict[Any, Any]:
        """An empty cache for the indexes that a view of this snapshot asks for."""
        return {}

    def knows(self, kind: str, namespace: str | None = None) -> bool:
        """Whether absence of an object means that it does not exist."""
        return kind in self.complete or bool(self.of_kind(kind, namespace))

    def overlay(self, *changed: Resource, removed: Iterable[Ref] = ()) -> "Snapshot":
        """A snapshot in which some objects are replaced, added or removed."""
        tree = dict(self._tree)
        epoch = object()
        for ref in removed:
            drop(tree, ref, epoch)
        for item in changed:
            put(tree, item, epoch)
        if self._order is None:
            return Snapshot(complete=self.complete, tree=tree)
        for kind, branch in tree.items():
            if branch.epoch is epoch:
                branch.given = (*self.of_kind(kind), *(item for item in changed if item.kind == kind))
        return Snapshot(complete=self.complete, tree=tree, order=(*self._all(), *changed))
