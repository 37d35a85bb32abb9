"""Finds the gRPC libraries in a program, a folder or an image, and their versions, by the traces that packages leave.

Called by ``proxyless version-of``. A trace is a build information (Go), a file or folder that a package manager names after
the release (Python, Java, Ruby, C++), or a package's own manifest (Node). What leaves none, as a C++ program with gRPC inside
or a jar whose classes were moved together, is not found: nothing is guessed.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from proxyless.adapters.go_build import build_of
from proxyless.adapters.image_layers import LayerFile, entries
from proxyless.errors import InputError
from proxyless.model.client import Client, Framework, Language
from proxyless.model.record import NamedTuple
from proxyless.model.version import Version

GRPC_GO = "google.golang.org/grpc"
KITEX = "github.com/cloudwego/kitex"
KITEX_XDS = "github.com/kitex-contrib/xds"
_EXECUTABLE = (b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_NODE = re.compile(r"(?:^|/)node_modules/@grpc/grpc-js(-xds)?/package\.json$")
_JAR = re.compile(r"(?:^|/)(grpc-xds|grpc-core|dubbo|dubbo-xds)-(\d[\w.+-]*)\.jar$")
_NAMED = (
    (Language.PYTHON, re.compile(r"(?:^|/)grpcio-(\d[^/]*)\.(?:dist-info/METADATA|egg-info/PKG-INFO)$")),
    (Language.RUBY, re.compile(r"(?:^|/)specifications/grpc-(\d[^/-]*)[^/]*\.gemspec$")),
    (Language.CPP, re.compile(r"(?:^|/)libgrpc\+\+\.so\.(\d+\.\d+\.\d+)$")),
)


class FoundLibrary(NamedTuple):
    """One library in one place."""

    client: Client
    place: str
    """Path of the trace."""
    trace: str
    """What said so."""
    xds: bool = True
    """Whether its xDS part is there, too; a program without it is no proxyless one."""


def libraries_in(place: Path) -> tuple[FoundLibrary, ...]:
    """All gRPC libraries that are found, each place once, in order of path.

    Raises:
        InputError: the place cannot be read.
    """
    found: dict[str, list[FoundLibrary]] = {}
    for entry in entries(place):
        if entry.gone:
            for path in [path for path in found if path == entry.path or path.startswith(f"{entry.path}/")]:
                del found[path]
            continue
        libraries = list(_of(entry))
        if libraries:
            found[entry.path] = libraries
        else:
            found.pop(entry.path, None)
    return _together([library for path in sorted(found) for library in found[path]])


def _together(libraries: list[FoundLibrary]) -> tuple[FoundLibrary, ...]:
    """Without the parts of a library that say nothing where its xDS part is told, too."""
    whole = {library.client.language for library in libraries if library.xds}
    return tuple(library for library in libraries if library.xds or library.client.language not in whole)


def _of(entry: LayerFile) -> Iterator[FoundLibrary]:
    for language, pattern in _NAMED:
        if match := pattern.search(entry.path):
            yield from _library(language, match[1], entry.path, "name of the package")
            return
    if match := _NODE.search(entry.path):
        try:
            with entry.open() as file:
                version = str(json.load(file)["version"])
        except (ValueError, KeyError, TypeError):
            return
        yield from _library(Language.NODE, version, entry.path, "package.json", xds=bool(match[1]))
    elif entry.path.endswith(".jar"):
        yield from _of_jar(entry)
    else:
        with entry.open() as file:
            head = file.read(4)
            data = head + file.read() if head.startswith(_EXECUTABLE) else b""
        yield from _of_go(data, entry.path)


def _of_go(data: bytes, path: str) -> Iterator[FoundLibrary]:
    build = build_of(data)
    if build is None:
        return
    if KITEX_XDS in build.modules and KITEX in build.modules:
        yield from _library(Language.GO, build.modules[KITEX], path, "build info", framework=Framework.KITEX)
    if GRPC_GO in build.modules:
        xds = f"{GRPC_GO}/xds.".encode() in data  # names of its functions: linked in, not merely in the module
        yield from _library(Language.GO, build.modules[GRPC_GO], path, f"build info of {build.go}", xds=xds)


def _of_jar(entry: LayerFile) -> Iterator[FoundLibrary]:
    """A jar by its name, or the jars inside it."""
    if match := _JAR.search(entry.path):
        yield from _java(match, entry.path)
        return
    try:
        with entry.open() as file, zipfile.ZipFile(io.BytesIO(file.read())) as jar:
            names = jar.namelist()
    except zipfile.BadZipFile:
        return
    for name in names:
        if match := _JAR.search(name):
            yield from _java(match, f"{entry.path}!/{name}")


def _java(match: re.Match[str], path: str) -> Iterator[FoundLibrary]:
    name = match[1]
    if name.startswith("grpc"):
        yield from _library(Language.JAVA, match[2], path, "name of the jar", xds=name == "grpc-xds")
    elif name == "dubbo":
        yield from _library(Language.JAVA, match[2], path, "name of the jar", framework=Framework.DUBBO)


def _library(
    language: Language,
    version: str,
    path: str,
    trace: str,
    *,
    framework: Framework = Framework.GRPC,
    xds: bool = True,
) -> Iterator[FoundLibrary]:
    try:
        yield FoundLibrary(Client(framework, language, Version.parse(version)), path, trace, xds)
    except InputError:
        return
