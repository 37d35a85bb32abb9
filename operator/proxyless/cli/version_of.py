"""``proxyless version-of PATH``: the gRPC libraries in a program, a source tree, a folder or an image, and what to write of them.

A cluster does not show what is inside an image; a build can. Its answer goes into ``--client`` of lint, the annotations of a
pod, or a ProxylessPolicy.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from proxyless.adapters.image_libraries import FoundLibrary, libraries_in
from proxyless.adapters.source_libraries import source_libraries_in
from proxyless.cli import exits
from proxyless.errors import InputError
from proxyless.model.client import Framework
from proxyless.report.wording import clean


def arguments(parser: ArgumentParser) -> None:
    """Where to look."""
    parser.add_argument(
        "path",
        nargs="+",
        type=Path,
        help="program, folder (a source tree or a root file system), jar, or image (docker save, OCI)",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def run(parser: ArgumentParser, argv: Sequence[str]) -> int:
    """Print what is found; 3 where nothing is."""
    given = parser.parse_args(argv)
    found: list[tuple[Path, FoundLibrary]] = []
    code = exits.CLEAN
    for path in given.path:
        try:
            found += [(path, library) for library in all_libraries_in(path)]
        except InputError as error:
            print(f"proxyless: error: {error}", file=sys.stderr)
            code = exits.USAGE
    if given.format == "json":
        print(json.dumps([_plain(path, library) for path, library in found], indent=2))
    else:
        for path, library in found:
            print(_line(path, library))
    if not found and code == exits.CLEAN:
        print("no gRPC library found there; state language and version by hand", file=sys.stderr)
        return exits.NOTHING_READ
    return code


def all_libraries_in(path: Path) -> tuple[FoundLibrary, ...]:
    """Libraries of what was built, and in a folder those that its sources ask for.

    Raises:
        InputError: it cannot be read.
    """
    built = libraries_in(path)
    return (*built, *source_libraries_in(path)) if path.is_dir() else built


def name_of(library: FoundLibrary) -> str:
    """As ``--client`` takes it, ``go=1.66.3``."""
    client = library.client
    language = client.language.value if client.language else ""
    name = {Framework.GRPC: language, Framework.DUBBO: f"dubbo-{language}", Framework.KITEX: "kitex"}[client.framework]
    return f"{name}={client.version}" if client.version is not None else name


def _line(path: Path, library: FoundLibrary) -> str:
    lacks = "" if library.xds else "; without its xDS part"
    return clean(f"{name_of(library)}  {path}: {library.place} ({library.trace}{lacks})")


def _plain(path: Path, library: FoundLibrary) -> dict[str, object]:
    client = library.client
    annotations = {"proxyless.dev/framework": client.framework.value}
    if client.language is not None:
        annotations["proxyless.dev/language"] = client.language.value
    if client.version is not None:
        annotations["proxyless.dev/grpc-version"] = str(client.version)
    return {
        "client": name_of(library),
        "xds": library.xds,
        "file": str(path),
        "place": library.place,
        "trace": library.trace,
        "annotations": annotations,
    }
