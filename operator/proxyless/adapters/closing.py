"""Waits until the connections of an event loop that ends have said goodbye. Used by ``embedded`` and ``streams``."""

import asyncio
import selectors
import time

GOODBYES = 0.5
"""Seconds that the API server has to answer the end of TLS on what was closed."""


async def goodbyes(sockets: selectors.BaseSelector) -> None:
    """Wait for the ends of connections that were closed: who closes them does not wait, and a loop that has ended never will."""
    own = 1  # the loop's own, by which other threads wake it
    deadline = time.monotonic() + GOODBYES
    while len(sockets.get_map()) > own and time.monotonic() < deadline:  # noqa: ASYNC110  a socket sets no event
        await asyncio.sleep(0.01)
