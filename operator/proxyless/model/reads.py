"""Records what the answers about each object of a mesh were made from, so that after a change only those are asked again that it can alter.

Used by ``controller.judge`` alone, which lives long and judges single changes; a run of the linter records nothing, and
costs nothing more. The same functions are asked: a :class:`RecordedSnapshot` notes each question about objects, hands out
caches that note what their answers rest on (:meth:`Snapshot.cache`), and indexes that note the keys that were looked up.

What is read has a *key*: an object (its Ref), all objects of a kind (in one namespace or in all), one key of an index, or a
whole index. :meth:`Reads.follow` compares the indexes before and after some objects changed, so that a change spreads no further
than the keys under which it is found. Answers do not outlive their snapshot; what stays is who read which key.

Sound as long as whoever answers asks the snapshot, its caches and indexes alone; a property test over random changes
compares with judging everything. One thread at a time.
"""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from weakref import ref

from proxyless.model.alike import alike
from proxyless.model.groups import Groups
from proxyless.model.memory import Index, View
from proxyless.model.object_tree import Branch
from proxyless.model.readers import Readers
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot

_ANY = "~any"
"""Which keys an index has."""
_WHOLE = "~whole"
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
        self.note((kind, _ANY))

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

    def asked(self, index: Index, value: object) -> Any:
        """An index that is asked for, as one that notes what is looked up; one that is no mapping is noted as a whole by whoever asks."""
        self._indexes[index] = value
        if isinstance(value, Groups):
            return RecordedGroups(value, index, self)
        return RecordedMapping(value, index, self) if isinstance(value, Mapping) else value

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
                touched.add((kind, _ANY))
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
            yield _WHOLE
        return
    any_came = False
    for key in new.moved_since(old) if isinstance(new, Groups) else {*old, *new}:
        was, now = old.get(key), new.get(key)
        if not alike(was, now, changed):
            yield key
            any_came |= bool(was) != bool(now)
            if isinstance(new, Mapping):
                yield _WHOLE
    if any_came:
        yield _ANY


class RecordedCache(dict[Any, Any]):
    """Answers that remember what they rest on. Looked up and filled as any dict: a key that is missed is set next."""

    __slots__ = ("_reads", "_rest")

    def __init__(self, reads: Reads) -> None:
        super().__init__()
        self._reads = reads
        self._rest: dict[Any, frozenset[int]] = {}

    def __contains__(self, key: object) -> bool:
        rest = self._rest.get(key)
        if rest is None:
            self._reads.open(self, key)
            return False
        self._reads.again(rest)
        return True

    def get(self, key: Any, default: Any = None, /) -> Any:
        """As of any dict."""
        return self[key] if key in self else default  # noqa: SIM401  it is what this does

    def __setitem__(self, key: Any, value: Any) -> None:
        self._rest[key] = self._reads.close(self, key)
        super().__setitem__(key, value)


class RecordedGroups(Groups[Any, Any]):
    """An index that notes the keys that are looked up."""

    __slots__ = ("_groups", "_index", "_reads")

    def __init__(self, groups: Groups[Any, Any], index: Index, reads: Reads) -> None:
        self._groups = groups
        self._index = index
        self._reads = reads

    def get(self, key: object) -> tuple[Any, ...]:
        """The objects under a key."""
        self._reads.note((self._index, key))
        return self._groups.get(key)

    def __iter__(self) -> Iterator[Any]:
        self._reads.note((self._index, _ANY))
        return iter(self._groups)


class RecordedMapping(Mapping[Any, Any]):
    """The same of an index that is a mapping."""

    def __init__(self, found: Mapping[Any, Any], index: Index, reads: Reads) -> None:
        self._found = found
        self._index = index
        self._reads = reads

    def __getitem__(self, key: Any) -> Any:
        self._reads.note((self._index, key))
        return self._found[key]

    def __iter__(self) -> Iterator[Any]:
        self._reads.note((self._index, _WHOLE))
        return iter(self._found)

    def __len__(self) -> int:
        self._reads.note((self._index, _WHOLE))
        return len(self._found)


class RecordedObjects(Sequence[Resource]):
    """All objects of a kind; tells whether somebody looked at them, or asked only whether there are any."""

    def __init__(self, found: Sequence[Resource], kind: str, reads: Reads) -> None:
        self._found = found
        self._kind = kind
        self._reads = reads

    def __bool__(self) -> bool:
        self._reads.note_any(self._kind, there=bool(self._found))
        return bool(self._found)

    def __len__(self) -> int:
        self._reads.note((self._kind, None))
        return len(self._found)

    def __iter__(self) -> Iterator[Resource]:
        self._reads.note((self._kind, None))
        return iter(self._found)

    def __getitem__(self, place: Any) -> Any:
        self._reads.note((self._kind, None))
        return self._found[place]


class RecordedIndexes(dict[Any, Any]):
    """Indexes of a view, each asked of the Memory by a view that records nothing, and noted whenever it is used."""

    __slots__ = ("_plain", "_reads", "_snapshot", "_view")

    def __init__(self, view: View[Any], plain: Snapshot, reads: Reads) -> None:
        super().__init__()
        self._view = ref(view)  # a view that is held by what it holds lives until the collector comes by
        self._snapshot = plain
        self._plain: View[Any] | None = None
        self._reads = reads

    def __contains__(self, index: object) -> bool:
        if not super().__contains__(index) and isinstance(index, Index):
            view = self._silent()
            self[index] = self._reads.asked(index, view.memory.recall(index, view))
        return True

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        if not isinstance(found, RecordedGroups | RecordedMapping):
            self._reads.note((index, _WHOLE))
        return found

    def _silent(self) -> View[Any]:
        """The same view over the plain snapshot."""
        if self._plain is None:
            view = self._view()
            assert view is not None, "a view that asks is alive"  # noqa: S101  for the type checker
            self._plain = view.over(self._snapshot)
        return self._plain


class RecordedSnapshot(Snapshot):
    """The same objects as another snapshot; notes what is asked of it."""

    __slots__ = ("plain", "reads")

    def __init__(self, plain: Snapshot, reads: Reads) -> None:
        super().__init__(complete=plain.complete)
        self.plain: Final = plain
        self.reads: Final = reads

    def __iter__(self) -> Iterator[Resource]:
        raise TypeError("an answer about one object does not walk through all of them")

    def __len__(self) -> int:
        raise TypeError("an answer about one object does not count all of them")

    def branch(self, kind: str) -> Branch:
        """All objects of a kind."""
        self.reads.note((kind, None))
        return self.plain.branch(kind)

    def of_kind(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        """All objects of a kind, in one namespace or in all."""
        if namespace is None:
            return RecordedObjects(self.plain.of_kind(kind), kind, self.reads)
        self.reads.note((kind, namespace))
        return self.plain.of_kind(kind, namespace)

    def in_order(self, kind: str, refs: Collection[Ref]) -> list[Resource]:
        """Objects of a kind in their order: each was read before, else its Ref would not be known."""
        return self.plain.in_order(kind, refs)

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """One object by name."""
        self.reads.note((kind, namespace, name))
        return self.plain.get(kind, namespace, name)

    def cache(self) -> RecordedCache:
        """A cache for answers about this snapshot."""
        return RecordedCache(self.reads)

    def indexes(self, view: Any) -> RecordedIndexes:
        """A cache for the indexes that a view asks for."""
        return RecordedIndexes(view, self.plain, self.reads)
