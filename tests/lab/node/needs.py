"""Says exactly what a machine lacks to run a node. Called before anything starts; fails, never skips."""

import os
import shutil
import sys

from lab.errors import LabError

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
CNI_PLUGINS = "/usr/lib/cni/bridge"


def missing(*, images: bool = False) -> list[str]:
    """What is missing, one line each, with the remedy; empty where a node can run (and its images be built)."""
    if sys.platform != "linux":
        return ["Linux: containers need its namespaces; use `make demo KUBECONFIG=...` with a cluster of yours"]
    lacks = []
    if os.geteuid() != 0:
        lacks.append("root: namespaces, mounts and iptables need it; run the command with sudo")
    programs = PROGRAMS | (IMAGE_PROGRAMS if images else {})
    packages = {package for program, package in programs.items() if shutil.which(program) is None}
    if not os.path.exists(CNI_PLUGINS):  # noqa: PTH110  # plain question, plain answer
        packages.add("containernetworking-plugins")
    if packages:
        lacks.append(f"programs: apt-get install --no-install-recommends {' '.join(sorted(packages))}")
    return lacks


def check() -> None:
    """Raise LabError with all that is missing."""
    if lacks := missing():
        raise LabError("a node cannot run here; missing:\n" + "\n".join(f"- {line}" for line in lacks))
