"""Files, folders and standard input to one Snapshot, with the texts that lines are found in.

Called by the command line. Reads only: nothing is written, no template is rendered. What cannot be read becomes a
problem that says what to do; everything else is still read. The order of what is read depends on names only.
"""

# ruff: noqa: PTH116, PTH118, PTH123, PTH208
# Names stay as the user wrote them; Path would turn ./a.yaml into a.yaml.

import os
import stat
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO, NamedTuple

from proxyless.adapters.manifests import read_text
from proxyless.errors import InputError
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot

STDIN = "-"
"""The path that stands for standard input."""
SUFFIXES = (".yaml", ".yml", ".json")
"""Names that are read where a folder is given; a file that is named itself may have any."""


class Reading(NamedTuple):
    """What a set of paths holds."""

    snapshot: Snapshot
    texts: dict[str, str]
    """Text by file, as named in each Origin."""
    problems: tuple[InputError, ...]
    remarks: tuple[InputError, ...]
    """What kubectl reads without a word and the author should know."""
    repeated: tuple[tuple[Resource, Resource], ...]
    """Objects given more than once, each with the later one that counts."""
    files: int
    """Files that were opened and are text."""
    total: int
    """Objects and unreadable documents in them."""
    ignored: int
    """Objects of kinds that are not ours to judge, and documents of files in folders that are no objects."""
    templates: int
    """Documents of files in folders that are templates of Helm."""


def read_paths(paths: Iterable[str], *, default_namespace: str = "default", stdin: BinaryIO | None = None) -> Reading:
    """Read everything that the paths name.

    Args:
        paths: files, folders (``*.yaml``, ``*.yml`` and ``*.json`` below them, hidden names left out), ``-``.
        default_namespace: namespace of objects that name none.
        stdin: where ``-`` is read from.
    """
    resources: list[Resource] = []
    problems: list[InputError] = []
    texts: dict[str, str] = {}
    remarks: list[InputError] = []
    total = ignored = templates = 0
    for name, named in _files(paths, problems):
        try:
            texts[name] = text = _text(name, stdin)
        except InputError as error:
            problems.append(error)
            continue
        found = read_text(text, name, default_namespace=default_namespace, strict=named)
        resources.extend(found.resources)
        problems.extend(found.problems)
        remarks.extend(found.remarks)
        total += found.total
        ignored += found.ignored
        templates += found.templates
    snapshot = Snapshot(resources)
    return Reading(
        snapshot,
        texts,
        tuple(problems),
        tuple(remarks),
        tuple(_repeated(resources, snapshot)),
        len(texts),
        total,
        ignored,
        templates,
    )


def _files(paths: Iterable[str], problems: list[InputError]) -> Iterator[tuple[str, bool]]:
    """Each file once, in order, and whether it was named itself."""
    seen: set[tuple[int, int]] = set()
    for path in paths:
        if path == STDIN:
            if (0, 0) not in seen:
                seen.add((0, 0))
                yield STDIN, True
            continue
        try:
            status = os.stat(path)
        except (OSError, ValueError) as error:
            problems.append(_unreadable(path, error))
            continue
        if stat.S_ISDIR(status.st_mode):
            for name in _walk(path, seen, problems):
                yield name, False
        elif _first(status, seen):
            yield path, True


def _walk(folder: str, seen: set[tuple[int, int]], problems: list[InputError]) -> Iterator[str]:
    """Manifests below a folder, sorted; links are followed, but nothing is entered twice."""
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            if not _first(os.stat(path), seen):
                continue
            names = sorted(name for name in os.listdir(path) if not name.startswith("."))
        except OSError as error:
            problems.append(_unreadable(path, error))
            continue
        folders = []
        for name in names:
            child = os.path.join(path, name)
            try:
                status = os.stat(child)
            except OSError as error:
                if name.endswith(SUFFIXES):
                    problems.append(_unreadable(child, error))
                continue
            if stat.S_ISDIR(status.st_mode):
                folders.append(child)
            elif name.endswith(SUFFIXES) and stat.S_ISREG(status.st_mode) and _first(status, seen):
                yield child
        waiting.extend(reversed(folders))


def _first(status: os.stat_result, seen: set[tuple[int, int]]) -> bool:
    key = (status.st_dev, status.st_ino)
    if key in seen:
        return False
    seen.add(key)
    return True


def _text(name: str, stdin: BinaryIO | None) -> str:
    try:
        if name == STDIN:
            data = stdin.read() if stdin is not None else b""
        else:
            with open(name, "rb") as file:
                data = file.read()
    except OSError as error:
        raise _unreadable(name, error) from error
    encoding = "utf-16" if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig"  # as kubectl does it
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise InputError(
            f"not {encoding.removesuffix('-sig').upper()} text (byte 0x{data[error.start]:02x}); save the file as UTF-8",
            where=name,
            line=line,
            column=column,
        ) from error


def _unreadable(path: str, error: Exception) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError("no such file or folder; check the path", where=path)
    if isinstance(error, PermissionError):
        return InputError("cannot be read: permission denied; check who may read it", where=path)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return InputError(f"cannot be read: {reason}; check the path", where=path)


def _repeated(resources: Sequence[Resource], snapshot: Snapshot) -> Iterator[tuple[Resource, Resource]]:
    if len(snapshot) == len(resources):  # as nearly always
        return
    last: dict[Ref, Resource] = {}
    for item in resources:
        before = last.get(item.ref)
        if before is not None:
            yield before, item
        last[item.ref] = item
