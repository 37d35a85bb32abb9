"""What the person sees: each command, its real output, what it shows, and how long things took."""

import os
import shlex
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_BOLD, _DIM, _GREEN, _RED, _OFF = "\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m"


class Unexpected(Exception):  # noqa: N818  the demo's way to say that a promise did not hold
    """A step's real outcome is not what the product promises."""


class Screen:
    """Runs commands in front of the person. `kubectl` is that of the cluster that was last given to `look_at`."""

    def __init__(self) -> None:
        self._run: Callable[..., subprocess.CompletedProcess[str]] = _nowhere
        self._colors = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.took: list[tuple[str, float]] = []
        self.checks = 0

    def look_at(self, run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """From here on `run` is the cluster's kubectl."""
        self._run = run

    def heading(self, text: str) -> None:
        """Start of an act or a step."""
        print(f"\n{self._paint(_BOLD, text)}", flush=True)

    def say(self, text: str) -> None:
        """A sentence between commands."""
        print(textwrap.fill(text, 110), flush=True)

    def good(self, text: str) -> None:
        """A promise that held, after it was checked."""
        self.checks += 1
        print(f"{self._paint(_GREEN, 'ok')} {text}", flush=True)

    def require(self, holds: object, text: str) -> None:
        """Check a promise; raises Unexpected where it does not hold."""
        if not holds:
            print(f"{self._paint(_RED, 'FAILED')} {text}", flush=True)
            raise Unexpected(text)
        self.good(text)

    def kubectl(self, *arguments: str, manifest: str = "", quiet: bool = False) -> subprocess.CompletedProcess[str]:
        """Run kubectl, show command, manifest and output; never raises for its exit code."""
        if manifest:
            print(self._paint(_DIM, textwrap.indent(manifest.strip(), "  | ")), flush=True)
        started = time.monotonic()
        done = self._run(*arguments, stdin=manifest or None, timeout=120)
        if not quiet:
            self._show(["kubectl", *arguments], done, time.monotonic() - started)
        return done

    def proxyless(
        self, *arguments: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run our own command, show it and its output; never raises for its exit code."""
        started = time.monotonic()
        done = subprocess.run(
            [Path(sys.executable).with_name("proxyless"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=cwd,
            env=os.environ | (environment or {}),
        )
        self._show(["proxyless", *arguments], done, time.monotonic() - started)
        return done

    def _show(self, command: Sequence[str], done: subprocess.CompletedProcess[str], seconds: float) -> None:
        print(f"$ {shlex.join(command)}   {self._paint(_DIM, f'({seconds:.2f} s)')}")
        for stream in (done.stdout, done.stderr):
            if stream.strip():
                print(textwrap.indent(stream.rstrip(), "  "))
        sys.stdout.flush()

    def apply(self, manifest: str) -> subprocess.CompletedProcess[str]:
        """``kubectl apply -f -`` in front of the person."""
        return self.kubectl("apply", "-f", "-", manifest=manifest)

    @contextmanager
    def timed(self, what: str, *, announce: bool = False) -> Iterator[None]:
        """Remember how long something took, for the summary; `announce` where nothing is seen while it goes on."""
        if announce:
            print(self._paint(_DIM, f"... {what}"), file=sys.stderr, flush=True)
        started = time.monotonic()
        yield
        self.took.append((what, time.monotonic() - started))

    def summary(self) -> None:
        """What took how long, and how many promises were checked."""
        self.heading("Summary")
        for what, seconds in self.took:
            print(f"  {seconds:6.1f} s  {what}")
        print(f"  {sum(seconds for _, seconds in self.took):6.1f} s  in all; {self.checks} promises checked, all held")

    def _paint(self, color: str, text: str) -> str:
        return f"{color}{text}{_OFF}" if self._colors else text


def _nowhere(*_arguments: str, **_options: object) -> subprocess.CompletedProcess[str]:
    raise RuntimeError("no cluster was given to the screen yet")
