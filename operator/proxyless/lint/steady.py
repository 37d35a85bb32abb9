"""Readings that outlive a World: kept until an object of a kind that they rest on changes.

Admission makes a World for each review, the operator one for each pass, and the indexes that rules ask for (all
DestinationRules merged, all listeners) mostly rest on kinds that did not change in between. Snapshots share the sequences
of kinds that are the same, so "has not changed" is a comparison by identity. Used by ``lint.world`` and by shared readings
of rules, through ``World.once``.
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from proxyless.model.resource import WORKLOADS

if TYPE_CHECKING:
    from proxyless.lint.world import World

Answer = TypeVar("Answer")

PODS = (*WORKLOADS, "Namespace")
"""Kinds that tell which workloads there are, and which of them are proxyless."""
KEPT = 4
"""States of which the answer is kept: the cluster, and with an object under review of each of the kinds in question."""

READINGS: dict[Callable[..., Any], tuple[str, ...]] = {}
"""All such readings, with their kinds; a test looks at what they really read."""
_FORGET: list[Callable[[], None]] = []


class State(NamedTuple):
    """All that a reading may rest on."""

    settings: object
    complete: frozenset[str]
    objects: tuple[object, ...]
    """Of each kind the sequence of all objects."""

    def is_that_of(self, other: "State") -> bool:
        """Whether nothing has changed; sequences are compared by identity."""
        return (
            all(mine is its for mine, its in zip(self.objects, other.objects, strict=True))
            and (self.settings is other.settings or self.settings == other.settings)
            and self.complete == other.complete
        )


def steady(*kinds: str) -> Callable[[Callable[["World"], Answer]], Callable[["World"], Answer]]:
    """Makes of a reading one whose answer is kept from World to World.

    It may read objects of these kinds alone, and settings; its answer must never be changed.
    """

    def decorate(reading: Callable[["World"], Answer]) -> Callable[["World"], Answer]:
        known: list[tuple[State, Answer, frozenset[str]]] = []

        @wraps(reading)
        def answer(world: "World") -> Answer:
            state = world.state(kinds)
            for index, entry in enumerate(known):
                if entry[0].is_that_of(state):
                    known[:] = (entry, *known[:index], *known[index + 1 :])  # the longest unused goes first
                    world.asked |= entry[2]
                    return entry[1]
            outer, world.asked = world.asked, set()
            try:
                found = reading(world)
            finally:
                asked = frozenset(world.asked)
                world.asked |= outer
            known[:] = ((state, found, asked), *known[: KEPT - 1])
            return found

        READINGS[answer] = kinds
        _FORGET.append(known.clear)
        return answer

    return decorate


def forget() -> None:
    """Drop everything that is kept; for tests, which compare."""
    for drop in _FORGET:
        drop()
