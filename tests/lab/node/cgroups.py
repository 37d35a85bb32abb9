"""Makes and removes the control groups of a node. They are the one thing that outlives its namespaces.

A node's own processes (API server, kubelet, containerd) and its pods share one group, so that a cluster with a hundred of
them weighs a known amount beside tests and other clusters, however busy it is.
Called by `lab.node.cluster`, and by its scripts. Touches only groups named after a run's folder.
"""

import os
import time
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
_PROCESSES = "node"
"""Group of the node's own processes, beside kubelet's for pods: with cgroup v2 only leaves have processes."""
_CPU = {"cpu", "cpuacct"}


def hierarchies() -> list[Path]:
    """Mounted hierarchies: one per controller with cgroup v1, the root itself with v2."""
    if (ROOT / "cgroup.controllers").exists():
        return [ROOT]
    return [entry for entry in sorted(ROOT.iterdir()) if entry.is_dir() and not entry.is_symlink()]


def group_of(run: str) -> str:
    """Name of a run's group."""
    return f"proxyless-{run}"


_AS_MANY = 8
"""Processes outside that a whole node weighs as much as. By default it is one: on a busy machine they starve then, and
agents are given up by the kubelet before they are ready (measured with 25 pods beside 40 busy processes)."""


def make_cgroups(run: str) -> None:
    """The group under which kubelet puts its pods, and where :func:`join` puts the node's processes."""
    for hierarchy in hierarchies():
        group = hierarchy / group_of(run)
        group.mkdir(exist_ok=True)
        for file, usual in (("cpu.shares", 1024), ("cpu.weight", 100)):  # cgroup v1, v2
            if (group / file).exists():
                (group / file).write_text(str(usual * _AS_MANY))
    for hierarchy in _of_cpu():
        (hierarchy / group_of(run) / _PROCESSES).mkdir(exist_ok=True)


def join(run: str) -> None:
    """Put this process, and whatever it starts, among a run's processes: where CPU is shared out, nowhere else.

    Nothing happens in a cluster that was left running by a lab that had no such group.
    """
    for hierarchy in _of_cpu():
        group = hierarchy / group_of(run) / _PROCESSES
        if group.is_dir():
            (group / "cgroup.procs").write_text(str(os.getpid()))


def _of_cpu() -> list[Path]:
    """The hierarchies that share out or count CPU: with v2 the only one."""
    return [entry for entry in hierarchies() if entry == ROOT or _CPU & set(entry.name.split(","))]


def remove_cgroups(run: str, *, patience: float = 10) -> None:
    """Remove a run's groups, deepest first; waits some seconds for processes that the kernel is still ending."""
    deadline = time.monotonic() + patience
    while not all(_removed(hierarchy / group_of(run)) for hierarchy in hierarchies()):
        if time.monotonic() > deadline:
            return
        time.sleep(0.05)


def sweep_cgroups(runs: Path) -> None:
    """Remove groups of killed runs: those whose folder is gone."""
    for hierarchy in hierarchies():
        for group in hierarchy.glob(group_of("*")):
            if not (runs / group.name.removeprefix(group_of(""))).exists():
                _removed(group)


def _removed(top: Path) -> bool:
    if not top.is_dir():
        return True
    for folder, _, _ in os.walk(top, topdown=False):  # passes by what somebody else removes meanwhile
        _rmdir(Path(folder))
    return not top.is_dir()


def _rmdir(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # busy, or gone already
        return
