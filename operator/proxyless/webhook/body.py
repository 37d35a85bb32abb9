"""Reading a review's bytes off the wire, bounded in size and time. Called by ``webhook.server`` alone."""

import asyncio
from typing import NamedTuple

from aiohttp import StreamReader, web

LIMIT = 3 * 1024 * 1024 + 64 * 1024
"""Bytes of a review that are judged. etcd stores at most 1.5 MiB per object by default, an update carries the old and
the new one: 3 MiB, and the rest for what is around them."""
DRAIN = 32 * 1024 * 1024
"""Bytes that are read and thrown away so that the sender gets to read our answer; beyond, the connection is closed."""
SECONDS = 10
"""Longest wait for a whole body; the API server itself gives up after 5 s."""


class Body(NamedTuple):
    """What was read."""

    data: bytes
    """All of it, or where it is too large the beginning."""
    too_large: bool
    whole: bool
    """False where the rest was not even read: the connection cannot be used again."""


async def read(request: web.BaseRequest) -> Body:
    """Read the body of a request.

    Raises:
        TimeoutError: the sender stopped sending.
    """
    content = request.content
    if content.is_eof() and content.total_bytes <= LIMIT:  # small reviews arrive together with their head
        return Body(content.read_nowait(), too_large=False, whole=True)
    chunks: list[bytes] = []
    size = 0
    async with asyncio.timeout(SECONDS):
        while chunk := await content.readany():
            size += len(chunk)
            if size > LIMIT:
                return await _drain(content, (chunks[0] if chunks else chunk)[:4096], size)
            chunks.append(chunk)
    return Body(b"".join(chunks), too_large=False, whole=True)


async def _drain(content: StreamReader, head: bytes, size: int) -> Body:
    while size <= DRAIN and (chunk := await content.readany()):
        size += len(chunk)
    return Body(head, too_large=True, whole=size <= DRAIN)
