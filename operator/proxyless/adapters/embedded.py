"""Kopf inside our processes: one run of its operator in a thread and an event loop that it has for itself.

Used by ``webhook.carrier`` (admission), which registers its handlers and decides what happens when a run ends. Kopf cancels every task of its loop that is younger than itself when it ends, and would take over
the signals of the main thread; in a loop of ours it would take our open connections with it.
"""

import asyncio
import contextlib
import selectors
from collections.abc import Callable
from typing import Any, cast

import kopf

from proxyless.adapters.api_values import ApiCredentials
from proxyless.adapters.closing import goodbyes
from proxyless.errors import ClusterError

LOGIN_WAIT = 2.0
"""Seconds between two tries to find out where the API server is."""


class Embedded:
    """Kopf with some handlers. Each :meth:`run` is a fresh operator; :meth:`stop` is for good.

    Args:
        registry: the handlers; a login is added to them.
        settings: of :func:`settings`.
        connection: address and credentials, asked at each login; raises ClusterError where there are none yet.
    """

    def __init__(
        self, registry: kopf.OperatorRegistry, settings: kopf.OperatorSettings, connection: Callable[[], ApiCredentials]
    ) -> None:
        self._registry = registry
        self._settings = settings
        self._connection = connection
        self._stopped = False
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        kopf.on.login(registry=registry, id="login")(self._login)

    def run(self) -> None:
        """Runs until :meth:`stop`, or until Kopf fails, in the thread that calls.

        Raises:
            Exception: whatever ended Kopf.
        """
        sockets = selectors.DefaultSelector()

        async def operate() -> None:
            try:
                await self._operate()
            finally:
                await goodbyes(sockets)

        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(sockets)) as runner:
            runner.run(operate())

    def stop(self) -> None:
        """Ask it to end, from any thread; returns at once."""
        self._stopped = True
        if self._running is not None:
            loop, flag = self._running
            with contextlib.suppress(RuntimeError):  # the loop has closed meanwhile
                loop.call_soon_threadsafe(flag.set)

    async def _operate(self) -> None:
        # Of this loop: Kopf would wait for a threading.Event in a thread that outlives its failure.
        flag = asyncio.Event()
        self._running = asyncio.get_running_loop(), flag
        if self._stopped:
            return
        await kopf.operator(
            registry=self._registry,
            settings=self._settings,
            standalone=True,
            clusterwide=True,
            stop_flag=flag,
            identity=cast("Any", "proxyless"),  # else Kopf asks for a user name, which a container may not have
        )

    def _login(self, **_: Any) -> kopf.ConnectionInfo:
        """Address and credentials as all other calls to the API server use them."""
        try:
            known = self._connection()
        except ClusterError as error:  # any other exception would leave Kopf waiting for ever
            raise kopf.TemporaryError(str(error), delay=LOGIN_WAIT) from error
        scheme, _space, token = (known.authorization or "").rpartition(" ")
        return kopf.ConnectionInfo(
            server=known.server,
            ca_path=known.ca_path,
            insecure=not known.verify,
            certificate_path=known.certificate_path,
            private_key_path=known.key_path,
            scheme=scheme or None,
            token=token or None,
        )


def settings() -> kopf.OperatorSettings:
    """Settings of an operator that writes nothing and does not end our process."""
    made = kopf.OperatorSettings()
    made.posting.enabled = False
    made.process.ultimate_exiting_timeout = None  # it would kill the whole process
    return made
