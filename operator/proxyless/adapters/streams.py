"""One run of an embedded Kopf operator that streams watch events of some kinds into the store.

Started and restarted by ``adapters.watch``. Kopf only carries: ``on.event`` handlers that return None, so that nothing is
ever written to the watched objects.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import kopf

from proxyless.adapters import embedded
from proxyless.adapters.api_values import Served
from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.embedded import Embedded
from proxyless.adapters.store import Store


class Streams:
    """Watch streams for some kinds; ends as a whole when one of them fails.

    Args:
        cluster: where, and as whom.
        store: takes the events.
        kinds: kinds with the way in which they are served.
        on_end: called, in the thread, when everything has ended, for whatever reason.
    """

    def __init__(
        self, cluster: KubernetesApi, store: Store, kinds: Mapping[str, Served], on_end: Callable[[], None]
    ) -> None:
        self._store = store
        self._on_end = on_end
        self._kopf = Embedded(self._registry(kinds), _settings(), cluster.connection)
        self._thread = threading.Thread(target=self._run, name="kopf-streams", daemon=True)
        self.error = ""
        """Why it ended, empty where it was told to."""
        self.ended = False

    def start(self) -> None:
        """Start in the background."""
        self._thread.start()

    def stop(self, timeout: float) -> None:
        """Stop the watch and wait for some seconds; what has not ended by then is left to its daemon thread."""
        self._kopf.stop()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        try:
            self._kopf.run()
        except Exception as error:  # noqa: BLE001  whatever ends a watch is told and tried again
            self.error = f"{type(error).__name__}: {error}"
        finally:
            self.ended = True
            self._on_end()

    def _registry(self, kinds: Mapping[str, Served]) -> kopf.OperatorRegistry:
        registry = kopf.OperatorRegistry()
        for kind, served in kinds.items():
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


def _settings() -> kopf.OperatorSettings:
    settings = embedded.settings()
    settings.scanning.disabled = True  # CRDs that come later are found by adapters.watch
    settings.queueing.idle_timeout = 0.2  # one task per object lives as long
    settings.queueing.exit_timeout = 0.5
    settings.watching.chunk_size = 500
    settings.networking.error_backoffs = (0.1, 0.2, 0.5, 1, 2, 3)
    return settings
