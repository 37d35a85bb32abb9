"""Splits objects into meshes: copies of one object that differ cannot be in effect together, so each is judged in a mesh of its own.

Called by ``files`` where objects are given twice. Does no I/O. Folders and built kustomizations whose objects contradict each other (clusters, overlays)
become meshes; what contradicts nothing belongs to each of them. Copies in one folder are kept apart by file, and in one file
by their order.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from proxyless.adapters.reading import Copy, Held, MeshObjects
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot

MOST = 20
"""Meshes in which the objects that belong to all are judged; in further ones only the copies are."""


def meshes_of(objects: Sequence[Held], tops: Sequence[str] | None = None) -> tuple[MeshObjects, ...]:
    """The meshes of all objects that were read; one where no two copies contradict each other.

    Args:
        objects: in the order in which they were read.
        tops: folders right below which each folder is a mesh of its own; None: only copies are kept apart.
    """
    if tops is None:
        return _apart(objects)
    shared: list[Held] = []
    own: defaultdict[str, list[Held]] = defaultdict(list)
    for held in objects:
        key = _below(held.file, tops)
        (own[key] if key else shared).append(held)
    return tuple(mesh for inside in own.values() or [()] for mesh in _apart([*shared, *inside]))


def _below(file: str, tops: Sequence[str]) -> str:
    """The folder right below a top one in which a file stands, empty where it stands right in one, or in none."""
    for top in tops:
        head = top.rstrip("/") + "/"
        if file.startswith(head) and "/" in file[len(head) :]:
            return head + file[len(head) :].partition("/")[0]
    return ""


def copies_of(objects: Sequence[Held]) -> tuple[Copy, ...]:
    """Objects that files hold more than once; built ones are left out, since overlays are meant to be copies."""
    first: dict[Ref, Resource] = {}
    return tuple(
        Copy(before, item, alike=before.body == item.body)
        for held in objects
        if not held.built
        for item in held.items
        if (before := first.setdefault(item.ref, item)) is not item
    )


def _apart(objects: Sequence[Held]) -> tuple[MeshObjects, ...]:
    items = [item for held in objects for item in held.items]
    whole = Snapshot(items)
    contested = _contested(items)
    if not contested:
        return (MeshObjects(whole, whole),)
    shared: list[Resource] = []
    meshes: list[dict[Ref, Resource]] = []
    for unit in _units(objects):
        if contested.isdisjoint(item.ref for item in unit):
            shared += unit
            continue
        place = next(
            (mesh for mesh in meshes if all(_fits(item, mesh) for item in unit if item.ref in contested)), None
        )
        if place is None:
            meshes.append(place := {})
        place.update((item.ref, item) for item in unit)
    found = []
    for number, mesh in enumerate(meshes):
        snapshot = Snapshot([*shared, *mesh.values()])
        found.append(MeshObjects(snapshot, snapshot if number < MOST else Snapshot(mesh.values())))
    return tuple(found)


def _contested(items: Iterable[Resource]) -> frozenset[Ref]:
    """Objects of which copies differ."""
    first: dict[Ref, Resource] = {}
    return frozenset(item.ref for item in items if first.setdefault(item.ref, item).body != item.body)


def _fits(item: Resource, mesh: dict[Ref, Resource]) -> bool:
    return item.ref not in mesh or mesh[item.ref].body == item.body


def _units(objects: Sequence[Held]) -> list[list[Resource]]:
    """What stands together: what was built, or a folder. A folder that contradicts itself stands together once for each file,
    and for copies in one file once for each of them, with the first copies of everything else.
    """
    folders: defaultdict[str, list[Held]] = defaultdict(list)
    for held in objects:
        folders[held.unit].append(held)
    units: list[list[Resource]] = []
    for inside in folders.values():
        items = [item for held in inside for item in held.items]
        contested = _contested(items)
        units.append([item for item in items if item.ref not in contested])
        first = {item.ref: item for item in reversed(items) if item.ref in contested}
        units += [
            list((first | {item.ref: item for item in turn}).values())
            for held in inside
            for turn in _in_turn([item for item in held.items if item.ref in contested])
        ]
    return units


def _in_turn(items: Sequence[Resource]) -> list[list[Resource]]:
    """The first copies of all, the second ones, and so on."""
    turns: list[list[Resource]] = []
    seen: Counter[Ref] = Counter()
    for item in items:
        if seen[item.ref] == len(turns):
            turns.append([])
        turns[seen[item.ref]].append(item)
        seen[item.ref] += 1
    return turns
