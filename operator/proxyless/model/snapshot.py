"""The world as it was read: resources by kind and namespace, and which kinds are known at all.

Made by adapters, read by ``mesh`` and ``lint``. Never does I/O and is never changed after it is made;
``overlay`` answers "what if this object were applied".
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from proxyless.model.resource import Ref, Resource


class Snapshot:
    """An immutable set of resources.

    Args:
        resources: all objects; of two with one Ref the later wins, as a second apply would.
        complete: kinds that were listed as a whole from a cluster, so that absence means "does not exist".
            For files nothing is complete: a kind is known in a namespace only where an object of it was given.
    """

    __slots__ = ("_by_kind", "_by_place", "_by_ref", "complete")

    def __init__(self, resources: Iterable[Resource] = (), *, complete: Iterable[str] = ()) -> None:
        self._by_ref: dict[tuple[str, str, str], Resource] = {item.ref: item for item in resources}
        self._by_kind: defaultdict[str, list[Resource]] = defaultdict(list)
        self._by_place: defaultdict[tuple[str, str], list[Resource]] = defaultdict(list)
        for (kind, namespace, _), item in self._by_ref.items():
            self._by_kind[kind].append(item)
            self._by_place[kind, namespace].append(item)
        self.complete = frozenset(complete)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_ref.values())

    def __len__(self) -> int:
        return len(self._by_ref)

    def of_kind(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        """All objects of a kind, in one namespace or in all."""
        if namespace is None:
            return self._by_kind.get(kind, ())
        return self._by_place.get((kind, namespace), ())

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """One object by name."""
        return self._by_ref.get((kind, namespace, name))  # a Ref is such a tuple, and takes longer to make

    def knows(self, kind: str, namespace: str | None = None) -> bool:
        """Whether absence of an object means that it does not exist."""
        return kind in self.complete or bool(self.of_kind(kind, namespace))

    def overlay(self, *changed: Resource, removed: Iterable[Ref] = ()) -> "Snapshot":
        """A snapshot in which some objects are replaced, added or removed."""
        gone = set(removed)
        kept = (item for item in self._by_ref.values() if item.ref not in gone)
        return Snapshot([*kept, *changed], complete=self.complete)
