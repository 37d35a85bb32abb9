"""Load on a TLS port: N connections kept alive, one POST at a time on each. Small on purpose: it must not be the limit.

Started as a process of its own, so that it can be pinned to another core than the server:
``python load.py PORT PATH BODY-FILE IN-FLIGHT SECONDS VARIED`` prints JSON: seconds of each request, and how many failed.
VARIED is a text of the body that is another one in each request, made of digits: what differs between pods.
"""

import asyncio
import itertools
import json
import ssl
import sys
import time
from collections.abc import Iterator
from pathlib import Path


async def _worker(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    requests: Iterator[bytes],
    until: float,
    took: list[float],
) -> int:
    failed = 0
    for request in requests:
        if (started := time.perf_counter()) >= until:
            break
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b"content-length: " in head:
            body = await reader.readexactly(int(head.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0]))
        else:
            body = await _chunks(reader)
        took.append(time.perf_counter() - started)
        failed += not head.startswith(b"http/1.1 200") or (b"/inject" in request and b'"patch"' not in body)
    writer.close()
    return failed


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return body


def _requests(request: bytes, varied: bytes) -> Iterator[bytes]:
    """The request with other digits each time, not those of an earlier load."""
    most = 10 ** len(varied)
    for number in itertools.count(time.time_ns() // 1_000_000):
        yield request.replace(varied, b"%0*d" % (len(varied), number % most))


async def _load(port: int, in_flight: int, seconds: float, requests: Iterator[bytes]) -> tuple[list[float], int]:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    took: list[float] = []
    # all are open before the first request, which would else wait for the others' handshakes
    opening = (asyncio.open_connection("127.0.0.1", port, ssl=context) for _ in range(in_flight))
    connections = await asyncio.gather(*opening)
    until = time.perf_counter() + seconds
    workers = [_worker(*streams, requests, until, took) for streams in connections]
    return took, sum(await asyncio.gather(*workers))


if __name__ == "__main__":
    port, path, file, in_flight, seconds, varied = sys.argv[1:]
    body = Path(file).read_bytes()
    head = f"POST {path} HTTP/1.1\r\nHost: webhook\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    requests = _requests(head.encode() + body, varied.encode())
    took, failed = asyncio.run(_load(int(port), int(in_flight), float(seconds), requests))
    print(json.dumps({"took": took, "failed": failed}))
