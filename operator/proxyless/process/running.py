"""A long-running part from start to end: logs, health port, signals, exit code. Called by the ``main`` of each part.

Nothing but a usage error, a defect of ours, SIGTERM and SIGINT ends a process: whatever else is missing is told at
``/readyz`` and in the log, and tried again by the part itself.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import uvloop
from prometheus_client import CollectorRegistry

from proxyless.errors import ProxylessError
from proxyless.process import logs
from proxyless.process.health import HealthPort, Ready
from proxyless.process.memory import MemoryLimit
from proxyless.process.options import ProcessOptions
from proxyless.process.sockets import bound

log = logging.getLogger(__name__)

ENDED, DEFECT, USAGE = 0, 1, 2
"""Exit codes: ended by a signal, by a bug in proxyless, by an option that cannot be used."""


@dataclass(slots=True, frozen=True, kw_only=True)
class Part:
    """One replica of operator or webhook, as its process sees it."""

    run: Callable[[], Coroutine[Any, Any, None]]
    """Works until cancelled, then ends in order."""
    registry: CollectorRegistry
    """What ``/metrics`` shows."""
    ready: Ready
    """Asked at each ``/readyz``."""
    measure: Callable[[], None] = lambda: None
    """Called before each ``/metrics``, for what is not counted as it happens."""


def run(make: Callable[[], Part], options: ProcessOptions, *, within: float) -> int:
    """Runs one part until a signal and returns the exit code.

    Args:
        make: makes it, in the event loop; raises ProxylessError where an option cannot be used.
        options: what it was told.
        within: seconds from the signal to the end of the process, even where a call to the API server hangs.
    """
    logs.set_up(options.log_level, options.log_format)
    deadline = threading.Timer(within, os._exit, (ENDED,))
    deadline.daemon = True
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # a tenth less work for each review
            return runner.run(_serve(make, options, deadline))
    finally:
        deadline.cancel()


async def _serve(make: Callable[[], Part], options: ProcessOptions, deadline: threading.Timer) -> int:
    try:
        part = make()
        listening = bound(options.health_host, options.health_port, "--health-port")
    except ProxylessError as error:
        log.error("%s", error)  # noqa: TRY400  the message is the whole story
        return USAGE
    memory = MemoryLimit(part.registry)
    health = HealthPort(part.registry, lambda: memory.beside(part.ready), part.measure)
    health.open(listening)
    work = asyncio.create_task(part.run(), name="part")
    looking = asyncio.create_task(memory.watch(), name="memory")

    def end() -> None:
        if not work.done() and not work.cancelling():
            log.info("ending")
            deadline.start()
            work.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)
    try:
        await work
    except asyncio.CancelledError:
        return ENDED
    except Exception:
        log.exception("ended by a bug in proxyless; please report it")
    finally:
        looking.cancel()
        await health.close()
    return DEFECT
