"""Reading a review's bytes off the wire, bounded in size, time and memory. Called by ``webhook.server`` alone."""

import asyncio

from aiohttp import StreamReader, web

from proxyless.model.record import NamedTuple
from proxyless.webhook.body_memory import Reservation
from proxyless.webhook.bounds import Bounds

DRAIN = 32 * 1024 * 1024
"""Bytes that are read and thrown away so that the sender gets to read our answer; beyond, the connection is closed."""


class Body(NamedTuple):
    """What was read."""

    data: bytes
    """All of it, or where it is too large the beginning."""
    too_large: bool
    whole: bool
    """False where the rest was not even read: the connection cannot be used again."""


async def read(request: web.BaseRequest, bounds: Bounds, share: Reservation) -> Body:
    """Read the body of a request; ``share`` holds its bytes, and waits where all reviews together have no room left.

    Raises:
        TimeoutError: the sender stopped sending.
        ConnectionError: it went away, or was closed to make room.
    """
    content = request.content
    async with asyncio.timeout(bounds.body):
        if content.is_eof() and content.total_bytes <= bounds.review:  # small reviews arrive together with their head
            await share.take(content.total_bytes)
            return Body(content.read_nowait(), too_large=False, whole=True)
        chunks: list[bytes] = []
        size = 0
        while chunk := await content.readany():
            size += len(chunk)
            await share.take(len(chunk))
            if size > bounds.review:
                return await _drain(content, (chunks[0] if chunks else chunk)[:4096], size)
            chunks.append(chunk)
    return Body(b"".join(chunks), too_large=False, whole=True)


async def _drain(content: StreamReader, head: bytes, size: int) -> Body:
    while size <= DRAIN and (chunk := await content.readany()):
        size += len(chunk)
    return Body(head, too_large=True, whole=size <= DRAIN)
