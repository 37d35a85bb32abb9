"""The Debian bases of images that need more than one static binary, made by mmdebstrap and cached.

Called by `lab.node.product` (as the Dockerfile's base), `lab.node.images` and the echo programs in Python, Java and Node.
"""

import hashlib
import sys
from pathlib import Path

from lab.node import external
from lab.parts import cache

RELEASE, OLD_RELEASE = "trixie", "bookworm"
ABIS = {RELEASE: "3.13", OLD_RELEASE: "3.11"}
"""Python of each release."""
ABI = ABIS[RELEASE]
_OPTIONS = (
    "--variant=minbase",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    '--setup-hook=mkdir -p "$1/usr/share/man/man1"',  # Java's packages make links in it and fail without
)


def rootfs(name: str, packages: tuple[str, ...], *, release: str = RELEASE) -> Path:
    """A tar of a minimal Debian with these packages, made once (20 to 80 s); older ones of that name are removed.

    Raises PartError with the command's last lines where mmdebstrap is missing or fails.
    """
    target = rootfs_file(name, packages, release=release)

    def make(unfinished: Path) -> None:
        work = unfinished.with_name(f"{unfinished.name}.work")  # so that a killed one leaves nothing elsewhere
        work.mkdir()
        work.chmod(0o755)
        external.run(
            f"base image {name}",
            ["mmdebstrap", *_OPTIONS, f"--include={','.join(packages)}", "--format=tar", release, str(unfinished)],
            package="mmdebstrap",
            remedy="see whether `apt-get update` works on this machine, then run this again",
            seconds=57,
            environment={"TMPDIR": str(work)},
        )
        for old in target.parent.glob(f"{name}-{release}*.tar"):
            old.unlink(missing_ok=True)

    return external.kept(target, make)


def rootfs_file(name: str, packages: tuple[str, ...], *, release: str = RELEASE) -> Path:
    """Place of that tar, whether it is there or not."""
    key = hashlib.sha256(repr((packages, _OPTIONS)).encode()).hexdigest()[:8]
    return cache() / "base" / f"{name}-{release}-{key}.tar"


PYTHON_BASE = ("python", ("python3", "python3-venv", "ca-certificates"))
"""Debian with Python and certificate authorities."""


def python_rootfs(release: str = RELEASE) -> Path:
    """The tar of `PYTHON_BASE`."""
    return rootfs(*PYTHON_BASE, release=release)


def site_packages(requirement: str, *others: str, release: str = RELEASE) -> Path:
    """A folder with exactly these requirements (`name==version`) installed for the Python of that release, made once.

    Raises PartError with pip's last lines.
    """
    abi = ABIS[release]
    target = site_folder(requirement, *others, release=release)

    def make(unfinished: Path) -> None:
        external.run(
            f"{requirement} for Python {abi}",
            [
                sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                "--target", str(unfinished), "--only-binary=:all:", "--no-deps",
                "--python-version", abi, "--implementation", "cp", requirement, *others,
            ],
            package="python3-pip",
            remedy="see whether the package index is reachable and has it for this Python, then run this again",
            seconds=10,
        )  # fmt: skip

    return external.kept(target, make)


def site_folder(requirement: str, *others: str, release: str = RELEASE) -> Path:
    """Place of that folder, whether it is there or not."""
    names = "+".join(item.replace("==", "-") for item in (requirement, *others))
    return cache() / "site" / f"{names}-py{ABIS[release]}"
