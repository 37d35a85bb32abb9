"""Restarts workloads whose pods lack the agent, where the ProxylessMesh allows it: few at a time, once for the same cause.

One task of ``controller.replica``; only the replica that leads repairs. What may be restarted is decided in
``repair_decision``, from the owner as it is at the API server at that moment.
"""

import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from proxyless.adapters.cluster import MERGE, KubernetesApi
from proxyless.controller.after_pass import AfterPass
from proxyless.controller.judge import Judged
from proxyless.controller.repair_decision import (
    CAUSE,
    KINDS,
    RepairSettings,
    cause_of,
    forgotten,
    hindrance,
    restart,
    settings_of,
)
from proxyless.errors import ClusterError
from proxyless.lint.running import lacking
from proxyless.lint.world import World
from proxyless.mesh.workload import Workload
from proxyless.model.resource import Ref, Resource, mapping, sequence
from proxyless.report.agent_event import NOT_RESTARTED, RESTARTED

log = logging.getLogger(__name__)

SETTLE = 15.0
"""Seconds for which pods must lack the agent: a rollout by somebody else may be about to replace them."""
LATER = 30.0
"""Seconds until a workload that may not be restarted now is looked at again."""
_MINUTE = 60.0


class Repairs(AfterPass):
    """What one replica repairs while it leads."""

    every = 2.0
    failure = "pods without agent are not repaired"

    def __init__(
        self,
        cluster: KubernetesApi,
        leads: Callable[[], bool],
        judged: Callable[[], Judged | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(cluster, leads, judged, clock)
        self._since: dict[Ref, float] = {}
        """From when on each workload that lacks the agent is to settle."""
        self._restarts: deque[float] = deque()
        self._said: dict[Ref, str] = {}

    def act(self, world: World) -> None:
        """Restart what may be restarted now, and forget causes that are over."""
        mesh = world.get("ProxylessMesh", "", "default")
        settings = settings_of(mesh.spec if mesh is not None else None)
        if not settings.restart:
            return
        found, now = lacking(world), self._clock()
        self._since = {ref: self._since.get(ref, now) for ref in found}
        self._said = {ref: words for ref, words in self._said.items() if ref in found}
        for ref in sorted(found):
            if now >= self._since[ref] + SETTLE and self._has_room(settings):
                self._attend(found[ref].workload, world)
        for kind in KINDS:
            for item in world.seen(kind):
                if CAUSE in item.annotations and item.ref not in found and _has_pods(item, world):
                    self._patch(item.ref, forgotten(item.body))

    def _has_room(self, settings: RepairSettings) -> bool:
        """Whether one more restart is allowed in this minute."""
        while self._restarts and self._clock() - self._restarts[0] >= _MINUTE:
            self._restarts.popleft()
        return len(self._restarts) < settings.per_minute

    def _attend(self, workload: Workload, world: World) -> None:
        """Restart one workload, or say why not, each reason once."""
        owner: dict[str, Any] = {}
        budgets: list[dict[str, Any]] = []
        if workload.ref.kind in KINDS:
            try:
                owner = self._cluster.get(workload.ref)
            except ClusterError as error:
                if error.status == HTTPStatus.NOT_FOUND:
                    return
                raise
            path = f"/apis/policy/v1/namespaces/{workload.namespace}/poddisruptionbudgets"
            budgets = sequence(mapping(self._cluster.request("GET", path)).get("items"))
        reason = hindrance(workload, world, owner, budgets)
        if reason:
            if self._said.get(workload.ref) != reason:
                self.write_about(workload, NOT_RESTARTED, f"Not restarted: {reason}.")
                self._said[workload.ref] = reason
            self._since[workload.ref] = self._clock() + LATER - SETTLE
            return
        if self._patch(workload.ref, restart(owner, cause_of(workload, world), datetime.now(UTC))):
            self._restarts.append(self._clock())
            self._since[workload.ref] = self._clock()
            log.info("%s is restarted: its pods lack the agent", workload.ref)
            self.write_about(
                workload, RESTARTED, "Restarted, since its pods lack the agent; the ProxylessMesh allows it."
            )

    def _patch(self, ref: Ref, body: dict[str, Any]) -> bool:
        """Write it; False where the owner is not as it was seen, or gone: the next look sees it anew."""
        path = f"/apis/apps/v1/namespaces/{ref.namespace}/{ref.kind.lower()}s/{ref.name}"
        try:
            self._cluster.request("PATCH", path, body, content=MERGE)
        except ClusterError as error:
            if error.status in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND):
                return False
            raise
        return True


def _has_pods(item: Resource, world: World) -> bool:
    """Whether pods of a workload are there, so that its cause is over and not only its pods gone."""
    return world.get("WorkloadPods", item.namespace, f"{item.kind}/{item.name}") is not None
