"""The libraries of the echo programs in Java and Node, each fetched by its own package manager and cached by content.

Called by `lab.node.programs`. Python's come from `lab.node.base`, Go's with the build of the program (`lab.parts`).
"""

import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from lab.node import external
from lab.parts import cache

PROGRAMS = Path(__file__).parent.parent / "programs"
JAVA, DUBBO, NODE = PROGRAMS / "echo_java", PROGRAMS / "echo_dubbo", PROGRAMS / "echo_node"
SHARED = PROGRAMS / "shared_java"
"""Sources that go into both programs in Java."""


def jars(version: str) -> Path:
    """A folder with the Java echo program, `echo.jar`, and the files of one grpc-java version in `lib/`.

    Raises PartError with Maven's last lines.
    """
    return _built_by_maven(JAVA, "grpc", version, f"echo-java {version}", seconds=30)


def dubbo_jars(version: str) -> Path:
    """The same for the Dubbo echo program and one version of Dubbo."""
    return _built_by_maven(DUBBO, "dubbo", version, f"echo-dubbo {version}", seconds=60)


def _built_by_maven(program: Path, library: str, version: str, part: str, *, seconds: int) -> Path:
    trees = (SHARED / "src", program / "src")
    sources = [program / "pom.xml", *(file for tree in trees for file in sorted(tree.rglob("*.java")))]
    target = cache() / "jars" / f"{library}-{version}-{_key(sources)}"

    def make(unfinished: Path) -> None:
        work = unfinished.with_name(f"{unfinished.name}.work")
        work.mkdir(parents=True)
        shutil.copy(program / "pom.xml", work)
        for tree in trees:
            shutil.copytree(tree, work / "src", dirs_exist_ok=True)
        external.run(
            part,
            ["mvn", "--batch-mode", "--quiet", "--no-transfer-progress", f"-D{library}.version={version}", "package"],
            package="maven default-jdk-headless",
            remedy="the compiler must be a JDK of version 17 or newer (`mvn -version` shows which one Maven takes)",
            seconds=seconds,
            cwd=work,
        )
        unfinished.mkdir()
        (work / "target" / "echo.jar").rename(unfinished / "echo.jar")
        (work / "target" / "lib").rename(unfinished / "lib")
        _remove_older(target)

    return external.kept(target, make)


def node_modules(version: str) -> Path:
    """A folder `node_modules` with one version of @grpc/grpc-js-xds, exactly as its lock file says.

    Raises PartError with npm's last lines; a version needs a folder with its lock file under `programs/echo_node`.
    """
    locked = [NODE / version / name for name in ("package.json", "package-lock.json")]
    target = cache() / "npm" / f"grpc-js-xds-{version}-{_key(locked)}"

    def make(unfinished: Path) -> None:
        unfinished.mkdir()
        for file in locked:
            shutil.copy(file, unfinished)
        external.run(
            f"echo-node {version}",
            ["npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"],
            package="npm",
            remedy="see whether the npm registry is reachable and Node.js is of version 20 or newer, then run this again",
            seconds=10,
            cwd=unfinished,
        )
        _remove_older(target)

    return external.kept(target, make) / "node_modules"


def _key(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _remove_older(target: Path) -> None:
    for old in target.parent.glob(f"{target.name.rpartition('-')[0]}-{'[0-9a-f]' * 12}"):
        if old != target:
            shutil.rmtree(old)
