"""Runs the package managers that fill images, and keeps what they make whole in the cache: made once, by one run at a time.

Called by `lab.node.base` and `lab.node.libraries`. It knows no package manager by name; what is run comes from its caller.
"""

import fcntl
import re
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lab.errors import PartError
from lab.process import output_of
from lab.progress import about, duration, say

_SHOWN_LINES = 20
_REPORT_EVERY = 20.0
_UNFINISHED = ".unfinished-"
_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded|ENOSPC", re.IGNORECASE)
_UNREACHABLE = re.compile(
    r"could not resolve|unknown host|name resolution|no such host|connection (?:refused|reset|timed out|attempts)|"
    r"network is unreachable|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|transfer failed|read timed out|"
    r"status code: [45]\d\d|\b50[0234] |HTTP error|SSLError|certificate verify failed",
    re.IGNORECASE,
)


def kept(target: Path, make: Callable[[Path], None]) -> Path:
    """`target`, made by `make(unfinished)` unless it is there; it appears whole or not at all.

    `make` may put work of its own beside `unfinished`, under names that begin with that one's; it goes away with it.
    A second run waits for the first one and then finds it; what a killed run left half made is removed.
    Raises PartError where the cache cannot be written, and what `make` raises.
    """
    if target.exists():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = (target.parent / ".lock").open("w")
    except OSError as error:
        raise PartError("the lab's cache", f"cannot write to {target.parent}: {error}", _write_access()) from error
    with lock:
        _wait_for(lock.fileno(), target.parent)
        _sweep(target.parent)
        if not target.exists():
            unfinished = target.with_name(f"{_UNFINISHED}{target.name}")
            try:
                make(unfinished)
                unfinished.rename(target)
            except OSError as error:
                remedy = _disk_full() if _DISK_FULL.search(str(error)) else _write_access()
                raise PartError(target.name, f"cannot write to {target.parent}: {error}", remedy) from error
            finally:
                _sweep(target.parent)
    return target


def run(
    part: str,
    command: Sequence[str],
    *,
    package: str,
    remedy: str,
    seconds: int,
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run one program to its end; says that it runs, and now and then that it still does.

    `package` is the Debian package that has the program, `remedy` what to do where the output tells no better,
    `seconds` what it usually takes. Raises PartError with part, command, last lines and remedy.
    """
    program = Path(command[0]).name
    if shutil.which(command[0]) is None:
        raise PartError(part, f"there is no {program}", f"apt-get install --no-install-recommends {package}")
    say(f"{part}: {program}, {about(seconds)} where nothing is cached")
    output, code = output_of(
        command,
        cwd=cwd,
        env=environment or {},
        grace=15,
        every=_REPORT_EVERY,
        tell=lambda elapsed: say(f"{part}: {program} for {duration(elapsed)} of {about(seconds)}"),
    )
    if code != 0:
        place = f"cd {cwd} && " if cwd else ""
        shown = "\n".join(output.splitlines()[-_SHOWN_LINES:])
        problem = f"{program} failed (exit code {code})"
        raise PartError(part, problem, _remedy(output, remedy), command=place + shlex.join(command), output=shown)


def _wait_for(lock: int, folder: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"another run fills {folder}; waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)


def _sweep(folder: Path) -> None:
    for leftover in folder.glob(f"{_UNFINISHED}*"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def _remedy(output: str, otherwise: str) -> str:
    if _DISK_FULL.search(output):
        return _disk_full()
    if _UNREACHABLE.search(output):
        return "its package registry cannot be reached or refuses: check the network and that program's settings, then run this again"
    return otherwise


def _disk_full() -> str:
    return "the disk is full: free about 2 GB and run this again; what is finished stays"


def _write_access() -> str:
    return "give yourself write access to that folder, or set XDG_CACHE_HOME"
