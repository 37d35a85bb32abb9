"""Images of the echo programs, per language and library version. Called by scenarios and the measured matrix."""

from pathlib import Path

from lab.node.base import python_rootfs, site_packages
from lab.node.oci import Image
from lab.parts import binary

PROGRAMS = Path(__file__).parent.parent / "programs"
PYTHON_NEWEST, PYTHON_OLD = "1.85.1", "1.54.3"
GO_NEWEST, GO_OLD = "1.85.0", "1.54.0"


def echo_python(version: str = PYTHON_NEWEST) -> Image:
    """Python echo with one version of grpcio: ``localhost/echo-python:VERSION``."""
    site = site_packages(f"grpcio=={version}")
    files: dict[str, Path | bytes] = {"/app/echo.py": PROGRAMS / "echo_python" / "echo.py"}
    for path in site.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            files[f"/app/site/{path.relative_to(site)}"] = path
    return Image(
        f"localhost/echo-python:{version}",
        files,
        ["/usr/bin/python3", "-B", "/app/echo.py"],
        environment={"PYTHONPATH": "/app/site", "PYTHONUNBUFFERED": "1"},
        base=python_rootfs(),
    )


def echo_go(*, old: bool = False) -> Image:
    """Go echo with the newest or the old grpc-go: ``localhost/echo-go:VERSION``."""
    program = binary("echo-go-old" if old else "echo-go")
    return Image(f"localhost/echo-go:{GO_OLD if old else GO_NEWEST}", {"/echo": program}, ["/echo"])
