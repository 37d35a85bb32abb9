"""Builds binaries from the pinned Go modules into the cache. Only `lab.parts` calls it.

One run at a time builds (file lock); a second one waits and then finds everything there. A binary is built under another
name and renamed, so that an interrupted run leaves nothing half-written; the next run goes on with the part that failed.
"""

import contextlib
import fcntl
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from lab.build_remedy import remedy
from lab.errors import PartError
from lab.parts import Part, cache, cached, is_current, stamp_of
from lab.process import interrupt, mortal, spawn

_REPORT_EVERY = 20.0
_SHOWN_LINES = 20
_USUAL_GO = Path("/usr/local/go/bin/go")


def build(parts: Sequence[Part]) -> None:
    """Build the parts that are still missing once this run has the lock. Raises PartError at the first that fails."""
    with _only_builder():
        missing = [part for part in parts if not is_current(part)]
        total = sum(part.usual_seconds for part in missing)
        if missing:
            _say(f"building {len(missing)} of the lab's binaries from source, about {_duration(total)} when cold")
        for number, part in enumerate(missing, start=1):
            _build_one(part, f"[{number}/{len(missing)}]")


def _build_one(part: Part, position: str) -> None:
    started = time.monotonic()
    _say(f"{position} {part.name}: usually {_duration(part.usual_seconds)} when cold")
    target = cached(part)
    unfinished = target.with_name(f".building-{part.name}")
    command = [
        go_command(part.name, part.folder), "build", "-mod=readonly", "-trimpath", "-buildvcs=false",
        *part.flags, "-ldflags", part.ldflags, "-o", str(unfinished), part.package,
    ]  # fmt: skip
    try:
        output, code = _run(command, part, position)
        if code != 0:
            shown = "\n".join(output.splitlines()[-_SHOWN_LINES:])
            line = f"cd {part.folder} && CGO_ENABLED=0 GOWORK=off {shlex.join(command)}"
            raise PartError(
                part.name, f"its build failed (exit code {code})", remedy(output), command=line, output=shown
            )
        stamp_of(part).unlink(missing_ok=True)  # never a new binary beside an old stamp
        unfinished.rename(target)
        size = target.stat().st_size
        took = time.monotonic() - started
        stamp_of(part).write_text(json.dumps({"key": part.key(), "size": size, "seconds": round(took, 1)}))
    except OSError as error:
        raise PartError(part.name, f"cannot write to {target.parent}: {error}", remedy(str(error))) from error
    finally:
        unfinished.unlink(missing_ok=True)
    _say(f"{position} {part.name}: built in {_duration(took)}, {size / 1e6:.0f} MB")


def _run(command: list[str], part: Part, position: str) -> tuple[str, int]:
    """Run a build, say now and then that it still runs; ends it when this run is interrupted.

    Its output goes through a pipe, not to a file: where the disk is full a file would lose just that message.
    """
    started = time.monotonic()
    environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off"}
    child = spawn(
        mortal(command),
        cwd=part.folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        own_session=True,
    )
    with child:
        try:
            while True:
                try:
                    output, _ = child.communicate(timeout=_REPORT_EVERY)
                    return output.decode(errors="replace"), child.returncode
                except subprocess.TimeoutExpired:
                    elapsed = _duration(time.monotonic() - started)
                    _say(f"{position} {part.name}: {elapsed} of usually {_duration(part.usual_seconds)}")
        except BaseException:  # Ctrl-C too: the compiler must not go on behind the user's back
            interrupt(child, grace=10)  # go removes its work folder
            raise


def go_command(part: str, folder: Path) -> str:
    """Path of the go command; the usual install folder counts even where PATH lacks it.

    `part` is what it is needed for and `folder` has the go.mod that says which version: both are for the error, a PartError.
    """
    for candidate in (shutil.which("go"), str(_USUAL_GO)):
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    needs = next(line.split()[1] for line in (folder / "go.mod").read_text().splitlines() if line.startswith("go "))
    raise PartError(
        part,
        f"it has to be built from source, and there is no Go compiler (no `go` in PATH or {_USUAL_GO.parent})",
        f"install Go {needs} or newer (https://go.dev/dl/), or point KUBEBUILDER_ASSETS at a folder that has {part}",
    )


@contextlib.contextmanager
def _only_builder() -> Iterator[None]:
    folder = cache() / "bin"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("w")
    except OSError as error:
        raise PartError("the lab's cache", f"cannot write to {folder}: {error}", remedy(str(error))) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say(f"another run is building into {folder}; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in folder.glob(".building-*"):
            leftover.unlink()
        yield


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def _say(text: str) -> None:
    print(f"lab: {text}", file=sys.stderr, flush=True)
