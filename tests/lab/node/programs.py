"""Images of the echo programs, per language and library version. Called by scenarios and the measured matrix."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from lab.errors import PartError
from lab.node.base import python_rootfs
from lab.node.oci import Image
from lab.parts import binary, cache

PROGRAMS = Path(__file__).parent.parent / "programs"
PYTHON_NEWEST, PYTHON_OLD = "1.85.1", "1.54.3"
GO_NEWEST, GO_OLD = "1.85.0", "1.54.0"
_ABI = "3.13"
"""Python of the Debian base."""
_OLD_ABI = "3.11"


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


def site_packages(requirement: str) -> Path:
    """A folder with one requirement installed for the base's Python, made once.

    Raises PartError with pip's last lines.
    """
    target = cache() / "site" / f"{requirement.replace('==', '-')}-py{_ABI}"
    if target.exists():
        return target
    unfinished = target.with_name(f".{os.getpid()}-{target.name}")
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--target", str(unfinished), "--only-binary=:all:",
        "--python-version", _ABI, "--implementation", "cp", requirement,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise PartError(
            requirement,
            "pip could not install it",
            "see whether the package index is reachable, then run this again",
            command=" ".join(command),
            output="\n".join(done.stderr.splitlines()[-20:]),
        )
    unfinished.rename(target)
    return target
