"""Blocking calls beside the loop that must not keep the process from ending.

``asyncio.to_thread`` will not do: a call to an API server that accepts and never answers takes a minute, and Python waits
for the threads of its executor at exit. Kubernetes gives a pod a few seconds.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar, cast

T = TypeVar("T")


async def off_loop(function: Callable[..., T], *arguments: object) -> T:
    """Call it in a daemon thread and wait. Cancelled: the wait ends, the thread is left to itself."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: Exception | None) -> None:
        if future.cancelled():
            return
        if error is None:
            future.set_result(cast("T", result))
        else:
            future.set_exception(error)

    def run() -> None:
        result: T | None = None
        error: Exception | None = None
        try:
            result = function(*arguments)
        except Exception as caught:  # noqa: BLE001  handed to whoever waits
            error = caught
        with contextlib.suppress(RuntimeError):  # the loop has closed meanwhile
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, name=f"off-loop {function.__name__}", daemon=True).start()
    return await future
