"""Snapshots that share what did not change, so that one event among 20,000 objects costs one namespace of one kind.

Made by ``adapters.store``. A tree kind → namespace → name; a write copies only the branch that it touches, and only once
between two snapshots (``epoch``, a token that is compared by identity). Flat lists are computed once for each branch.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from typing_extensions import override

from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot


class Branch:
    """Objects of one kind: by namespace and name."""

    __slots__ = ("epoch", "flat", "namespaces")

    def __init__(self, epoch: object, namespaces: dict[str, "Leaf"] | None = None) -> None:
        self.epoch = epoch
        self.namespaces = namespaces if namespaces is not None else {}
        self.flat: tuple[Resource, ...] | None = None

    def all(self) -> tuple[Resource, ...]:
        """Every object of the kind."""
        flat = self.flat
        if flat is None:
            flat = self.flat = tuple(item for leaf in self.namespaces.values() for item in leaf.names.values())
        return flat


class Leaf:
    """Objects of one kind in one namespace, by name."""

    __slots__ = ("epoch", "flat", "names")

    def __init__(self, epoch: object, names: dict[str, Resource] | None = None) -> None:
        self.epoch = epoch
        self.names = names if names is not None else {}
        self.flat: tuple[Resource, ...] | None = None

    def all(self) -> tuple[Resource, ...]:
        """Every object of the kind in the namespace."""
        flat = self.flat
        if flat is None:
            flat = self.flat = tuple(self.names.values())
        return flat


Tree = dict[str, Branch]


def put(tree: Tree, item: Resource, epoch: object) -> None:
    """Add or replace one object in a tree whose root is the caller's own; branches of an older epoch are copied."""
    _leaf(tree, item.ref, epoch).names[item.name] = item


def drop(tree: Tree, ref: Ref, epoch: object) -> None:
    """Remove one object where it exists."""
    branch = tree.get(ref.kind)
    if (
        branch is None
        or ref.namespace not in branch.namespaces
        or ref.name not in branch.namespaces[ref.namespace].names
    ):
        return
    leaf = _leaf(tree, ref, epoch)
    del leaf.names[ref.name]
    if not leaf.names:
        del tree[ref.kind].namespaces[ref.namespace]


def _leaf(tree: Tree, ref: Ref, epoch: object) -> Leaf:
    """The leaf for a Ref, ready to be written."""
    branch = tree.get(ref.kind)
    if branch is None or branch.epoch is not epoch:
        branch = tree[ref.kind] = Branch(epoch, dict(branch.namespaces) if branch else {})
    branch.flat = None
    leaf = branch.namespaces.get(ref.namespace)
    if leaf is None or leaf.epoch is not epoch:
        leaf = branch.namespaces[ref.namespace] = Leaf(epoch, dict(leaf.names) if leaf else {})
    leaf.flat = None
    return leaf


class SharedSnapshot(Snapshot):
    """A Snapshot over such a tree. The tree must not be written any more in the epoch that it was taken in."""

    __slots__ = ("_tree",)

    def __init__(self, tree: Mapping[str, Branch], complete: Iterable[str]) -> None:
        self._tree = dict(tree)
        self.complete = frozenset(complete)

    @override
    def __iter__(self) -> Iterator[Resource]:
        return (item for branch in self._tree.values() for item in branch.all())

    @override
    def __len__(self) -> int:
        return sum(len(branch.all()) for branch in self._tree.values())

    @override
    def of_kind(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        branch = self._tree.get(kind)
        if branch is None:
            return ()
        if namespace is None:
            return branch.all()
        leaf = branch.namespaces.get(namespace)
        return () if leaf is None else leaf.all()

    @override
    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        branch = self._tree.get(kind)
        leaf = None if branch is None else branch.namespaces.get(namespace)
        return None if leaf is None else leaf.names.get(name)

    @override
    def overlay(self, *changed: Resource, removed: Iterable[Ref] = ()) -> "SharedSnapshot":
        tree = dict(self._tree)
        epoch = object()
        for ref in removed:
            drop(tree, ref, epoch)
        for item in changed:
            put(tree, item, epoch)
        return SharedSnapshot(tree, self.complete)
