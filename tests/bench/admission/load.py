"""Load on a TLS port: N connections kept alive, one POST at a time on each. Small on purpose: it must not be the limit.

Started as a process of its own, so that it can be pinned to another core than the server:
``python load.py PORT PATH BODY-FILE IN-FLIGHT SECONDS`` prints JSON: seconds of each request, and how many failed.
"""

import asyncio
import json
import ssl
import sys
import time
from pathlib import Path


async def _worker(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, until: float, took: list[float]
) -> int:
    failed = 0
    while (started := time.perf_counter()) < until:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b"content-length: " in head:
            body = await reader.readexactly(int(head.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0]))
        else:
            body = await _chunks(reader)
        took.append(time.perf_counter() - started)
        failed += not head.startswith(b"http/1.1 200") or b'"patch"' not in body
    writer.close()
    return failed


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readexactly(2)
    return body


async def _load(port: int, path: str, body: bytes, in_flight: int, seconds: float) -> tuple[list[float], int]:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    head = f"POST {path} HTTP/1.1\r\nHost: webhook\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    took: list[float] = []
    # all are open before the first request, which would else wait for the others' handshakes
    opening = (asyncio.open_connection("127.0.0.1", port, ssl=context) for _ in range(in_flight))
    connections = await asyncio.gather(*opening)
    until = time.perf_counter() + seconds
    workers = [_worker(*streams, head.encode() + body, until, took) for streams in connections]
    return took, sum(await asyncio.gather(*workers))


if __name__ == "__main__":
    port, path, file, in_flight, seconds = sys.argv[1:]
    took, failed = asyncio.run(_load(int(port), path, Path(file).read_bytes(), int(in_flight), float(seconds)))
    print(json.dumps({"took": took, "failed": failed}))
