"""Tells of workloads whose pods lack the agent: an Event when it begins, when it is other than told, and when it is over.

One task of ``controller.replica``; only the replica that leads tells. What is told follows the result of the last pass and
costs one look at the workloads that lack the agent; nothing is read from the API server.
"""

import time
from collections.abc import Callable, Mapping

from proxyless.adapters.cluster import KubernetesApi
from proxyless.controller.after_pass import AfterPass
from proxyless.controller.judge import Judged
from proxyless.lint.running import Lack, cure, lacking
from proxyless.lint.world import World
from proxyless.mesh.workload import Workload
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref
from proxyless.report.agent_event import LACK, PRESENT

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


class AgentEvents(AfterPass):
    """What one replica tells while it leads."""

    every = 1.0
    failure = "an Event about pods without agent was not written"

    def __init__(
        self,
        cluster: KubernetesApi,
        leads: Callable[[], bool],
        judged: Callable[[], Judged | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(cluster, leads, judged, clock)
        self._told: dict[Ref, _Told] = {}

    def rest(self) -> None:
        """Forget: the next to lead tells what lasts."""
        self._told.clear()

    def act(self, world: World) -> None:
        """Write what is new."""
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
        self.write_about(workload, reason, message[:1].upper() + message[1:], count)
