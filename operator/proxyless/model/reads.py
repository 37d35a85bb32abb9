"""Remembers what the answers about each object of a mesh were made from, so that after a change only those are asked again that it can alter.

Used by ``controller.judge`` alone, which lives long and judges single changes; a run of the linter records nothing, and
costs nothing more. What notes the reads is in ``recorded``: the same functions are asked, over a snapshot that notes each question.

What is read has a *key*: an object (its Ref), all objects of a kind (in one namespace or in all), one key of an index, or a
whole index. :meth:`Reads.follow` compares the indexes before and after some objects changed, so that a change spreads no further
than the keys under which it is found. Answers do not outlive their snapshot; what stays is who read which key.

Sound as long as whoever answers asks the snapshot, its caches and indexes alone; a property test over random changes
compares with judging everything. One thread at a time.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from typing import Any

from proxyless.model.alike import alike
from proxyless.model.groups import Groups
from proxyless.model.memory import Index, View
from proxyless.model.readers import Readers
from proxyless.model.resource import Ref, Resource

ANY = "~any"
"""Which keys an index has."""
WHOLE = "~whole"
"""All of an index."""


class Reads:
    """Who read what, from snapshot to snapshot."""

    def __init__(self) -> None:
        self._readers = Readers()
        self._there: dict[str, bool] = {}
        """Kinds of which somebody asked whether there are any, and whether there were."""
        self._indexes: dict[Index, Any] = {}
        """Each index that was asked for, as it was in the last snapshot."""
        self._frames: list[tuple[object, Hashable, set[int]]] = []
        self._now: set[int] = set()

    # -- recording ----------------------------------------------------------------------------------------------

    def of(self, items: Iterable[Resource]) -> Iterator[Resource]:
        """The same objects; what is read until the next one is taken counts as read for that object."""
        for item in items:
            self._frames.clear()
            self._now = set()
            yield item
            self._fold(None, None)
            self._readers.put(item.ref, self._now)

    def note(self, key: Hashable) -> None:
        """Something was read."""
        self._now.add(self._readers.number(key))

    def note_any(self, kind: str, *, there: bool) -> None:
        """Somebody asked whether there is any object of a kind."""
        self._there[kind] = there
        self.note((kind, ANY))

    def again(self, numbers: Collection[int]) -> None:
        """All that a known answer rests on was read."""
        self._now.update(numbers)

    def open(self, cache: object, key: Hashable) -> None:
        """An answer is not known: what is read from here on belongs to it."""
        self._frames.append((cache, key, self._now))
        self._now = set()

    def close(self, cache: object, key: Hashable) -> frozenset[int]:
        """The answer is there: what it rests on. It counts for whoever asked, too; so does what was read for answers that never came."""
        if not any(frame[0] is cache and frame[1] == key for frame in self._frames):
            return frozenset()  # replaced without having been missed: it rests on its key alone
        return frozenset(self._fold(cache, key))

    def _fold(self, cache: object, key: Hashable) -> set[int]:
        inner = self._now
        while self._frames:
            of, what, outer = self._frames.pop()
            inner = self._now
            outer |= inner
            self._now = outer
            if of is cache and what == key:
                break
        return inner

    def note_index(self, index: Index, value: object) -> None:
        """Somebody asks an index: what it is now, so that :meth:`follow` can compare."""
        self._indexes[index] = value

    # -- following changes --------------------------------------------------------------------------------------

    def follow(self, changed: frozenset[Ref], view: View[Any]) -> set[Ref]:
        """Objects that read something that differs now.

        Args:
            changed: objects that came, went, or say something else since the last call.
            view: the mesh as it is now, not recorded.
        """
        touched: set[Hashable] = {*changed}
        touched.update((ref.kind, ref.namespace) for ref in changed)
        touched.update((ref.kind, None) for ref in changed)
        for kind, was in self._there.items():
            there = self._there[kind] = bool(len(view.snapshot.branch(kind)))
            if there != was:
                touched.add((kind, ANY))
        for index, old in self._indexes.items():
            new = self._indexes[index] = view.memory.recall(index, view)
            if new is not old:
                touched.update((index, key) for key in _differing(old, new, changed))
        return self._readers.of(touched)

    def forget(self, refs: Iterable[Ref]) -> None:
        """Drop objects that are gone."""
        for gone in refs:
            self._readers.drop(gone)


def _differing(old: Any, new: Any, changed: frozenset[Ref]) -> Iterator[Hashable]:
    """Keys of an index under which something else is found."""
    if not isinstance(new, Groups | Mapping):
        if not alike(old, new, changed):
            yield WHOLE
        return
    any_came = False
    for key in new.moved_since(old) if isinstance(new, Groups) else {*old, *new}:
        was, now = old.get(key), new.get(key)
        if not alike(was, now, changed):
            yield key
            any_came |= bool(was) != bool(now)
            if isinstance(new, Mapping):
                yield WHOLE
    if any_came:
        yield ANY
