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
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from lab.build_remedy import remedy
from lab.errors import PartError
from lab.parts import Part, cache, cached, estimates, is_current, stamp_of
from lab.process import output_of
from lab.progress import Pace, about, duration, say

_REPORT_EVERY = 20.0
_SHOWN_LINES = 20
_USUAL_GO = Path("/usr/local/go/bin/go")


def build(parts: Sequence[Part]) -> None:
    """Build the parts that are still missing once this run has the lock. Raises PartError at the first that fails."""
    with _only_builder():
        missing = [part for part in parts if not is_current(part)]
        pace = Pace(estimates(missing))
        if missing:
            say(
                f"building {len(missing)} of the lab's binaries from source: {about(pace.left())} in all where nothing is cached"
            )
        for number, part in enumerate(missing, start=1):
            pace.begin(part.name)
            _build_one(part, f"[{number}/{len(missing)}]", pace)
            pace.end(part.name)


def _build_one(part: Part, position: str, pace: Pace) -> None:
    started = time.monotonic()
    say(f"{position} {part.name}; {about(pace.left())} to go in all")
    target = cached(part)
    unfinished = target.with_name(f".building-{part.name}")
    work = target.with_name(f".building-{part.name}.work")  # go leaves its own behind when it is interrupted
    command = [
        go_command(part.name, part.folder), "build", "-mod=readonly", "-trimpath", "-buildvcs=false",
        *part.flags, "-ldflags", part.ldflags, "-o", str(unfinished), part.package,
    ]  # fmt: skip
    try:
        work.mkdir()
        output, code = output_of(
            command,
            cwd=part.folder,
            env={"CGO_ENABLED": "0", "GOWORK": "off", "GOTMPDIR": str(work)},
            grace=10,
            every=_REPORT_EVERY,
            tell=lambda elapsed: say(
                f"{position} {part.name} for {duration(elapsed)}; {about(pace.left())} to go in all"
            ),
        )
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
        shutil.rmtree(work, ignore_errors=True)
    say(f"{position} {part.name}: built in {duration(took)}, {size / 1e6:.0f} MB")


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
            say(f"another run is building into {folder}; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in folder.glob(".building-*"):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
        yield
