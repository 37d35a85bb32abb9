"""Persistent tree of objects by kind, namespace and name; versions share what did not change.

Used by ``model.snapshot`` (which reads them) and ``adapters.store`` (which writes them). A write copies only the branch
that it touches, and only once between two snapshots (``epoch``, a token that is compared by identity): one event among
20,000 objects costs one namespace of one kind. A branch that a snapshot holds never changes, so two snapshots with the
same branch hold the same objects of that kind.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import islice

from proxyless.model.resource import Ref, Resource


class NamespaceObjects:
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

    def in_order(self, wanted: Mapping[str, Resource]) -> list[Resource]:
        """Objects of this leaf by name, in its order; looks no further than the last of them."""
        if len(wanted) < 2:  # noqa: PLR2004
            return list(wanted.values())
        found = (wanted[name] for name in self.names if name in wanted)
        return list(islice(found, len(wanted)))


class Branch:
    """Objects of one kind: by namespace and name.

    Args:
        epoch: until when its owner may write to it.
        namespaces: what it holds.
        given: objects by whose order :meth:`all` goes, since they were given in it (in files); without it it goes
            namespace by namespace.
    """

    __slots__ = ("epoch", "flat", "given", "namespaces")

    def __init__(
        self,
        epoch: object,
        namespaces: dict[str, NamespaceObjects] | None = None,
        given: tuple[Resource, ...] | None = None,
    ) -> None:
        self.epoch = epoch
        self.namespaces = namespaces if namespaces is not None else {}
        self.given = given
        self.flat: tuple[Resource, ...] | None = None

    def __len__(self) -> int:
        return sum(len(leaf.names) for leaf in self.namespaces.values())

    def all(self) -> tuple[Resource, ...]:
        """Every object of the kind."""
        flat = self.flat
        if flat is None:
            found = (item for leaf in self.namespaces.values() for item in leaf.names.values())
            flat = self.flat = tuple(found) if self.given is None else in_order_of(self.given, found)
        return flat

    def get(self, namespace: str, name: str) -> Resource | None:
        """One object by name."""
        leaf = self.namespaces.get(namespace)
        return None if leaf is None else leaf.names.get(name)

    def copy(self, epoch: object) -> "Branch":
        """One that may be written to in an epoch; its leaves are still those of this one."""
        return Branch(epoch, dict(self.namespaces), self.given)

    def in_order(self, refs: Collection[Ref]) -> list[Resource]:
        """The objects with these Refs, in the order of :meth:`all`."""
        if self.given is not None:
            return [item for item in self.all() if item.ref in refs]
        wanted: dict[str, dict[str, Resource]] = {}
        for ref in refs:
            item = self.get(ref.namespace, ref.name)
            if item is not None and item.ref == ref:
                wanted.setdefault(ref.namespace, {})[ref.name] = item
        places = wanted if len(wanted) < 2 else (place for place in self.namespaces if place in wanted)  # noqa: PLR2004
        return [item for place in places for item in self.namespaces[place].in_order(wanted[place])]

    def changes_since(self, older: "Branch") -> list[tuple[Resource | None, Resource | None]]:
        """Objects that differ, as they were and as they are (None: there is none); quick where much is shared."""
        found: list[tuple[Resource | None, Resource | None]] = []
        for place in older.namespaces.keys() | self.namespaces.keys():
            was, now = older.namespaces.get(place, _NONE), self.namespaces.get(place, _NONE)
            if was is not now:
                found += [
                    (item, now.names.get(name)) for name, item in was.names.items() if now.names.get(name) is not item
                ]
                found += [(None, item) for name, item in now.names.items() if name not in was.names]
        return found


_NONE = NamespaceObjects(None)
NO_OBJECTS = Branch(None)
"""For a kind of which nothing is known."""

Tree = dict[str, Branch]
"""By kind."""


def tree_of(items: Iterable[Resource]) -> Tree:
    """A tree of objects with different Refs, in the order in which they are given."""
    by_kind: dict[str, list[Resource]] = {}
    for item in items:
        known = by_kind.get(item.kind)
        if known is None:
            known = by_kind[item.kind] = []
        known.append(item)
    return {kind: _branch(found) for kind, found in by_kind.items()}


def _branch(items: list[Resource]) -> Branch:
    leaves: dict[str, NamespaceObjects] = {}
    for item in items:
        leaf = leaves.get(item.namespace)
        if leaf is None:
            leaf = leaves[item.namespace] = NamespaceObjects(None)
        leaf.names[item.name] = item
    branch = Branch(None, leaves, given := tuple(items))
    branch.flat = given
    return branch


def put(tree: Tree, item: Resource, epoch: object) -> None:
    """Add or replace one object in a tree whose root is the caller's own; branches of an older epoch are copied."""
    _leaf(tree, item.ref, epoch).names[item.name] = item


def drop(tree: Tree, ref: Ref, epoch: object) -> None:
    """Remove one object where it exists."""
    branch = tree.get(ref.kind)
    if branch is None or branch.get(ref.namespace, ref.name) is None:
        return
    leaf = _leaf(tree, ref, epoch)
    del leaf.names[ref.name]
    if not leaf.names:
        del tree[ref.kind].namespaces[ref.namespace]


def _leaf(tree: Tree, ref: Ref, epoch: object) -> NamespaceObjects:
    """The leaf for a Ref, ready to be written."""
    branch = tree.get(ref.kind)
    if branch is None or branch.epoch is not epoch:
        branch = tree[ref.kind] = Branch(epoch) if branch is None else branch.copy(epoch)
    branch.flat = None
    leaf = branch.namespaces.get(ref.namespace)
    if leaf is None or leaf.epoch is not epoch:
        leaf = branch.namespaces[ref.namespace] = NamespaceObjects(epoch, dict(leaf.names) if leaf else {})
    leaf.flat = None
    return leaf


def in_order_of(given: Iterable[Resource], items: Iterable[Resource]) -> tuple[Resource, ...]:
    """Objects in the order of older ones with their Refs, then those that are new."""
    left = {item.ref: item for item in items}
    known = [left.pop(item.ref) for item in given if item.ref in left]
    return (*known, *left.values())
