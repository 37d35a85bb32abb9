"""Streams the API server's events of some kinds into the store, each from the resourceVersion at which a list ended.

Fed by ``adapters.watch``, which lists, and lists again whatever a stream says it lost: nothing is listed twice, and between
list and stream there is no gap. One thread with one event loop for all kinds. These streams are our own and not Kopf's, which
lists every kind once more by itself and makes each of its objects a task that holds the whole object.
"""

import asyncio
import logging
import selectors
import ssl
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

import aiohttp
import orjson
from yarl import URL

from proxyless.adapters.api_values import ApiCredentials, Served
from proxyless.adapters.closing import goodbyes
from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.refusal import refused
from proxyless.adapters.store import Store
from proxyless.errors import ClusterError

log = logging.getLogger(__name__)

LIFE = 240
"""Seconds after which the API server ends a stream, so that it asks again for token and rights."""
SHORTEST = 1.0
"""Seconds between two streams of a kind."""
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=LIFE + 60)


class LostStreamError(Exception):
    """What happened since some resourceVersion cannot be told any more; empty where that is nobody's fault."""


class Streams:
    """Watch streams by kind.

    Args:
        cluster: where, and as whom.
        store: takes the events.
        lost: called in the thread of the streams with a kind whose stream ended for good, and why; empty: its history is gone.
    """

    def __init__(self, cluster: KubernetesApi, store: Store, lost: Callable[[str, str], None]) -> None:
        self._cluster = cluster
        self._store = store
        self._lost = lost
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, name="streams", daemon=True)
        self.connected: set[str] = set()
        """Kinds whose last stream was accepted by the API server."""

    def start(self) -> None:
        """Start in the background."""
        self._thread.start()
        self._started.wait()

    def follow(self, kind: str, served: Served, version: int) -> None:
        """Stream a kind from a resourceVersion on (0: from now on, and what there is); in place of a stream that it has."""
        self._call(lambda: self._begin(kind, served, str(version or "")))

    def drop(self, kind: str) -> None:
        """End the stream of a kind."""
        self._call(lambda: self._end(kind))

    def stop(self, timeout: float) -> None:
        """End all and wait for some seconds; what has not ended by then is left to its daemon thread."""
        if self._running is not None:
            self._call(self._running[1].set)
            self._thread.join(timeout)

    # -- the thread of the streams ------------------------------------------------------------------------------

    def _call(self, action: Callable[[], object]) -> None:
        if self._running is not None and self._thread.is_alive():
            self._running[0].call_soon_threadsafe(action)

    def _run(self) -> None:
        sockets = selectors.DefaultSelector()

        async def work() -> None:
            try:
                await self._work()
            finally:
                await goodbyes(sockets)

        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(sockets)) as runner:
            runner.run(work())

    async def _work(self) -> None:
        ending = asyncio.Event()
        self._running = asyncio.get_running_loop(), ending
        self._started.set()
        await ending.wait()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, kind: str, served: Served, version: str) -> None:
        self._end(kind)
        self._tasks[kind] = asyncio.create_task(self._follow(kind, served, version), name=kind)

    def _end(self, kind: str) -> None:
        self.connected.discard(kind)
        task = self._tasks.pop(kind, None)
        if task is not None:
            task.cancel()

    async def _follow(self, kind: str, served: Served, version: str) -> None:
        """Streams, one after the other, until one cannot be had."""
        try:
            while True:
                started = time.monotonic()
                version = await self._stream(kind, served, version)
                await asyncio.sleep(max(0.0, started + SHORTEST - time.monotonic()))
        except (LostStreamError, ClusterError) as error:
            why = str(error)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            why = f"no answer from {self._cluster.server} ({error or type(error).__name__})"
        except Exception as error:
            log.exception("the watch of %s failed", kind)
            why = f"{type(error).__name__}: {error}"
        self._tasks.pop(kind, None)
        self.connected.discard(kind)
        self._lost(kind, why)

    async def _stream(self, kind: str, served: Served, version: str) -> str:
        """One stream; returns the resourceVersion to go on from once it ends.

        Raises:
            LostStreamError: the API server no longer knows what happened since that resourceVersion.
            ClusterError: it refuses.
            ClientError: it does not answer.
        """
        known, path = self._cluster.connection(), served.path()
        query = {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": str(LIFE)}
        if version:
            query["resourceVersion"] = version
        url = URL(f"{known.server}{path}?{urlencode(query)}", encoded=True)
        headers = {"Accept": "application/json", "User-Agent": "proxyless"}
        if known.authorization:
            headers["Authorization"] = known.authorization
        async with (
            aiohttp.ClientSession(timeout=_TIMEOUT, read_bufsize=2**20) as session,
            session.get(url, headers=headers, ssl=_context(known)) as answer,
        ):
            if answer.status >= HTTPStatus.BAD_REQUEST:
                error = refused("GET", path, answer.status, await answer.read())
                raise LostStreamError if error.status == HTTPStatus.GONE else error
            self.connected.add(kind)
            rest = b""
            try:
                async for piece in answer.content.iter_any():
                    *lines, rest = (rest + piece).split(b"\n")
                    for line in lines:
                        version = self._take(kind, line) or version
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass  # the connection broke: the next stream tells of the rest
        return version

    def _take(self, kind: str, line: bytes) -> str:
        """One event into the store; returns its resourceVersion."""
        event = orjson.loads(line)
        what, body = event["type"], event["object"]
        if what == "ERROR":
            gone = body.get("code") == HTTPStatus.GONE
            raise LostStreamError("" if gone else f"the API server ended the watch: {body.get('message') or body}")
        if what == "DELETED":
            self._store.delete(kind, body)
        elif what != "BOOKMARK":
            self._store.upsert(kind, body)
        return str(body.get("metadata", {}).get("resourceVersion") or "")


def _context(known: ApiCredentials) -> ssl.SSLContext:
    """TLS as the credentials say; files are read anew, since they rotate."""
    context = ssl.create_default_context(cafile=known.ca_path)
    if not known.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if known.certificate_path:
        context.load_cert_chain(known.certificate_path, known.key_path)
    return context
