"""Says exactly what a machine lacks to run a node. Called before anything starts; fails, never skips."""

import os
import shutil
import sys

from lab.errors import LabError
from lab.process import output_of
from lab.progress import say

PROGRAMS = {
    "runc": "runc",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "ip": "iproute2",
    "unshare": "util-linux",
    "mount": "util-linux",
}
"""Program: Debian package that has it."""
IMAGE_PROGRAMS = {"buildah": "buildah", "mmdebstrap": "mmdebstrap"}
"""What building images needs besides."""
LANGUAGE_PROGRAMS = {"mvn": "maven", "javac": "default-jdk-headless", "npm": "npm"}
"""What the echo programs in Java and Node are built with; only tests and the measured matrix have those."""
CNI_PLUGINS = "/usr/lib/cni/bridge"


def missing(*, images: bool = False) -> list[str]:
    """What is missing, one line each, with the remedy; empty where a node can run (and its images be built)."""
    if sys.platform != "linux":
        return ["Linux: containers need its namespaces; use `make demo KUBECONFIG=...` with a cluster of yours"]
    lacks = []
    if os.geteuid() != 0:
        lacks.append("root: namespaces, mounts and iptables need it; run the command with sudo")
    lacking = packages(images=images)
    if lacking:
        lacks.append(f"programs: apt-get install --no-install-recommends {' '.join(lacking)}")
    return lacks


def hopeless() -> list[str]:
    """Of `missing(images=True)` what `install` cannot mend."""
    if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None:
        return []
    return missing(images=True)


def check() -> None:
    """Raise LabError with all that is missing."""
    if lacks := missing():
        raise LabError("a node cannot run here; missing:\n" + "\n".join(f"- {line}" for line in lacks))


def packages(*, images: bool = True, languages: bool = False) -> list[str]:
    """Debian packages that a node (and building its images, and the echo programs of all languages) needs and lacks."""
    programs = PROGRAMS | (IMAGE_PROGRAMS if images else {}) | (LANGUAGE_PROGRAMS if languages else {})
    lacking = {package for program, package in programs.items() if shutil.which(program) is None}
    if not os.path.exists(CNI_PLUGINS):  # noqa: PTH110  # plain question, plain answer
        lacking.add("containernetworking-plugins")
    return sorted(lacking)


def install(*, languages: bool = False) -> None:
    """Install what is missing, where that can be done: root on Debian or a relative. Elsewhere `check` tells.

    Raises LabError with apt's last lines.
    """
    lacking = packages(languages=languages)
    if not lacking or sys.platform != "linux" or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    say(f"installing {' '.join(lacking)}")
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *lacking],
    ):
        output, code = output_of(
            command, cwd=None, env={"DEBIAN_FRONTEND": "noninteractive"}, grace=30, every=60, tell=lambda _: None
        )
        if code != 0:
            last = "\n".join(output.splitlines()[-20:])
            raise LabError(f"{' '.join(command)} failed (exit code {code}):\n{last}")
