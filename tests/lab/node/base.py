"""The Debian base of images that need more than one static binary, made by mmdebstrap and cached.

Called by `lab.node.product` (as the Dockerfile's base) and by the echo programs in Python, Java and Node.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from lab.errors import PartError
from lab.parts import cache

RELEASE = "trixie"
ABI = "3.13"
"""Python of that release."""


def rootfs(name: str, packages: tuple[str, ...]) -> Path:
    """A tar of a minimal Debian with these packages, made once (15 to 40 s).

    Raises PartError with the command's last lines where mmdebstrap is missing or fails.
    """
    folder = cache() / "base"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{name}-{RELEASE}.tar"
    if target.exists():
        return target
    if shutil.which("mmdebstrap") is None:
        raise PartError(name, "there is no mmdebstrap", "apt-get install --no-install-recommends mmdebstrap")
    unfinished = target.with_name(f".{os.getpid()}-{target.name}")
    command = [
        "mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}",
        "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*", RELEASE, str(unfinished),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        unfinished.unlink(missing_ok=True)
        raise PartError(
            name,
            f"mmdebstrap failed (exit code {done.returncode})",
            "see whether `apt-get update` works on this machine, then run this again: it goes on here",
            command=" ".join(command),
            output="\n".join(done.stderr.splitlines()[-20:]),
        )
    unfinished.rename(target)
    return target


def python_rootfs() -> Path:
    """Debian with Python and certificate authorities."""
    return rootfs("python", ("python3", "python3-venv", "ca-certificates"))


def site_packages(requirement: str) -> Path:
    """A folder with one requirement installed for the base's Python, made once.

    Raises PartError with pip's last lines.
    """
    target = cache() / "site" / f"{requirement.replace('==', '-')}-py{ABI}"
    if target.exists():
        return target
    unfinished = target.with_name(f".{os.getpid()}-{target.name}")
    command = [
        sys.executable, "-m", "pip", "install", "--quiet", "--target", str(unfinished), "--only-binary=:all:",
        "--python-version", ABI, "--implementation", "cp", requirement,
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
