"""Walks the folders that are named and sorts what it finds: manifests, Helm charts, kustomizations, and what is left out.

Called by ``files``. Looks at names only, but for ``.gitignore``; links are followed, and nothing is entered twice.
"""

# ruff: noqa: PTH100, PTH116, PTH118, PTH208
# Names stay as the user wrote them; Path would turn ./a.yaml into a.yaml.

import os
import stat
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from proxyless.errors import InputError
from proxyless.model.record import NamedTuple

if TYPE_CHECKING:
    from proxyless.adapters.ignore import Ignore

STDIN = "-"
"""The path that stands for standard input."""
SUFFIXES = (".yaml", ".yml", ".json")
"""Names that are read where a folder is given; a file that is named itself may have any."""
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
CHART = "Chart.yaml"
SETTINGS = ("proxyless.yaml", "proxyless.yml")
"""Our own configuration, which is no manifest; not read where a folder is given."""


class FoundPath(NamedTuple):
    """A file or folder, and whether the user named it."""

    path: str
    named: bool
    """Whether it was named itself, so that what cannot be read of it is an error."""


class FolderContents:
    """All that a set of paths leads to, in order: as named, by names below a folder."""

    def __init__(self) -> None:
        self.files: list[FoundPath] = []
        self.charts: list[FoundPath] = []
        """Folders with a ``Chart.yaml`` beside ``templates``; nothing below them is among the files."""
        self.kustomizations: list[FoundPath] = []
        """Files that say how a folder is built."""
        self.problems: list[InputError] = []
        self.excluded = 0
        """Files and folders that ``--exclude`` or a ``.gitignore`` leaves out."""
        self._seen: set[tuple[int, int]] = set()

    def first(self, status: os.stat_result) -> bool:
        """Whether a file or folder is visited for the first time; remembers it."""
        key = (status.st_dev, status.st_ino)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


def find(
    paths: Iterable[str], exclude: Sequence[str] = (), configured: tuple[str, Sequence[str]] | None = None
) -> FolderContents:
    """Walk over everything that is named; ``configured`` are patterns of a configuration and its folder."""
    found = FolderContents()
    stdin = False
    for path in paths:
        if path == STDIN:
            if not stdin:
                found.files.append(FoundPath(STDIN, named=True))
            stdin = True
            continue
        try:
            status = os.stat(path)
        except (OSError, ValueError) as error:
            found.problems.append(unreadable(path, error))
            continue
        if stat.S_ISDIR(status.st_mode):
            from proxyless.adapters.ignore import Ignore  # noqa: PLC0415  files alone need none

            _walk(path, found, Ignore.for_folder(path, exclude, configured))
        elif found.first(status):
            kustomization = os.path.basename(path) in KUSTOMIZATIONS  # noqa: PTH119
            (found.kustomizations if kustomization else found.files).append(FoundPath(path, named=True))
    return found


def _walk(top: str, found: FolderContents, ignore: "Ignore") -> None:
    waiting = [(top, ignore)]
    while waiting:
        folder, ignore = waiting.pop()
        try:
            if not found.first(os.stat(folder)):
                continue
            names = sorted(os.listdir(folder))
        except OSError as error:
            found.problems.append(unreadable(folder, error))
            continue
        if CHART in names and "templates" in names:
            found.charts.append(FoundPath(folder, named=folder == top))
            continue
        if ".gitignore" in names:
            ignore = ignore.inside(folder)
        kustomization = next((name for name in KUSTOMIZATIONS if name in names), None)
        if kustomization:
            found.kustomizations.append(FoundPath(os.path.join(folder, kustomization), named=folder == top))
        inside = _entries(folder, [name for name in names if name[0] != "." and name != kustomization], found, ignore)
        waiting.extend((child, ignore) for child in reversed(inside))


def _entries(folder: str, names: Sequence[str], found: FolderContents, ignore: "Ignore") -> list[str]:
    """Take a folder's files; returns the folders in it."""
    folders = []
    whole = os.path.abspath(folder)
    for name in names:
        child, path = os.path.join(folder, name), f"{whole}/{name}"
        manifest = name.endswith(SUFFIXES) and name not in SETTINGS
        try:
            status = os.stat(child)
        except OSError as error:
            if manifest and not ignore.leaves_out(path, folder=False):
                found.problems.append(unreadable(child, error))
            continue
        if stat.S_ISDIR(status.st_mode):
            if ignore.leaves_out(path, folder=True):
                found.excluded += 1
            else:
                folders.append(child)
        elif manifest and stat.S_ISREG(status.st_mode):
            if ignore.leaves_out(path, folder=False):
                found.excluded += 1
            elif found.first(status):
                found.files.append(FoundPath(child, named=False))
    return folders


def unreadable(path: str, error: Exception) -> InputError:
    """The error for a path that cannot be opened."""
    if isinstance(error, FileNotFoundError):
        return InputError("no such file or folder; check the path", where=path)
    if isinstance(error, PermissionError):
        return InputError("cannot be read: permission denied; check who may read it", where=path)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputError(f"cannot be read: {reason}; check the path", where=path)
