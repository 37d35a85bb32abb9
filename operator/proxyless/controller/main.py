"""``proxyless run operator``: the health endpoint, the operator, and a prompt end on SIGTERM."""

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Sequence
from functools import partial

from aiohttp import web

from proxyless.adapters.cluster import Cluster
from proxyless.adapters.health import health_app
from proxyless.controller import logs, options
from proxyless.controller.cleanup import remove_conditions
from proxyless.controller.options import Options
from proxyless.controller.readiness import report
from proxyless.controller.replica import Replica
from proxyless.errors import ClusterError

log = logging.getLogger(__name__)

_DEADLINE = 1.8
"""Seconds from the signal to the end of the process, even if a call to the API server hangs."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs until a signal. 0: ended by a signal; 1: the port is taken, or a defect of ours; 2: usage (by exiting).

    With ``--remove-conditions``: 0 where all were removed, else 1.
    """
    chosen = options.read(argv)
    logs.set_up(chosen.log_level)
    if chosen.remove_conditions:
        return _remove_conditions()
    deadline = threading.Timer(_DEADLINE, os._exit, (0,))
    deadline.daemon = True
    try:
        return asyncio.run(_run(chosen, deadline))
    finally:
        deadline.cancel()


def _remove_conditions() -> int:
    try:
        cluster = Cluster.connect()
    except ClusterError as error:
        log.error("%s", error)  # noqa: TRY400  the message is the whole story
        return 1
    removed, failures = remove_conditions(cluster)
    for failure in failures:
        log.error("not removed: %s", failure)
    log.info("removed %s conditions", removed)
    return 1 if failures else 0


async def _run(chosen: Options, deadline: threading.Timer) -> int:
    replica = Replica(chosen)
    health = health_app(replica.metrics.registry, partial(report, replica), replica.measure)
    runner = web.AppRunner(health, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, chosen.health_host or None, chosen.health_port).start()
    except OSError as error:
        log.error("port %s for probes cannot be used: %s; choose another with --health-port", chosen.health_port, error)  # noqa: TRY400
        await runner.cleanup()
        return 1
    work = asyncio.create_task(replica.run(), name="operator")
    loop = asyncio.get_running_loop()

    def end() -> None:
        if not work.done() and not work.cancelling():
            log.info("ending")
            deadline.start()
            work.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    try:
        await work
    except asyncio.CancelledError:
        return 0
    except Exception:
        log.exception("the operator stopped because of a bug in proxyless; please report it")
        return 1
    finally:
        with contextlib.suppress(OSError):
            await runner.cleanup()
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
