"""Starts and stops child processes that never outlive their owner unless told so.

Called by every part of the lab, the demo and benchmarks. A child gets SIGKILL from the kernel when this process dies,
however it dies (`lab.mortal`). It must only ever signal processes that it started: a process is known by pid *and* start
time, since pids are used again.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lab.progress import raise_if_stopped

_spawner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lab-spawner")
"""Starts every child: the kernel ties a child to the *thread* that started it, and this one lives as long as we do."""


_LOOK_EVERY = 0.5
"""Seconds between two looks at whether a program that takes long is to be stopped."""


def mortal(command: Sequence[str]) -> list[str]:
    """Command line that runs `command` with default signal dispositions and dies with this process."""
    return _through(os.getpid(), command)


def lasting(command: Sequence[str]) -> list[str]:
    """Command line that runs `command` with default signal dispositions and outlives this process."""
    return _through(0, command)


def _through(parent: int, command: Sequence[str]) -> list[str]:
    return [sys.executable, "-I", "-S", str(Path(__file__).with_name("mortal.py")), str(parent), *command]


def output_of(
    command: Sequence[str],
    *,
    cwd: Path | None,
    env: Mapping[str, str],
    grace: float,
    every: float,
    tell: Callable[[float], None],
) -> tuple[str, int]:
    """Run a program that takes long to its end: its output, both streams, and its exit code.

    `env` is added to this process's environment. Each `every` seconds `tell` is called with the seconds so far. Whatever
    ends the waiting (Ctrl-C, `lab.progress.StoppedError`) ends the program, which has `grace` seconds to clean up. Its output goes through a pipe, not to a file: where the disk is full a file would
    lose just that message.
    """
    started = told = time.monotonic()
    child = spawn(
        mortal(command),
        cwd=cwd,
        env=os.environ | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        own_session=True,
    )
    with child:
        try:
            while True:
                try:
                    output, _ = child.communicate(timeout=_LOOK_EVERY)
                    return output.decode(errors="replace"), child.returncode
                except subprocess.TimeoutExpired:
                    raise_if_stopped()
                    if time.monotonic() - told >= every:
                        told = time.monotonic()
                        tell(told - started)
        except BaseException:
            interrupt(child, grace)
            raise


def interrupt(child: subprocess.Popen[bytes], grace: float) -> None:
    """Ctrl-C for a child in a session of its own and all that it started; what is left of them after `grace` seconds is killed.

    A terminal's Ctrl-C does not reach such a session: the child ends when we say so, and has time to clean up.
    """
    _signal_group(child, signal.SIGINT)
    try:
        child.wait(timeout=grace)
    except subprocess.TimeoutExpired:
        pass
    finally:  # after a second Ctrl-C too
        _signal_group(child, signal.SIGKILL)
        child.wait()


def _signal_group(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


def spawn(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdout: IO[bytes] | int | None = None,
    stderr: IO[bytes] | int | None = None,
    own_session: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a child from the one thread that lives as long as this process."""

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=own_session,
        )

    return _spawner.submit(start).result()


@dataclass(frozen=True)
class Identity:
    """A process, told apart from a later one with the same pid."""

    pid: int
    started: str
    """Opaque: the kernel's start time and boot on Linux, the text of `ps` elsewhere."""

    @classmethod
    def of(cls, pid: int) -> "Identity | None":
        """The process that has this pid now, or None."""
        if sys.platform == "linux":
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                return None
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
            return None if fields[0] == "Z" else cls(pid, f"{boot}/{fields[19]}")
        shown = subprocess.run(
            ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
        return cls(pid, shown.stdout.strip()) if shown.returncode == 0 else None

    def is_alive(self) -> bool:
        """Whether that very process still runs."""
        return Identity.of(self.pid) == self

    def kill(self) -> None:
        """Send SIGKILL to that very process and wait until it has gone (at most 10 s)."""
        if not self.is_alive():
            return
        os.kill(self.pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while self.is_alive() and time.monotonic() < deadline:
            time.sleep(0.02)


class Process:
    """A running child with its log. `start` makes it."""

    def __init__(self, name: str, child: subprocess.Popen[bytes], log: Path) -> None:
        """Take over a child that writes to `log`."""
        self.name = name
        self.log = log
        self._child = child

    @property
    def pid(self) -> int:
        """Pid of the program itself."""
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number where a signal ended it."""
        return self._child.poll()

    def tail(self, lines: int = 20) -> str:
        """Last lines of its log."""
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        except FileNotFoundError:
            return ""

    def stop(self, grace: float = 10.0) -> int:
        """Ask it to end (SIGTERM), kill it after `grace` seconds; returns the exit code. Harmless if it has ended."""
        if grace > 0 and self.exit_code is None:
            self._child.terminate()
            try:
                return self._child.wait(timeout=grace)
            except subprocess.TimeoutExpired:
                pass
        self._child.kill()
        return self._child.wait()

    def kill(self) -> int:
        """Kill it at once (SIGKILL) and wait for it."""
        return self.stop(grace=0)


def start(
    name: str,
    command: Sequence[str | Path],
    folder: Path,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    outlive: bool = False,
) -> Process:
    """Start a program with its log in `folder/<name>.log` (appended) and its identity in `folder/<name>.pid`.

    `env` is added to this process's environment. With `outlive` it goes on after this process has ended; the identity
    file is then what stops it (`lab.rundir.sweep`).
    """
    argv = [str(word) for word in command]
    log = folder / f"{name}.log"
    with log.open("ab") as out:
        child = spawn(
            lasting(argv) if outlive else mortal(argv),
            cwd=cwd,
            env=os.environ | (env or {}),
            stdout=out,
            stderr=subprocess.STDOUT,
            own_session=True,
        )
    if identity := Identity.of(child.pid):
        (folder / f"{name}.pid").write_text(json.dumps({"pid": identity.pid, "started": identity.started}))
    return Process(name, child, log)


def recorded(file: Path) -> Identity | None:
    """Identity that `start` wrote, or None for a file that is gone or cut short."""
    try:
        entry = json.loads(file.read_text())
        return Identity(int(entry["pid"]), str(entry["started"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
