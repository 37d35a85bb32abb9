"""Finds the gRPC libraries that a source tree asks for, by the manifests and lock files of its package managers.

Called by ``proxyless version-of`` and ``lint --client-from``, beside ``image_libraries``, which looks into what was built. A lock file gives the
release; a range, as package.json has it, gives the language alone. Nothing is resolved or downloaded.
"""

import os
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator
from pathlib import Path

from proxyless.adapters.image_libraries import GRPC_GO, KITEX, FoundLibrary
from proxyless.errors import InputError
from proxyless.model.client import Client, Framework, Language
from proxyless.model.record import NamedTuple
from proxyless.model.version import Version

_SKIPPED = frozenset({".git", "node_modules", "vendor", "venv", ".venv", "target", "build", "dist", "site-packages"})
_LONGEST = 50_000_000
"""Bytes of a file that is read; lock files of large repositories have some."""
_RELEASE = r"v?(\d+(?:\.\d+){1,3})"


class _Asked(NamedTuple):
    """A library as a file names it."""

    language: Language
    release: str = ""
    """Empty: a range, or a name for it that stands elsewhere."""
    xds: bool = True
    framework: Framework = Framework.GRPC


def source_libraries_in(folder: Path) -> tuple[FoundLibrary, ...]:
    """Libraries of all projects below a folder, in order of path; a manifest beside its lock file is not asked.

    Raises:
        InputError: the folder cannot be read.
    """
    found: list[FoundLibrary] = []
    for here, folders, files in os.walk(folder, onerror=_cannot):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED)
        for name in sorted(files):
            reader = _reader(name)
            if reader is None or any(lock in files for lock in _LOCKS.get(name, ())):
                continue
            path = Path(here, name)
            text = _text(path)
            found += (
                _library(item, path.relative_to(folder), name) for item in dict.fromkeys(reader(text, path.parent))
            )
    return tuple(found)


def _cannot(error: OSError) -> None:
    raise InputError(f"cannot be read: {error.strerror}", where=str(error.filename)) from error


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST)
    except OSError:
        return ""  # a broken link, or a socket by that name
    wide = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))  # as PowerShell writes the output of pip freeze
    text = data.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _library(item: _Asked, path: Path, name: str) -> FoundLibrary:
    try:
        version = Version.parse(item.release) if item.release else None
    except InputError:
        version = None
    trace = name if version else f"{name}, no exact release"
    return FoundLibrary(Client(item.framework, item.language, version), str(path), trace, item.xds)


def _go(text: str, folder: Path) -> Iterator[_Asked]:
    modules = dict(re.findall(rf"^\s*(?:require\s+)?(\S+)\s+{_RELEASE}", text, re.MULTILINE))
    replaced = re.findall(rf"^\s*(?:replace\s+)?(\S+)(?:\s+v\S+)?\s+=>\s+\S+\s+{_RELEASE}", text, re.MULTILINE)
    modules |= {name: release for name, release in replaced if name in modules}
    if KITEX in modules:
        yield _Asked(Language.GO, modules[KITEX], framework=Framework.KITEX)
    if GRPC_GO in modules:
        yield _Asked(Language.GO, modules[GRPC_GO], xds=_imports(folder, f'"{GRPC_GO}/xds'))


def _imports(folder: Path, word: str) -> bool:
    """Whether a Go file of a module names a package."""
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        if any(word in _text(Path(here, name)) for name in files if name.endswith(".go")):
            return True
    return False


def _requirements(text: str, _: Path) -> Iterator[_Asked]:
    for release in re.findall(
        r"^\s*grpcio(?:\[[^\]]*\])?\s*(?:==\s*([\d.]+))?(?=[\s;#<>=!~,]|\Z)", text, re.MULTILINE | re.IGNORECASE
    ):
        yield _Asked(Language.PYTHON, release)


def _pyproject(text: str, _: Path) -> Iterator[_Asked]:
    if found := re.search(
        r"[\"']grpcio(?:\[[^\]]*\])?\s*(?:==\s*([\d.]+))?[\"';<>=!~ ,]|^grpcio\s*=", text, re.MULTILINE
    ):
        yield _Asked(Language.PYTHON, found[1] or "")


def _toml_lock(package: str, language: Language, *, xds: bool = True) -> Callable[[str, Path], Iterator[_Asked]]:
    pattern = re.compile(rf'^name\s*=\s*"{package}"\s*\n(?:(?!\[).*\n)*?version\s*=\s*"{_RELEASE}', re.MULTILINE)

    def read(text: str, _: Path) -> Iterator[_Asked]:
        for release in pattern.findall(text):
            yield _Asked(language, release, xds)

    return read


def _pipfile_lock(text: str, _: Path) -> Iterator[_Asked]:
    if found := re.search(rf'"grpcio"\s*:\s*\{{[^}}]*"version"\s*:\s*"=={_RELEASE}', text):
        yield _Asked(Language.PYTHON, found[1])


def _java(text: str, _: Path) -> Iterator[_Asked]:
    """Maven and Gradle: releases as they are written, or as a property names them."""
    named = dict(re.findall(rf"<([\w.-]+)>{_RELEASE}[^<]*</\1>", text))
    named |= dict(re.findall(rf"^\s*(?:def\s+|val\s+|ext\.)?([\w.-]+)\s*=\s*[\"']{_RELEASE}[\"']", text, re.MULTILINE))
    parts: dict[str, str] = {}
    maven = r"<groupId>io\.grpc</groupId>\s*<artifactId>(grpc-[\w-]+)</artifactId>(?:\s*<version>([^<]*)</version>)?"
    gradle = r"io\.grpc:(grpc-[\w-]+)(?::([^\"'\s=)]+))?"
    catalog = r"(?:module\s*=\s*\"io\.grpc:|group\s*=\s*\"io\.grpc\",\s*name\s*=\s*\")(grpc-[\w-]+)\",\s*version(?:\.ref)?\s*=\s*\"([^\"]+)"
    for pattern in (catalog, maven, gradle):
        for name, written in re.findall(pattern, text):
            word = re.sub(r"[${}]", "", written).removeprefix("rootProject.").removeprefix("ext.")
            release = word if re.fullmatch(_RELEASE, word) else named.get(word, "")
            parts[name] = parts.get(name) or release
    if parts:
        release = next(filter(None, (parts.get(name, "") for name in ("grpc-xds", "grpc-bom", "grpc-core"))), "")
        yield _Asked(Language.JAVA, release or next(filter(None, parts.values()), ""), "grpc-xds" in parts)
    if found := re.search(
        rf"<groupId>org\.apache\.dubbo</groupId>\s*<artifactId>dubbo</artifactId>\s*<version>{_RELEASE}|org\.apache\.dubbo:dubbo:{_RELEASE}",
        text,
    ):
        yield _Asked(Language.JAVA, found[1] or found[2], framework=Framework.DUBBO)


def _node_lock(text: str, _: Path) -> Iterator[_Asked]:
    """npm, yarn and pnpm."""
    patterns = (
        rf'node_modules/@grpc/grpc-js(-xds)?"\s*:\s*\{{\s*"version"\s*:\s*"{_RELEASE}',
        rf'"?@grpc/grpc-js(-xds)?@[^\n]*:\n\s+version:?\s+"?{_RELEASE}',
        rf"^\s*'?/?@grpc/grpc-js(-xds)?[@/]{_RELEASE}",
        rf'"@grpc/grpc-js(-xds)?"\s*:\s*\{{\s*"version"\s*:\s*"{_RELEASE}',
    )
    found = {part: release for pattern in patterns for part, release in re.findall(pattern, text, re.MULTILINE)}
    if found:
        yield _Asked(Language.NODE, found.get("-xds") or found[""], "-xds" in found)


def _package_json(text: str, _: Path) -> Iterator[_Asked]:
    found = dict(re.findall(r'"@grpc/grpc-js(-xds)?"\s*:\s*"([^"]*)"', text))
    if found:
        written = found.get("-xds") or found.get("") or ""
        yield _Asked(Language.NODE, written if re.fullmatch(_RELEASE, written) else "", "-xds" in found)


def _gemfile_lock(text: str, _: Path) -> Iterator[_Asked]:
    if found := re.search(rf"^    grpc \({_RELEASE}", text, re.MULTILINE):
        yield _Asked(Language.RUBY, found[1])


def _composer_lock(text: str, _: Path) -> Iterator[_Asked]:
    if found := re.search(rf'"name"\s*:\s*"grpc/grpc",\s*"version"\s*:\s*"{_RELEASE}', text):
        yield _Asked(Language.PHP, found[1])


def _cargo(text: str, _: Path) -> Iterator[_Asked]:
    if found := re.search(
        rf'^tonic\s*=\s*(?:"(=?{_RELEASE})"|\{{[^}}\n]*version\s*=\s*"(=?{_RELEASE})")', text, re.MULTILINE
    ):
        written = found[1] or found[3]
        yield _Asked(Language.RUST, written.removeprefix("=") if written.startswith("=") else "", xds=False)


def _csproj(text: str, _: Path) -> Iterator[_Asked]:
    if found := re.search(rf'Include="Grpc\.(?:Net\.Client|AspNetCore)"\s+Version="{_RELEASE}"', text):
        yield _Asked(Language.DOTNET, found[1], xds=False)


_READERS: dict[str, Callable[[str, Path], Iterator[_Asked]]] = {
    "go.mod": _go,
    "pyproject.toml": _pyproject,
    "poetry.lock": _toml_lock("grpcio", Language.PYTHON),
    "uv.lock": _toml_lock("grpcio", Language.PYTHON),
    "pdm.lock": _toml_lock("grpcio", Language.PYTHON),
    "pylock.toml": _toml_lock("grpcio", Language.PYTHON),
    "Pipfile.lock": _pipfile_lock,
    "pom.xml": _java,
    "build.gradle": _java,
    "build.gradle.kts": _java,
    "gradle.lockfile": _java,
    "libs.versions.toml": _java,
    "package-lock.json": _node_lock,
    "npm-shrinkwrap.json": _node_lock,
    "yarn.lock": _node_lock,
    "pnpm-lock.yaml": _node_lock,
    "package.json": _package_json,
    "Gemfile.lock": _gemfile_lock,
    "composer.lock": _composer_lock,
    "Cargo.lock": _toml_lock("tonic", Language.RUST, xds=False),
    "Cargo.toml": _cargo,
}
_LOCKS = {
    "pyproject.toml": ("poetry.lock", "uv.lock", "pdm.lock", "pylock.toml", "requirements.txt", "requirements.lock"),
    "package.json": ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml"),
    "build.gradle": ("gradle.lockfile",),
    "build.gradle.kts": ("gradle.lockfile",),
    "Cargo.toml": ("Cargo.lock",),
}
"""Files that say more than a manifest beside them."""
_REQUIREMENTS = re.compile(r"(?:requirements|constraints)[\w.-]*\.(?:txt|lock|in)\Z")


def _reader(name: str) -> Callable[[str, Path], Iterator[_Asked]] | None:
    if name in _READERS:
        return _READERS[name]
    if _REQUIREMENTS.match(name) or name == "requirements.lock":
        return _requirements
    return _csproj if name.endswith(".csproj") else None
