"""``proxyless lint --watch``: judges again whenever one of the files changes. Called by ``lint``; ends by Ctrl-C."""

import gc
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from proxyless.adapters.folders import find

_PAUSE = 0.25
"""Seconds between two looks at the files."""
_CLEAR = "\x1b[2J\x1b[3J\x1b[H"

Stamp = tuple[str, int, int]
"""A file's name, time of its last change in nanoseconds, and size."""


def watch(paths: Sequence[str], exclude: Sequence[str], judge: Callable[[], int]) -> None:
    """Judge at once and after each change, for ever.

    Args:
        paths: files and folders.
        exclude: patterns of what folders hold and is not to be read.
        judge: reads, judges and prints; gives the exit code.
    """
    seen: frozenset[Stamp] | None = None
    while True:
        now = frozenset(stamps(paths, exclude))
        if now != seen:
            seen = now
            if sys.stdout.isatty():
                sys.stdout.write(_CLEAR)
            code = judge()
            gc.collect()  # it is switched off for the short runs that lint is made for
            print(f"exit code {code}; watching {len(now)} files, Ctrl-C ends", file=sys.stderr, flush=True)
        time.sleep(_PAUSE)


def stamps(paths: Sequence[str], exclude: Sequence[str]) -> Iterator[Stamp]:
    """All files that the paths lead to, those that charts and kustomizations are made of among them."""
    found = find(paths, exclude)
    folders = [name for name, _ in found.charts] + [os.path.dirname(name) for name, _ in found.kustomizations]  # noqa: PTH120  names stay as written
    below = (str(path) for folder in folders for path in Path(folder or ".").rglob("*"))
    for name in dict.fromkeys((*(name for name, _ in found.files), *below)):
        try:
            status = os.stat(name)  # noqa: PTH116  likewise
        except OSError:
            continue  # it went between the two looks
        yield name, status.st_mtime_ns, status.st_size
