"""Work that the leading replica does on the result of the last pass, again and again. Base of ``agent_events`` and ``repair``.

A failure is logged once, kept for ``/readyz``, and tried again at the next look.
"""

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.events import write_event
from proxyless.controller.judge import Judged
from proxyless.errors import ClusterError
from proxyless.lint.world import World
from proxyless.mesh.workload import Workload
from proxyless.report.agent_event import agent_event

log = logging.getLogger(__name__)


class AfterPass(ABC):
    """What one replica does while it leads.

    Args:
        cluster: where, and as whom.
        leads: whether this replica leads now.
        judged: the last result, None before the first pass.
        clock: seconds that only grow.
    """

    every: float
    """Seconds between two looks at the last result."""
    failure: str
    """What is logged, before the reason, where it fails."""

    def __init__(
        self,
        cluster: KubernetesApi,
        leads: Callable[[], bool],
        judged: Callable[[], Judged | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cluster = cluster
        self._leads = leads
        self._judged = judged
        self._clock = clock
        self.trouble = ""
        """Why the last look failed, empty where it did not."""

    @abstractmethod
    def act(self, world: World) -> None:
        """Do what is to be done now. Runs in a thread.

        Raises:
            ClusterError: something could not be read or written; the next look tries again.
        """

    def rest(self) -> None:  # noqa: B027  most have nothing to forget
        """Called in place of :meth:`act` while another replica leads."""

    async def run(self) -> None:
        """Look and act until cancelled."""
        while True:
            await asyncio.sleep(self.every)
            result = self._judged()
            if not self._leads():
                self.rest()
                continue
            if result is None or not result.whole:
                continue
            try:
                await asyncio.to_thread(self.act, result.world)
                self.trouble = ""
            except ClusterError as error:
                if str(error) != self.trouble:
                    log.warning("%s: %s", self.failure, error)
                self.trouble = str(error)

    def write_about(self, workload: Workload, reason: str, message: str, count: int = 1) -> None:
        """Write an Event about a workload; none where its namespace is gone.

        Raises:
            ClusterError: it was not written.
        """
        try:
            write_event(self._cluster, agent_event(workload, reason, message, datetime.now(UTC), count))
        except ClusterError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
