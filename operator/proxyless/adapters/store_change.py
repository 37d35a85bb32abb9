"""What writes to the store changed: one write, several as one, and those that wait to be taken. Used by ``store`` and its subscribers."""

from collections.abc import Iterable
from dataclasses import dataclass

from proxyless.model.resource import Ref


@dataclass(slots=True, frozen=True)
class Change:
    """What one write changed; given to subscribers."""

    content: frozenset[Ref] = frozenset()
    """Objects that came, went, or say something else to rules."""
    status: frozenset[Ref] = frozenset()
    """Objects of which only ``status`` or the resourceVersion changed."""
    completeness: bool = False
    """Whether a kind became complete or stopped being so."""

    def __bool__(self) -> bool:
        return bool(self.content or self.status or self.completeness)

    def __add__(self, other: "Change") -> "Change":
        """Both, as one."""
        return Change(self.content | other.content, self.status | other.status, self.completeness or other.completeness)


class PendingChange:
    """Changes that wait to be taken together; adding one costs as much as it is large. Not safe for several threads."""

    def __init__(self, *, completeness: bool = False) -> None:
        self.content: set[Ref] = set()
        self.status: set[Ref] = set()
        self.completeness = completeness

    def __bool__(self) -> bool:
        return bool(self.content or self.status or self.completeness)

    def add(self, change: Change) -> None:
        """One more."""
        self.content |= change.content
        self.status |= change.status
        self.completeness |= change.completeness

    def whole(self) -> Change:
        """All of them as one."""
        return Change(frozenset(self.content), frozenset(self.status), self.completeness)


def joined(changes: Iterable[Change]) -> Change:
    """All of them as one."""
    parts = [change for change in changes if change]
    return Change(
        frozenset().union(*(part.content for part in parts)),
        frozenset().union(*(part.status for part in parts)),
        any(part.completeness for part in parts),
    )
