"""Reads kustomization files: which of them are built, which bases they use, and which files they name that are no objects (patches).

Called by ``files`` with those that a walk met. Reads their files; ``render`` builds them.
"""

# ruff: noqa: PTH110, PTH112, PTH113, PTH118, PTH120, PTH123
# Names stay as the user wrote them.

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from proxyless.adapters.folders import KUSTOMIZATIONS, FoundPath
from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple
from proxyless.model.resource import mapping, sequence
from proxyless.yamltext.error import YamlError
from proxyless.yamltext.load import load

_REMOTE = pattern(r"://|^git@|^git::|\?(?:ref|version)=|^(?:github|gitlab|bitbucket)\.\w+[/:]")
_PLAIN = frozenset(("apiVersion", "kind", "metadata", "resources", "bases"))
"""Keys of a kustomization that changes nothing of what it lists."""
_FETCHES = ("helmCharts", "helmChartInflationGenerator")
"""Keys that make kustomize fetch charts, which it does not do unless it is told to."""
_LONGEST_NAME = 400


class Kustomization(NamedTuple):
    """One kustomization file."""

    file: str
    named: bool
    """Whether its folder, or the file, was named itself."""
    resources: tuple[str, ...] = ()
    """Files of objects that it lists."""
    folders: tuple[str, ...] = ()
    """Folders that it rests on: bases and components."""
    remote: tuple[str, ...] = ()
    """What it would fetch."""
    claimed: frozenset[str] = frozenset()
    """Real paths of all files that it names: objects, patches, values."""
    changes: bool = True
    """Whether it does more than to list objects."""
    component: bool = False
    """Built as a part of others alone."""

    @property
    def folder(self) -> str:
        """Where it stands."""
        return os.path.dirname(self.file) or os.curdir


def read(place: FoundPath) -> Kustomization:
    """Reads one file. An unreadable one lists nothing; building it then reports the error."""
    made = Kustomization(place.path, place.named)
    try:
        with open(place.path, encoding="utf-8-sig") as file:
            body = mapping(load(file.read()))
    except (OSError, UnicodeError, YamlError):
        return made
    listed = [
        entry
        for key in ("resources", "bases", "components")
        for entry in sequence(body.get(key))
        if isinstance(entry, str)
    ]
    paths = [os.path.normpath(os.path.join(made.folder, entry)) for entry in listed]
    return made._replace(
        resources=tuple(path for path in paths if os.path.isfile(path)),
        folders=tuple(path for path in paths if os.path.isdir(path)),
        remote=(
            *(
                entry
                for entry, path in zip(listed, paths, strict=True)
                if _REMOTE.search(entry) and not os.path.exists(path)
            ),
            *(key for key in _FETCHES if key in body),
        ),
        claimed=frozenset(_named_files(body, made.folder)),
        changes=not _PLAIN.issuperset(body),
        component=body.get("kind") == "Component",
    )


def _named_files(value: Any, folder: str) -> Iterator[str]:
    """Real paths of the files that a kustomization names anywhere, ``key=file`` of its generators included."""
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _named_files(inner, folder)
    elif isinstance(value, str) and "\n" not in value and 0 < len(value) < _LONGEST_NAME:
        for name in (value, value.partition("=")[2]):
            path = os.path.join(folder, name)
            if name and os.path.isfile(path):
                yield os.path.realpath(path)


def roots(found: Sequence[Kustomization]) -> list[Kustomization]:
    """Kustomizations to build: no other one uses them, or the user named them; of a circle, the first."""
    below = {os.path.realpath(folder) for item in found for folder in item.folders}
    whole = [item for item in found if not item.component]
    chosen = [item for item in whole if item.named or os.path.realpath(item.folder) not in below]
    reached = {one.file for item in chosen for one in with_bases(item, found)}
    for item in whole:
        if item.file not in reached:
            chosen.append(item)
            reached.update(one.file for one in with_bases(item, found))
    return chosen


def with_bases(item: Kustomization, known: Iterable[Kustomization] = ()) -> list[Kustomization]:
    """A kustomization and all its bases and components."""
    by_folder = {os.path.realpath(one.folder): one for one in known}
    done: dict[str, Kustomization] = {}
    waiting = [item]
    while waiting:
        one = waiting.pop()
        place = os.path.realpath(one.folder)
        if place in done:
            continue
        done[place] = one
        for folder in one.folders:
            base = by_folder.get(os.path.realpath(folder)) or _in(folder)
            if base is not None:
                waiting.append(base)
    return list(done.values())


def _in(folder: str) -> Kustomization | None:
    for name in KUSTOMIZATIONS:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return read(FoundPath(path, named=False))
    return None
