"""One run of an embedded Kopf operator that streams watch events of some kinds into the store.

Started and restarted by ``adapters.watch``. It has a thread and an event loop of its own, since Kopf, when it ends, cancels
every task of its loop that is younger than itself. Kopf only carries: ``on.event`` handlers that return None, so that
nothing is ever written to the watched objects.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any, cast

import kopf

from proxyless.adapters.cluster import Cluster, Served
from proxyless.adapters.store import Store
from proxyless.errors import ClusterError

log = logging.getLogger(__name__)

for _name, _level in (
    (
        "kopf._core.reactor.running",
        logging.ERROR,
    ),  # warns at each start that signals do not reach a thread: they need not
    ("kopf._cogs.clients.watching", logging.CRITICAL),  # each retry of each stream; what lasts ends the run and is told
    ("kopf.objects", logging.WARNING),  # one line for each event
):
    logging.getLogger(_name).setLevel(_level)


_CLOSING = 0.1
"""Seconds for TLS connections to say goodbye before their loop is closed."""


class Streams:
    """Watch streams for some kinds; ends as a whole when one of them fails.

    Args:
        cluster: where, and as whom.
        store: takes the events.
        kinds: kinds with the way in which they are served.
        on_end: called, in the thread, when everything has ended, for whatever reason.
    """

    def __init__(self, cluster: Cluster, store: Store, kinds: Mapping[str, Served], on_end: Callable[[], None]) -> None:
        self._cluster = cluster
        self._store = store
        self._kinds = dict(kinds)
        self._on_end = on_end
        self._ending = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="kopf-streams", daemon=True)
        self.error = ""
        """Why it ended, empty where it was told to."""
        self.ended = False

    def start(self) -> None:
        """Start in the background."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """End it and wait for some seconds. What has not ended by then is left to its (daemon) thread."""
        self._ending = True
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has closed meanwhile
                loop.call_soon_threadsafe(stop.set)
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        try:
            asyncio.run(self._operate())
        except Exception as error:  # noqa: BLE001  whatever ends a watch is told and tried again
            self.error = f"{type(error).__name__}: {error}"
        finally:
            self.ended = True
            self._on_end()

    async def _operate(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        if self._ending:
            return
        await kopf.operator(
            registry=self._registry(),
            settings=_settings(),
            standalone=True,
            clusterwide=True,
            stop_flag=self._stop,
            identity=cast("Any", "proxyless"),  # else Kopf asks for a user name, which a container may not have
        )
        await asyncio.sleep(_CLOSING)

    def _registry(self) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()
        kopf.on.login(registry=registry, id="login")(self._login)
        for kind, served in self._kinds.items():
            kopf.on.event(served.group, served.version, served.plural, registry=registry, id=f"watch-{kind}")(
                self._handler(kind)
            )
        return registry

    def _handler(self, kind: str) -> Any:
        async def on_event(event: Mapping[str, Any], **_: Any) -> None:
            if event["type"] == "DELETED":
                self._store.delete(kind, event["object"])
            else:
                self._store.upsert(kind, event["object"])

        return on_event

    async def _login(self, **_: Any) -> kopf.ConnectionInfo:
        try:
            connection = self._cluster.connection()
        except ClusterError as error:
            raise kopf.LoginError(str(error)) from error
        scheme, _space, token = (connection.authorization or "").partition(" ")
        return kopf.ConnectionInfo(
            server=connection.server,
            ca_path=connection.ca_path,
            certificate_path=connection.certificate_path,
            private_key_path=connection.key_path,
            scheme=scheme or None,
            token=token or None,
            insecure=not connection.verify,
        )


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.process.ultimate_exiting_timeout = None  # it would kill the whole process, admission included
    settings.posting.enabled = False
    settings.scanning.disabled = True  # CRDs that come later are found by adapters.watch
    settings.queueing.idle_timeout = 0.2  # one task per object lives as long
    settings.queueing.exit_timeout = 0.5
    settings.watching.chunk_size = 500
    settings.networking.error_backoffs = (0.1, 0.2, 0.5, 1, 2, 3)
    return settings
