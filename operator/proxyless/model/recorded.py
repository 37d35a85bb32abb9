"""A snapshot that notes in ``reads`` each question about its objects, and hands out caches and indexes that note theirs.

Used by ``controller.judge`` alone. Answers are those of the plain snapshot; nothing here decides anything.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final
from weakref import ref

from proxyless.model.groups import Groups
from proxyless.model.memory import Index, View
from proxyless.model.object_tree import Branch
from proxyless.model.reads import ANY, WHOLE, Reads
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot


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
        self._reads.note((self._index, ANY))
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
        self._reads.note((self._index, WHOLE))
        return iter(self._found)

    def __len__(self) -> int:
        self._reads.note((self._index, WHOLE))
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
            value = view.memory.recall(index, view)
            self._reads.note_index(index, value)
            self[index] = self._noting(index, value)
        return True

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        if not isinstance(found, RecordedGroups | RecordedMapping):
            self._reads.note((index, WHOLE))
        return found

    def _noting(self, index: Index, value: object) -> Any:
        """The index as one that notes what is looked up; one that is no mapping is noted as a whole whenever it is used."""
        if isinstance(value, Groups):
            return RecordedGroups(value, index, self._reads)
        return RecordedMapping(value, index, self._reads) if isinstance(value, Mapping) else value

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
