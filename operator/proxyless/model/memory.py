"""Caches answers that were computed from objects of a mesh, and states how long each is kept. For ``mesh`` and ``lint``.

There are two ideas, and each has its decorators:

* **An answer about one object** is kept with that object. :func:`proxyless.model.resource.kept`: it rests on the object
  alone and lives as long as the object. :func:`for_each`: it rests on the rest of the mesh too, and lives as long as the
  :class:`View` that was asked.
* **An index** is made from all objects of some kinds and is kept until one of them changes. :func:`index_of` makes it anew
  after each change, so it is for what is cheap to make or rests on kinds that rarely change. :func:`proxyless.model.grouping.grouped` makes it from
  one contribution of each object (the keys under which the object is found), and after a change only the changed objects
  contribute anew: one object laid over 20,000 costs as much as one.

Indexes live in a :class:`Memory`, which belongs to whoever lives long: the webhook's context, the operator's loop, one run
of the linter. It is handed to each :class:`View` of the mesh that is made there; there are no indexes in modules. An index
is a plain function of a view to those who ask: ``routes_by_host(view).get(host)``. It may read nothing but the kinds and the
settings that it names, and other indexes that rest on those; nobody may change what it returns. A test holds all
indexes to that. Threads may share a Memory; where two ask at once, both may make an index.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable
from copy import copy
from functools import wraps
from typing import Any, Final, Generic, Protocol, Self, TypeVar

from proxyless.model.object_tree import Branch
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref
from proxyless.model.snapshot import Snapshot

KEPT = 4
"""States of which an index is kept: the cluster, and with an object under review of each of the kinds in question."""
VALUES = 256
"""Answers that are kept of functions that rest on their arguments alone."""

Settings_co = TypeVar("Settings_co", covariant=True)
AnyView = TypeVar("AnyView", bound="View[Any]")
Answer = TypeVar("Answer")
Key = TypeVar("Key", bound=Hashable)


class Named(Protocol):
    """A value that belongs to one object, and names it."""

    @property
    def ref(self) -> Ref:
        """The object."""


Item = TypeVar("Item", bound=Named)


class View(Generic[Settings_co]):
    """One moment of the mesh: its objects, its settings, and what was read from them.

    Args:
        snapshot: the objects.
        settings: what indexes and their askers look up by name; compared by value.
        memory: keeps indexes from view to view; None: they live as long as this view.
    """

    def __init__(self, snapshot: Snapshot, settings: Settings_co, memory: "Memory | None" = None) -> None:
        self.snapshot: Final = snapshot
        self.settings: Final = settings
        self.memory: Final = Memory() if memory is None else memory
        self.answers: defaultdict[object, dict[Any, Any]] = defaultdict(snapshot.cache)
        """Of this view, by the reading and what it was asked about. They must not hold the view: it would live until the
        collector comes by."""
        self.indexes: dict[object, Any] = snapshot.indexes(self)
        """Those that were asked for."""

    def apart(self) -> Self:
        """The same view without answers, to ask about objects that are not those of its snapshot."""
        return self.over(self.snapshot)

    def over(self, snapshot: Snapshot) -> Self:
        """The same view without answers, of another snapshot."""
        made = copy(self)
        made.__dict__["snapshot"] = snapshot
        made.answers, made.indexes = defaultdict(snapshot.cache), snapshot.indexes(made)
        return made


class State(NamedTuple):
    """All that an index rests on."""

    objects: tuple[Branch, ...]
    frame: tuple[object, ...]
    """Completeness, settings and the other kinds: where they change nothing of the index can be used any more."""


class Index:
    """What an index rests on, and how it is made."""

    def __init__(self, source: Callable[..., Any], kinds: tuple[str, ...], settings: tuple[str, ...]) -> None:
        self.source = source
        self.kinds = kinds
        self.settings = settings

    @property
    def rests_on(self) -> frozenset[str]:
        """All kinds that it may read."""
        return frozenset(self.kinds)

    def make(self, view: View[Any]) -> Any:
        """The index, from all objects."""
        return self.source(view)

    def state(self, view: View[Any]) -> State:
        """What it rests on in a view."""
        named = (getattr(view.settings, name) for name in self.settings)
        return State(tuple(map(view.snapshot.branch, self.kinds)), (view.snapshot.complete, *named))

    def update(self, view: View[Any], state: State, known: "tuple[Kept, ...]") -> Any:  # noqa: ARG002  for those that can
        """The index in a state that was not met before."""
        return self.make(view)


class Kept(NamedTuple):
    """An index in one state."""

    state: State
    answer: Any

    def is_of(self, state: State) -> bool:
        """Whether nothing has changed. Objects are compared by identity: snapshots share what is the same."""
        mine, its = self.state, state
        return all(map(_is, mine.objects, its.objects)) and mine.frame == its.frame


def _is(one: object, other: object) -> bool:
    return one is other


class Memory:
    """Indexes by the state of the mesh that they were made from. See the module."""

    def __init__(self) -> None:
        self._known: dict[Index, tuple[Kept, ...]] = {}
        self._values: dict[tuple[Hashable, ...], Any] = {}

    def recall(self, index: Index, view: View[Any]) -> Any:
        """The index for a view: cached, else computed."""
        state = index.state(view)
        known = self._known.get(index, ())
        for place, entry in enumerate(known):
            if entry.is_of(state):
                if place:
                    self._known[index] = (entry, *known[:place], *known[place + 1 :])  # the longest unused goes first
                return entry.answer
        answer = index.update(view, state, known)
        self._known[index] = (Kept(state, answer), *known[: KEPT - 1])
        return answer

    def of_values(self, reading: Callable[..., Answer], *values: Hashable) -> Answer:
        """The answer of a function that rests on its arguments alone, of which few different ones occur."""
        key = (reading, *values)
        try:
            known: Answer = self._values[key]
        except KeyError:
            if len(self._values) >= VALUES:
                self._values.pop(next(iter(self._values)))  # the oldest
            known = self._values[key] = reading(*values)
        return known


def for_each(reading: Callable[[Item, AnyView], Answer]) -> Callable[[Item, AnyView], Answer]:
    """Decorator: caches the result for each object of the view's snapshot as long as the view lives."""

    @wraps(reading)
    def ask(item: Item, view: AnyView) -> Answer:
        ref = item.ref
        known: dict[Ref, Answer] = view.answers[reading]
        if ref in known:  # an exception would take longer than most readings
            return known[ref]
        answer = known[ref] = reading(item, view)
        return answer

    return ask


def for_key(reading: Callable[[Key, AnyView], Answer]) -> Callable[[Key, AnyView], Answer]:
    """Decorator: caches the result for each value of the first argument as long as the view lives."""

    @wraps(reading)
    def ask(key: Key, view: AnyView) -> Answer:
        known: dict[Key, Answer] = view.answers[reading]
        if key in known:
            return known[key]
        answer = known[key] = reading(key, view)
        return answer

    return ask


INDEXES: list[Index] = []
"""All indexes of the modules that were imported; a test looks at what they really read."""


def asked(index: Index) -> Callable[[Any], Any]:
    """Returns the function that callers use to get an index."""
    INDEXES.append(index)

    @wraps(index.source)
    def ask(view: View[Any]) -> Any:
        if index in view.indexes:
            return view.indexes[index]
        found = view.indexes[index] = view.memory.recall(index, view)
        return found

    return ask


def index_of(
    *kinds: str, settings: tuple[str, ...] = ()
) -> Callable[[Callable[[AnyView], Answer]], Callable[[AnyView], Answer]]:
    """Decorator: caches the result until an object of the given kinds, or one of the given settings, changes."""

    def decorate(make: Callable[[AnyView], Answer]) -> Callable[[AnyView], Answer]:
        return asked(Index(make, kinds, settings))

    return decorate
