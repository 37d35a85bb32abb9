"""One folder per running control plane, and the removal of what a killed run left behind.

Called by whatever starts several processes that belong together. A folder holds everything of its run: logs, keys, data,
and one identity file per process. `sweep` may stop a process only through such a file, so it can only hit our own.
"""

import contextlib
import json
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

from lab.errors import LabError
from lab.process import Identity, recorded

_OWNER = "owner.json"
_FAILED = "failed"
_LONGEST_BASE = 60
"""Characters: the path of a socket file may have 103 (macOS; Linux 107), and a kept run's own part of it can be 40 long."""
_KEEP_FAILED = 24 * 3600.0
"""Seconds for which the logs of a failed run stay."""


def base() -> Path:
    """Folder of all runs of this user; no other user may write there, since killing is done by what it holds."""
    name = f"proxyless-lab-{os.getuid()}"
    folder = Path(tempfile.gettempdir()) / name
    if len(str(folder)) > _LONGEST_BASE:
        folder = Path("/tmp") / name
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise LabError(f"{folder} belongs to someone else or others may write to it: remove it, or set TMPDIR")
    return folder


def create(prefix: str) -> Path:
    """A fresh folder for a run that ends with this process."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{prefix}-", dir=base()))
    me = Identity.of(os.getpid())
    if me is None:
        raise LabError("this process cannot see itself: is /proc mounted?")
    (folder / _OWNER).write_text(json.dumps({"pid": me.pid, "started": me.started}))
    return folder


def create_kept(name: str) -> Path:
    """A fresh folder for a run that stays until someone removes it; raises LabError while one of that name runs."""
    sweep()
    folder = kept(name)
    if running(folder):
        raise LabError(f"{name!r} runs already: `python -m lab down {name}` stops it")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    (folder / _OWNER).write_text(json.dumps({"kept": True}))
    return folder


def kept(name: str) -> Path:
    """Folder of a kept run; raises LabError where the name could lead out of the base folder."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,30}", name):
        raise LabError(f"{name!r} is no name for a run: lower-case letters, digits and hyphens, at most 31")
    return base() / f"kept-{name}"


def all_kept() -> list[Path]:
    """Folders of all kept runs, running or not."""
    return sorted(base().glob("kept-*"))


def running(folder: Path) -> list[str]:
    """Names of the processes of a run that are alive."""
    return [file.stem for file in sorted(folder.glob("*.pid")) if (child := recorded(file)) and child.is_alive()]


def remove(folder: Path) -> None:
    """Stop what still runs of a run and remove its folder."""
    for file in folder.glob("*.pid"):
        if child := recorded(file):
            child.kill()
    shutil.rmtree(folder, ignore_errors=True)


def keep_logs(folder: Path) -> None:
    """Turn a run that failed, its processes ended, into a folder of logs only, which goes away a day later."""
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry.suffix != ".log":
            entry.unlink()
    (folder / _FAILED).touch()


def sweep() -> None:
    """Clean up every run whose owner has died, and the logs of failed runs after a day. Runs that are kept stay."""
    for folder in base().iterdir():
        with contextlib.suppress(FileNotFoundError):  # another run is sweeping too
            if (folder / _FAILED).exists():
                if time.time() - (folder / _FAILED).stat().st_mtime > _KEEP_FAILED:
                    shutil.rmtree(folder, ignore_errors=True)
            elif folder.is_dir() and _is_abandoned(folder):
                remove(folder)


def _is_abandoned(folder: Path) -> bool:
    owner = folder / _OWNER
    try:
        if '"kept"' in owner.read_text():
            return False
    except OSError:  # its run is just being made, or died while it was
        return time.time() - folder.stat().st_mtime > 60
    identity = recorded(owner)
    return identity is None or not identity.is_alive()
