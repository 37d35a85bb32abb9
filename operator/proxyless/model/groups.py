"""Persistent mapping of keys to objects: a few changed objects make a new mapping that shares the rest.

Made by ``model.memory.grouped``. Nobody changes one after it is made.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from proxyless.model.resource import Ref

Key = TypeVar("Key")
Item = TypeVar("Item")

_APART = 8
"""Part of the keys (one eighth) that may stand apart from the rest before both are copied into one mapping."""

Contribution = tuple[Any, Iterable[Any]]
"""What stands in the index for an object (None: nothing) and the keys under which it is found."""
InOrder = Callable[[Collection[Ref]], Iterable[Ref]]
"""Refs in the order in which their objects are to be found."""


class Groups(Generic[Key, Item]):
    """For each key the objects that are found under it.

    Args:
        found: by key.
        apart: what differs from that, empty for keys that are gone.
        moved: the :attr:`name` of the groups that these were made from, and the keys of the objects that changed since.
    """

    __slots__ = ("_apart", "_found", "_moved", "name")

    def __init__(
        self,
        found: Mapping[Any, tuple[Any, ...]],
        apart: Mapping[Any, tuple[Any, ...]] | None = None,
        moved: tuple[object, Collection[Any]] | None = None,
    ) -> None:
        self._found = found
        self._apart = apart or {}
        self._moved = moved
        self.name = object()
        """Tells these groups from all others, and does not hold them."""

    def get(self, key: object) -> tuple[Item, ...]:
        """The objects under a key, in the order of the snapshot; empty where there is none."""
        if self._apart:
            items = self._apart.get(key)
            if items is not None:
                return items
        return self._found.get(key, ())

    def __contains__(self, key: object) -> bool:
        return bool(self.get(key))

    def __iter__(self) -> Iterator[Key]:
        """The keys; in no order that means anything."""
        yield from (key for key in self._found if self._apart.get(key, True))
        yield from (key for key, items in self._apart.items() if items and key not in self._found)

    def __bool__(self) -> bool:
        return next(iter(self), _NONE) is not _NONE

    def moved_since(self, former: "Groups[Key, Item]") -> Collection[Key]:
        """Keys under which something else may be found than in former groups; all where that is not known."""
        if self._moved is not None and self._moved[0] is former.name:
            return self._moved[1]
        return {*self, *former}

    def with_changes(
        self, moves: Iterable[tuple[Contribution, Contribution]], in_order: InOrder
    ) -> "Groups[Key, Item]":
        """The groups after some objects came, went or changed.

        Args:
            moves: what each of those contributed before and what it does now.
            in_order: asked about groups of several objects that one was added to.
        """
        apart = dict(self._apart)
        grown: set[Any] = set()
        moved: set[Any] = set()
        for (was, before), (now, after) in moves:
            for key in before:
                moved.add(key)
                apart[key] = tuple(item for item in _of(apart, self._found, key) if item.ref != was.ref)
            for key in after:
                moved.add(key)
                others = _of(apart, self._found, key)
                apart[key] = (*others, now)
                if others:
                    grown.add(key)
        for key in grown:  # an object that was made anew may stand elsewhere
            by_ref = {item.ref: item for item in apart[key]}
            apart[key] = tuple(by_ref[ref] for ref in in_order(by_ref))
        return Groups(*_settled(self._found, apart), moved=(self.name, moved))


_NONE = object()
_Found = Mapping[Any, tuple[Any, ...]]


def _of(apart: _Found, found: _Found, key: object) -> tuple[Any, ...]:
    items = apart.get(key)
    return found.get(key, ()) if items is None else items


def _settled(found: _Found, apart: dict[Any, tuple[Any, ...]]) -> tuple[_Found, _Found]:
    """The same with as little apart as can be; copied into one where much is apart."""
    left = {key: items for key, items in apart.items() if not _same(items, found.get(key, ()))}
    if len(left) * _APART <= len(found):
        return found, left
    return {key: items for key, items in {**found, **left}.items() if items}, {}


def _same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """By identity: objects are equal where their Refs are."""
    return len(one) == len(other) and all(mine is its for mine, its in zip(one, other, strict=True))
