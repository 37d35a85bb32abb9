"""Indexes to which each object contributes by itself, so that updating one object costs one contribution. See ``model.memory``."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from proxyless.model.groups import Groups
from proxyless.model.memory import AnyView, Index, Item, Kept, Key, State, View, asked
from proxyless.model.resource import Ref, Resource

WHOLE = 0.25
"""Part of an index's objects that may change before it is made anew instead."""


def itself(_: View[Any], item: Resource) -> Resource:
    """For :func:`grouped`: the objects themselves stand in the index."""
    return item


def grouped(
    *kinds: str,
    of: Callable[[Any, Resource], Item | None],
    beside: tuple[str, ...] = (),
    settings: tuple[str, ...] = (),
) -> Callable[[Callable[[Item, AnyView], Iterable[Key]]], Callable[[AnyView], Groups[Key, Item]]]:
    """Decorator: of a function that says under which keys an object is found, makes the index of all objects by key.

    Under each key the objects come in the order of the snapshot.

    Args:
        kinds: whose objects are found. After a change of some of them only those are asked for their keys again.
        of: what stands in the index for an object, None to leave it out.
        beside: other kinds that this rests on. After a change of one the index is made anew.
        settings: names of settings that this rests on.
    """

    def decorate(keys_of: Callable[[Item, AnyView], Iterable[Key]]) -> Callable[[AnyView], Groups[Key, Item]]:
        return asked(_Grouping(keys_of, kinds, of, beside, settings))

    return decorate


class _Grouping(Index):
    """Objects by keys, from one contribution of each."""

    def __init__(
        self,
        keys_of: Callable[[Any, Any], Iterable[Hashable]],
        kinds: tuple[str, ...],
        of: Callable[[Any, Resource], Any],
        beside: tuple[str, ...],
        settings: tuple[str, ...],
    ) -> None:
        super().__init__(keys_of, kinds, settings)
        self.beside = beside
        self._of = of

    @property
    def rests_on(self) -> frozenset[str]:
        return frozenset((*self.kinds, *self.beside))

    def state(self, view: View[Any]) -> State:
        own = super().state(view)
        return own._replace(frame=(*own.frame, *map(view.snapshot.branch, self.beside)))

    def _contribution(self, item: Resource | None, view: View[Any]) -> tuple[Any, Iterable[Hashable]]:
        value = None if item is None else self._of(view, item)
        return value, () if value is None else dict.fromkeys(self.source(value, view))

    def make(self, view: View[Any]) -> Groups[Any, Any]:
        found: dict[Hashable, list[Any]] = {}
        for kind in self.kinds:
            for item in view.snapshot.of_kind(kind):
                value = self._of(view, item)
                for key in () if value is None else self.source(value, view):
                    known = found.get(key)
                    if known is None:
                        found[key] = [value]
                    elif known[-1] is not value:
                        known.append(value)
        return Groups({key: tuple(items) for key, items in found.items()})

    def update(self, view: View[Any], state: State, known: tuple[Kept, ...]) -> Groups[Any, Any]:
        base = next((entry for entry in known if entry.state.frame == state.frame), None)
        if base is None:
            return self.make(view)
        changes = list(self._changes(base.state, state))
        if len(changes) > WHOLE * sum(map(len, state.objects)):
            return self.make(view)
        former = view.apart()
        moves = ((self._contribution(was, former), self._contribution(now, view)) for was, now in changes)
        answer: Groups[Any, Any] = base.answer
        return answer.with_changes(
            moves, lambda refs: [item.ref for branch in state.objects for item in branch.in_order(refs)]
        )

    def _changes(self, older: State, newer: State) -> Iterator[tuple[Resource | None, Resource | None]]:
        for was, now in zip(older.objects, newer.objects, strict=True):
            if was is not now:
                yield from now.changes_since(was)


def keys_in_order(groups: Groups[Key, Any], view: View[Any], *kinds: str) -> list[Key]:
    """Keys in the order in which they are met in the snapshot. For few keys: it looks at the first object of each."""
    by_ref: dict[Ref, list[Key]] = {}
    for key in groups:
        by_ref.setdefault(groups.get(key)[0].ref, []).append(key)
    return [key for kind in kinds for item in view.snapshot.branch(kind).in_order(by_ref) for key in by_ref[item.ref]]
