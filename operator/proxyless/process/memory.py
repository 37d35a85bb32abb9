"""How near a process is to its memory limit, told before the kernel ends it: metrics, one log line, a line in ``/readyz``.

Used by ``process.running`` for operator and webhook. Readiness stays as it is: taking a replica away would move its load to the
others, which hold the same objects. The limit is that of the control group, where the process has one of its own.
"""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge

log = logging.getLogger(__name__)

NAME = "memory"
"""Name in ``/readyz``."""
NEAR, FAR = 0.85, 0.75
"""Shares of the limit: from the first one on it is told, below the second one it is over."""
LOOK = 5.0
"""Seconds between two looks."""
GROUP = Path("/sys/fs/cgroup")
"""The control group of a container, as the container sees it."""
_MOST = 1 << 60
"""What version 1 of control groups writes for no limit is larger."""


class MemoryLimit:
    """The limit and what is used of it, in bytes.

    Args:
        registry: gets ``proxyless_memory_bytes`` and ``proxyless_memory_limit_bytes``.
        group: folder of the control group.
        process: folder of the process in ``/proc``.
    """

    def __init__(self, registry: CollectorRegistry, group: Path = GROUP, process: Path = Path("/proc/self")) -> None:
        self._group = group
        self._process = process
        self.near = ""
        """What is told, empty while there is room."""
        for name, words, value in (
            (
                "proxyless_memory_bytes",
                "Memory that counts against the limit, without what can be freed at once.",
                self.used,
            ),
            ("proxyless_memory_limit_bytes", "Limit of memory, 0 where there is none.", self.limit),
        ):
            Gauge(name, words, registry=registry).set_function(value)

    def limit(self) -> int:
        """Limit of the control group; 0: none, or none of its own."""
        for name in ("memory.max", "memory/memory.limit_in_bytes"):
            text = _text(self._group / name)
            if text.isdigit():
                return int(text) if int(text) < _MOST else 0
        return 0

    def used(self) -> int:
        """Memory of the control group without cached files, as the kubelet counts it; without a group, of the process."""
        for current, stat, cached in (
            ("memory.current", "memory.stat", "inactive_file"),
            ("memory/memory.usage_in_bytes", "memory/memory.stat", "total_inactive_file"),
        ):
            text = _text(self._group / current)
            if text.isdigit():
                lines = (line.split() for line in _text(self._group / stat).splitlines())
                free = next((int(line[1]) for line in lines if line[:1] == [cached]), 0)
                return max(0, int(text) - free)
        found = _text(self._process / "status").partition("VmRSS:")[2].split()
        return 1024 * int(found[0]) if found else 0

    def look(self) -> None:
        """Tell once where the limit comes near, and once when that is over."""
        limit, used = self.limit(), self.used()
        if limit and used >= NEAR * limit:
            words = (
                f"{used // 2**20} of {limit // 2**20} MiB are used: beyond that the kernel ends this process. Raise its limit; "
                "docs/figures.md says how much a mesh of which size needs"
            )
            if not self.near:
                log.warning("%s: %s", NAME, words)
            self.near = words
        elif self.near and used < FAR * limit:
            log.info("%s: %d of %d MiB, there is room again", NAME, used // 2**20, limit // 2**20)
            self.near = ""

    async def watch(self) -> None:
        """Look for ever."""
        while True:
            self.look()
            await asyncio.sleep(LOOK)

    def beside(self, ready: Callable[[], tuple[bool, str]]) -> tuple[bool, str]:
        """An answer of ``/readyz`` with a line about memory where it is near its limit."""
        whether, text = ready()
        return whether, f"{text}\ndegraded: {NAME}: {self.near}" if self.near else text


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
