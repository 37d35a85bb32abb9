"""Makes a mesh with a difference as small as it gets: takes objects away, then fields, and asks istiod about each attempt.

All attempts of a round are put to istiod at once, each in a slot of its own; what can be left out one by one is then left out
together, or by halves where that loses the difference.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

from differential.compare import Difference
from differential.keep import Record
from differential.mesh import Mesh, Object

Differ = Callable[[Sequence[Mesh]], list[tuple[Record, list[Difference]]]]
"""Puts meshes to istiod and to the model."""
Part = tuple[int, tuple[str | int, ...]]
"""An object by its place, and the path of a field in it; an empty path is the whole object."""
_AT_ONCE = 60
_ROUNDS = 12
_KEPT = {"apiVersion", "kind", "metadata", "status"}


def shrink(mesh: Mesh, difference: Difference, differ: Differ) -> tuple[Record, list[Difference]] | None:
    """The smallest record found that has a difference of the same kind; None where it does not come again."""
    best = _asked([_about(mesh, difference), mesh], difference, differ)
    if best is None:
        return None
    for parts_of in (_objects, _fields):
        for _ in range(_ROUNDS):
            found = _round(best[0].mesh, parts_of(best[0].mesh), difference, differ)
            if found is None:
                break
            best = found
    return best


def _asked(meshes: Sequence[Mesh], difference: Difference, differ: Differ) -> tuple[Record, list[Difference]] | None:
    """The first of some meshes that has a difference of the kind."""
    for record, found in differ(meshes):
        if any(item.question.kind == difference.question.kind for item in found):
            return record, found
    return None


def _about(mesh: Mesh, difference: Difference) -> Mesh:
    """The mesh with nobody but the one whom the difference is about."""
    who = difference.question.who
    clients = tuple(item for item in mesh.clients if item.key == who)
    servers = tuple(item for item in mesh.servers if item.key == who)
    return Mesh(mesh.seed, mesh.objects, mesh.hosts, clients, servers, mesh.shorts)


def _round(
    mesh: Mesh, parts: Sequence[Part], difference: Difference, differ: Differ
) -> tuple[Record, list[Difference]] | None:
    """One step: which parts can go alone, then as many of them as can go together. None: none can."""
    alone: list[Part] = []
    one: tuple[Record, list[Difference]] | None = None
    for start in range(0, len(parts), _AT_ONCE):
        some = parts[start : start + _AT_ONCE]
        for part, (record, found) in zip(some, differ([without(mesh, [part]) for part in some]), strict=True):
            if any(item.question.kind == difference.question.kind for item in found):
                alone.append(part)
                one = one or (record, found)
    together = [half for half in _halves(alone) if len(half) > 1]
    return (_asked([without(mesh, half) for half in together], difference, differ) if together else None) or one


def _halves(parts: Sequence[Part]) -> list[Sequence[Part]]:
    """All, each half, each quarter: the largest first."""
    found: list[Sequence[Part]] = []
    size = len(parts)
    while size > 0 and len(found) < _AT_ONCE:
        found += [parts[start : start + size] for start in range(0, len(parts), size)]
        size = (size + 1) // 2 if size > 1 else 0
    return found[:_AT_ONCE]


def without(mesh: Mesh, parts: Sequence[Part]) -> Mesh:
    """The mesh without some parts. Later places go first, so that earlier ones stay what they are."""
    objects: list[tuple[int, Object] | None] = [(wave, copy.deepcopy(item)) for wave, item in mesh.objects]
    for place, path in sorted(
        parts, key=lambda part: (part[0], [str(step).zfill(4) for step in part[1]]), reverse=True
    ):
        entry = objects[place]
        if not path:
            objects[place] = None
        elif entry is not None:
            _drop(entry[1], path)
    return mesh.with_objects([entry for entry in objects if entry is not None])


def _drop(item: Any, path: tuple[str | int, ...]) -> None:
    for step in path[:-1]:
        try:
            item = item[step]
        except (KeyError, IndexError):
            return  # gone with what it was in
    try:
        del item[path[-1]]
    except (KeyError, IndexError):
        return


def _objects(mesh: Mesh) -> list[Part]:
    return [(place, ()) for place in range(len(mesh.objects))]


def _fields(mesh: Mesh) -> list[Part]:
    """Fields and list entries from the top down, at most four levels deep."""
    found: list[Part] = []
    for place, (_, item) in enumerate(mesh.objects):
        for key in item.keys() - _KEPT:
            found += [(place, path) for path in _paths(item[key], (key,), 4)]
    return sorted(found, key=lambda part: (len(part[1]), str(part)))


def _paths(value: Any, at: tuple[str | int, ...], depth: int) -> list[tuple[str | int, ...]]:
    if depth == 0:
        return []
    steps: list[Any] = (
        list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    )
    return [path for step in steps for path in ((*at, step), *_paths(value[step], (*at, step), depth - 1))]
