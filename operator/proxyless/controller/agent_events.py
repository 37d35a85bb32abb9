"""Tells of workloads whose pods lack the agent: an Event when it begins, when it is other than told, and when it is over.

One task of ``controller.replica``; only the replica that leads tells. What is told follows the result of the last pass and
costs one look at the workloads that lack the agent; nothing is read from the API server.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.events import write_event
from proxyless.controller.judge import Judged
from proxyless.errors import ClusterError
from proxyless.lint.running import Lack, cure, lacking
from proxyless.lint.world import World
from proxyless.mesh.workload import Workload
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref
from proxyless.report.agent_event import LACK, PRESENT, agent_event

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two looks at the last result."""
AGAIN = 60.0
"""Seconds until another number of pods of the same workload is told: a rollout is one story."""
MOST = 20
"""Events in one look; further ones wait for the next."""


class _Told(NamedTuple):
    """What was told of one workload."""

    words: str
    at: float
    times: int
    workload: Workload


class AgentEvents:
    """What one replica tells while it leads.

    Args:
        cluster: where, and as whom.
        leads: whether this replica leads now.
        judged: the last result, None before the first pass.
        clock: seconds that only grow.
    """

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
        self._told: dict[Ref, _Told] = {}
        self.trouble = ""
        """Why Events cannot be written, empty where they can."""

    async def run(self) -> None:
        """Look and tell until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            result = self._judged()
            if not self._leads():
                self._told.clear()  # the next to lead tells what lasts
                continue
            if result is None or not result.whole:
                continue
            try:
                await asyncio.to_thread(self.tell, result.world)
                self.trouble = ""
            except ClusterError as error:
                if str(error) != self.trouble:
                    log.warning("an Event about pods without agent was not written: %s", error)
                self.trouble = str(error)

    def tell(self, world: World) -> None:
        """Write what is new.

        Raises:
            ClusterError: one could not be written; the next look tries again.
        """
        found = lacking(world)
        for ref in self._new(found):
            words = found[ref].sentence
            before = self._told.get(ref)
            count = before.times + 1 if before else 1
            remedy, _ = cure(found[ref].workload, world)
            self._write(found[ref].workload, LACK, f"{found[ref].words}. {remedy}", count)
            self._told[ref] = _Told(words, self._clock(), count, found[ref].workload)
        for ref in [ref for ref in self._told if ref not in found]:
            told = self._told[ref]
            if world.get(*ref) is not None:
                self._write(told.workload, PRESENT, "All pods that run have the agent.", told.times)
            del self._told[ref]

    def _new(self, found: Mapping[Ref, Lack]) -> list[Ref]:
        now = self._clock()
        return [
            ref
            for ref, lack in sorted(found.items())
            if (told := self._told.get(ref)) is None or (told.words != lack.sentence and now - told.at >= AGAIN)
        ][:MOST]

    def _write(self, workload: Workload, reason: str, message: str, count: int) -> None:
        words = message[:1].upper() + message[1:]
        try:
            write_event(self._cluster, agent_event(workload, reason, words, datetime.now(UTC), count))
        except ClusterError as error:
            if error.status != HTTPStatus.NOT_FOUND:  # its namespace is gone
                raise
