"""RFC 6902 operations, built directly against the raw pod. Nothing here knows what a pod means.

A concern says what it wants (``put`` a member, ``append`` to a list); the builder knows what the raw document holds and
answers with the operations that make it so: parents that are missing or null are created once, ``replace`` is used where
a value stands, and a member that already has the wanted value costs nothing. Indexes always mean the raw document:
operations that shift a list come last, those deep inside a list before those on the list itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

Path = tuple[str | int, ...]
Operation = dict[str, Any]


@dataclass(slots=True)
class _Mapping:
    """A mapping of the document that somebody wants a member in."""

    pointer: str
    """JSON pointer (RFC 6901) with a slash at its end."""
    members: dict[str, Any]
    """What it holds: the raw document's, or those that this patch gives it."""
    made: bool
    """Whether this patch creates it; then its members are part of that operation."""


class Patch:
    """Collects operations against one raw document, which is read and never changed."""

    __slots__ = ("_appends", "_mappings", "_prepends", "_raw", "_removes", "_sets")

    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw = raw
        self._mappings: dict[Path, _Mapping] = {(): _Mapping("/", raw, made=False)}
        self._sets: list[Operation] = []
        self._removes: list[tuple[Path, int]] = []
        self._prepends: dict[Path, list[Any]] = {}
        self._appends: dict[Path, list[Any]] = {}

    def put(self, path: Path, key: str, value: Any) -> None:
        """Wants member ``key`` of the mapping at ``path`` to be ``value``; at most once for each member.

        The value becomes part of the patch: it must not be an object of the pod.
        """
        holder = self._mappings.get(path) or self._mapping(path)
        if holder.made:
            holder.members[key] = value
        elif key not in holder.members:
            self._sets.append({"op": "add", "path": holder.pointer + _escaped(key), "value": value})
        elif holder.members[key] != value:
            self._sets.append({"op": "replace", "path": holder.pointer + _escaped(key), "value": value})

    def drop(self, path: Path, key: str) -> None:
        """Wants the mapping at ``path`` to have no member ``key``, which the raw document must hold."""
        self._sets.append({"op": "remove", "path": _pointer((*path, key))})

    def remove(self, path: Path, index: int) -> None:
        """Wants item ``index`` (of the raw document) out of the list at ``path``."""
        self._removes.append((path, index))

    def prepend(self, path: Path, items: Iterable[Any]) -> None:
        """Wants items at the front of the list at ``path``, in their order, before those of earlier calls."""
        wanted = list(items)
        if wanted:
            self._prepends[path] = wanted + self._prepends.get(path, [])

    def append(self, path: Path, items: Iterable[Any]) -> None:
        """Wants items at the end of the list at ``path``, in their order."""
        wanted = list(items)
        if wanted:
            self._appends.setdefault(path, []).extend(wanted)

    def operations(self) -> list[Operation]:
        """The operations, in an order in which each finds what it needs; to be asked for once."""
        shifts: list[tuple[int, int, int, list[Operation]]] = []
        for path, index in self._removes:
            shifts.append((-len(path), 0, -index, [{"op": "remove", "path": _pointer((*path, index))}]))
        for path in {**self._prepends, **self._appends}:
            front, back = self._prepends.get(path, []), self._appends.get(path, [])
            if isinstance(self._at(path), list):
                where = _pointer(path)
                added = [
                    {"op": "add", "path": f"{where}/{position}", "value": item} for position, item in enumerate(front)
                ]
                added += [{"op": "add", "path": f"{where}/-", "value": item} for item in back]
                shifts.append((-len(path), 1, 0, added))
            else:
                self.put(path[:-1], str(path[-1]), front + back)
        shifts.sort(key=lambda shift: shift[:3])
        return self._sets + [operation for shift in shifts for operation in shift[3]]

    def _mapping(self, path: Path) -> _Mapping:
        """The mapping at ``path``, made where the raw document has none."""
        standing = self._at(path)
        made = not isinstance(standing, dict)
        members = {} if made else standing
        if made:
            self.put(path[:-1], str(path[-1]), members)
        found = _Mapping(_pointer(path) + "/", members, made)
        self._mappings[path] = found
        return found

    def _at(self, path: Path) -> Any:
        value: Any = self._raw
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value


@lru_cache(1024)
def _pointer(path: Path) -> str:
    """JSON pointer of a path (RFC 6901)."""
    return "".join(f"/{step}" if isinstance(step, int) else "/" + _escaped(step) for step in path)


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1") if "/" in step or "~" in step else step
