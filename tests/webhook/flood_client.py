"""One client that opens connections and never sends a whole review. ``python flood_client.py PORT COUNT``, run by ``test_flood.py``.

Four shapes in turn: TCP alone, TLS and silent, half of a head, half of a body; the last two send a byte each second. Each is
held until the server closes it. Prints how many it opened and how many it holds once COUNT were opened; ends with its input.
"""

import asyncio
import contextlib
import itertools
import resource
import ssl
import sys

AT_ONCE = 100
HEAD = b"POST /inject HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nX-Slow: "
BODY = b'POST /inject HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{"a":"'


class Flood:
    def __init__(self, port: int, count: int) -> None:
        self._port, self._count = port, count
        self._turns = asyncio.Semaphore(AT_ONCE)
        self.opened = self.held = 0
        self._all = asyncio.Event()
        self._context = ssl.create_default_context()
        self._context.check_hostname, self._context.verify_mode = False, ssl.CERT_NONE

    async def run(self) -> None:
        shapes = itertools.cycle((b"", None, HEAD, BODY))
        tasks = [asyncio.create_task(self._hold(next(shapes))) for _ in range(self._count)]
        await self._all.wait()
        await asyncio.sleep(2)  # slow senders go on for a while
        print(self.opened, self.held, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _count_one(self) -> None:
        self.opened += 1
        if self.opened == self._count:
            self._all.set()

    async def _hold(self, sent: bytes | None) -> None:
        context = self._context if sent != b"" else None
        try:
            async with self._turns:
                try:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._port, ssl=context)
                finally:
                    self._count_one()
            self.held += 1
        except OSError:
            return
        with contextlib.suppress(OSError):
            writer.write(sent or b"")
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        if not await reader.read(1000):
                            break
                writer.write(b"x" if sent else b"")
        self.held -= 1
        writer.transport.abort()


resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
asyncio.run(Flood(int(sys.argv[1]), int(sys.argv[2])).run())
