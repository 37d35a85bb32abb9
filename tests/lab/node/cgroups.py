"""Makes and removes the control groups of a node. They are the one thing that outlives its namespaces.

Called by `lab.node.cluster`. Touches only groups named after a run's folder.
"""

from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def hierarchies() -> list[Path]:
    """Mounted hierarchies: one per controller with cgroup v1, the root itself with v2."""
    if (ROOT / "cgroup.controllers").exists():
        return [ROOT]
    return [entry for entry in sorted(ROOT.iterdir()) if entry.is_dir() and not entry.is_symlink()]


def make_cgroups(name: str) -> None:
    """The group under which kubelet puts its pods."""
    for hierarchy in hierarchies():
        (hierarchy / name).mkdir(exist_ok=True)


def remove_cgroups(name: str) -> None:
    """Remove a run's groups, deepest first; a group that still has processes stays and is tried at the next sweep."""
    for hierarchy in hierarchies():
        top = hierarchy / name
        if not top.is_dir():
            continue
        for folder in sorted((entry for entry in top.rglob("*") if entry.is_dir()), reverse=True):
            _rmdir(folder)
        _rmdir(top)


def _rmdir(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # busy, or gone already
        return
