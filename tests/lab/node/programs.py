"""Images of the echo programs, per language and library version. Called by scenarios, the demo and the measured matrix.

All programs keep one contract, written in `programs/echo_python/echo.py`. Of each language there is the newest version
and one old enough to show gates; any other version of Python and Java is had by asking for it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from lab.node.base import OLD_RELEASE, RELEASE, python_rootfs, rootfs, site_packages
from lab.node.libraries import NODE, PROGRAMS, dubbo_jars, jars, node_modules
from lab.node.oci import Image
from lab.parts import binary

PYTHON_NEWEST, PYTHON_OLD = "1.85.1", "1.54.3"
PYTHON_ONE_STREAM = "1.62.3"
"""The last line of grpcio that shares one xDS stream between targets."""
GO_NEWEST, GO_OLD = "1.85.0", "1.54.0"
KITEX_XDS = "0.3.0"
"""Of github.com/kitex-contrib/xds, pinned in its go.mod."""
DUBBO = "3.2.9"
"""The last release of Dubbo for Java that reads xDS, with its libraries pinned in its pom.xml."""
JAVA_NEWEST, JAVA_OLD = "1.85.1", "1.66.0"
"""The old one is the last that shares one xDS stream between targets."""
NODE_NEWEST, NODE_OLD = "1.14.1", "1.10.1"
"""Of @grpc/grpc-js-xds. The old one has no xDS server and no TLS from xDS."""
_TYPING = "typing_extensions==4.16.0"
_FIRST_FOR_NEW_PYTHON = (1, 66, 2)
"""Older grpcio has no wheel for the Python of the newer Debian."""


def echo_python(version: str = PYTHON_NEWEST) -> Image:
    """Python echo with one version of grpcio: ``localhost/echo-python:VERSION``."""
    release = _release_for(version)
    site = site_packages(*python_libraries(version), release=release)
    return Image(
        python_image(version),
        {"/app/echo.py": PROGRAMS / "echo_python" / "echo.py"} | _tree(site, "/app/site"),
        ["/usr/bin/python3", "-B", "/app/echo.py"],
        environment={"PYTHONPATH": "/app/site", "PYTHONUNBUFFERED": "1"},
        base=python_rootfs(release),
    )


def python_image(version: str = PYTHON_NEWEST) -> str:
    """Name of the Python echo's image."""
    return f"localhost/echo-python:{version}"


def python_libraries(version: str = PYTHON_NEWEST) -> tuple[str, ...]:
    """What the Python echo is installed with."""
    return (f"grpcio=={version}", _TYPING)


def _release_for(version: str) -> str:
    old = tuple(int(part) for part in version.split(".")) < _FIRST_FOR_NEW_PYTHON
    return OLD_RELEASE if old else RELEASE


def echo_go(*, old: bool = False) -> Image:
    """Go echo with the newest or the old grpc-go: ``localhost/echo-go:VERSION``."""
    program = binary("echo-go-old" if old else "echo-go")
    return Image(f"localhost/echo-go:{GO_OLD if old else GO_NEWEST}", {"/echo": program}, ["/echo"])


def echo_kitex() -> Image:
    """Kitex, which reads xDS from istiod itself: ``localhost/echo-kitex:VERSION`` of its xDS module."""
    return Image(f"localhost/echo-kitex:{KITEX_XDS}", {"/echo": binary("echo-kitex")}, ["/echo"])


def echo_java(version: str = JAVA_NEWEST) -> Image:
    """Java echo with one version of grpc-java: ``localhost/echo-java:VERSION``."""
    return _java(f"localhost/echo-java:{version}", jars(version), "-Xmx128m")


def echo_dubbo() -> Image:
    """Dubbo, which reads xDS from istiod itself: ``localhost/echo-dubbo:VERSION``."""
    opened = (f"--add-opens=java.base/java.{package}=ALL-UNNAMED" for package in ("lang", "math"))  # it serializes them
    return _java(f"localhost/echo-dubbo:{DUBBO}", dubbo_jars(DUBBO), "-Xmx192m", *opened)


def _java(name: str, built: Path, *options: str) -> Image:
    """A program in Java: a folder with ``echo.jar`` and ``lib``."""
    java = ["/usr/bin/java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *options]
    return Image(
        name,
        _tree(built, "/app"),
        [*java, "-cp", "/app/echo.jar:/app/lib/*", "lab.Echo"],
        base=rootfs("java", ("openjdk-21-jre-headless", "ca-certificates")),
    )


def echo_node(version: str = NODE_NEWEST) -> Image:
    """Node echo with one version of @grpc/grpc-js-xds that has a lock file: ``localhost/echo-node:VERSION``."""
    sources: dict[str, Path | bytes] = {f"/app/{file.name}": file for file in NODE.glob("*.js")}
    return Image(
        f"localhost/echo-node:{version}",
        sources | _tree(node_modules(version), "/app/node_modules"),
        ["/usr/bin/node", "/app/echo.js"],
        base=rootfs("node", ("nodejs",)),
    )


@dataclass(frozen=True)
class Program:
    """One echo program: its language and library version, and what that version can do by xDS."""

    language: str
    version: str
    image: Callable[[], Image]
    serves: bool = True
    """Whether the library has an xDS server."""
    mtls: bool = True
    """Whether it takes TLS settings from xDS."""

    @property
    def name(self) -> str:
        """Good for a Kubernetes name."""
        return f"{self.language}-{self.version.replace('.', '-')}"


def programs() -> tuple[Program, ...]:
    """Newest and old of every language."""
    return (
        Program("python", PYTHON_NEWEST, echo_python),
        Program("python", PYTHON_OLD, lambda: echo_python(PYTHON_OLD)),
        Program("go", GO_NEWEST, echo_go),
        Program("go", GO_OLD, lambda: echo_go(old=True)),
        Program("java", JAVA_NEWEST, echo_java),
        Program("java", JAVA_OLD, lambda: echo_java(JAVA_OLD)),
        Program("node", NODE_NEWEST, echo_node),
        Program("node", NODE_OLD, lambda: echo_node(NODE_OLD), serves=False, mtls=False),
    )


def _tree(folder: Path, at: str) -> dict[str, Path | bytes]:
    """Files of a folder as an image's files; what tools leave beside libraries stays out."""
    left_out = {"__pycache__", ".bin"}
    return {f"{at}/{path.relative_to(folder)}": path for path in _files(folder) if not left_out & set(path.parts)}


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
