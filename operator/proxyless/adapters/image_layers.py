"""Yields the files of a folder, or of an image in a tar archive (docker save, OCI), as a container would see them.

Called by ``image_libraries``. Reads only; nothing is unpacked to disk. What a later layer deletes or replaces is told as
such, so that the caller forgets it.
"""

import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO

from proxyless.errors import InputError
from proxyless.model.record import NamedTuple

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


class LayerFile(NamedTuple):
    """A file of an image layer, or the mark that an earlier file at its path is deleted."""

    path: str
    """From the root, without a leading slash."""
    open: Callable[[], IO[bytes]]
    """To be read before the next entry is asked for."""
    gone: bool = False
    """Nothing is there any more: neither the file nor anything below it."""


def entries(place: Path) -> Iterator[LayerFile]:
    """Every file of a folder, of an image, or the one file that is neither.

    Raises:
        InputError: it cannot be read, or is an image in a form that is not known.
    """
    try:
        if place.is_dir():
            yield from _of_folder(place)
        elif tarfile.is_tarfile(place):
            with tarfile.open(place) as image:
                yield from _of_image(image, place)
        else:
            yield LayerFile(place.name, partial(_read, place))
    except (OSError, tarfile.TarError, EOFError) as error:
        why = getattr(error, "strerror", "") or error
        raise InputError(f"cannot be read: {why}", where=str(place)) from error


def _of_folder(place: Path) -> Iterator[LayerFile]:
    for folder, _, names in os.walk(place):
        for name in sorted(names):
            file = Path(folder, name)
            if file.is_file() and not file.is_symlink():
                yield LayerFile(str(file.relative_to(place)), partial(_read, file))


def _of_image(image: tarfile.TarFile, place: Path) -> Iterator[LayerFile]:
    names = {member.name.removeprefix("./"): member for member in image.getmembers() if member.isfile()}
    layers = list(_layers(image, names, place))
    if not layers:
        yield from _of_layer(image)  # the files themselves: an exported container
        return
    for name in layers:
        with _opened(image, names, name, place) as data:
            magic = data.read(4)
            data.seek(0)
            if magic == _ZSTD:
                raise InputError(f"layer {name} is compressed with zstd; save the image with gzip", where=str(place))
            with tarfile.open(fileobj=data, mode="r|gz" if magic.startswith(_GZIP) else "r|") as layer:
                yield from _of_layer(layer)


def _layers(image: tarfile.TarFile, names: dict[str, tarfile.TarInfo], place: Path) -> Iterator[str]:
    """Names of the layers in order, of the image's first platform."""

    def document(name: str) -> object:
        with _opened(image, names, name, place) as data:
            return json.load(data)

    if "manifest.json" in names:
        for item in _list(document("manifest.json"))[:1]:
            yield from map(str, _list(item.get("Layers")))
        return
    content = document("index.json") if "index.json" in names else None
    while isinstance(content, dict) and "manifests" in content:
        first = next(iter(_list(content["manifests"])), {})
        content = document(_blob(first))
    if isinstance(content, dict):
        yield from map(_blob, _list(content.get("layers")))


def _list(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else []


def _blob(entry: dict[str, object]) -> str:
    return "blobs/" + str(entry.get("digest")).replace(":", "/")


def _opened(image: tarfile.TarFile, names: dict[str, tarfile.TarInfo], name: str, place: Path) -> IO[bytes]:
    file = image.extractfile(names[name]) if name in names else None
    if file is None:
        raise InputError(f"the image lacks its part {name}; save it again", where=str(place))
    return file


def _of_layer(layer: tarfile.TarFile) -> Iterator[LayerFile]:
    for member in layer:
        path = member.name.removeprefix("./").lstrip("/")
        folder, _, name = path.rpartition("/")
        if name == _OPAQUE:
            yield LayerFile(folder, io.BytesIO, gone=True)
        elif name.startswith(_WHITEOUT):
            yield LayerFile(f"{folder}/{name.removeprefix(_WHITEOUT)}".lstrip("/"), io.BytesIO, gone=True)
        elif member.isfile():
            yield LayerFile(path, partial(_file, layer, member))


def _read(file: Path) -> IO[bytes]:
    return file.open("rb")


def _file(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    return archive.extractfile(member) or io.BytesIO()
