"""Builds one replica of the operator from its parts, and starts and stops them in order. Made by ``controller.main``."""

import asyncio
import contextlib
import logging

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.leases import Lease
from proxyless.adapters.store import Store
from proxyless.adapters.watch import Watch
from proxyless.controller.agent_events import AgentEvents
from proxyless.controller.leading import Leading
from proxyless.controller.loop import Loop
from proxyless.controller.mesh_metrics import MeshMetrics
from proxyless.controller.metrics import Metrics
from proxyless.controller.options import Options
from proxyless.controller.repair import Repairs
from proxyless.controller.self_check import SelfCheck
from proxyless.controller.self_report import SelfReport
from proxyless.controller.writer import Writer
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rules import ALL
from proxyless.model.kinds import WATCHED
from proxyless.process.reaching import reached

log = logging.getLogger(__name__)

_ATTEMPTS = 5
"""Attempts at the Lease within its duration."""
_RETRY = 5.0
"""Longest pause between two tries to reach the API server, in seconds."""
_STOPPING = 0.6
"""Seconds for each part that is stopped."""


class Replica:
    """One replica."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self.metrics = Metrics()
        self._mesh_metrics = MeshMetrics(self.metrics)
        self._restarts = 0
        self.store = Store(WATCHED)
        self.connecting = "still starting"
        """Why there is no connection, empty once there is one."""
        self.watch: Watch | None = None
        self.leading: Leading | None = None
        self.loop: Loop | None = None
        self.writer: Writer | None = None
        self.agents: AgentEvents | None = None
        self.check: SelfCheck | None = None
        self.report: SelfReport | None = None
        self.repairs: Repairs | None = None

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            ExceptionGroup: a part ended by a defect of ours.
        """
        cluster = await reached(KubernetesApi.connect, self._unreached, min(self._options.retry, _RETRY))
        self.connecting = ""
        log.info("connected to %s as %s", cluster.server, self._options.identity)
        lease = Lease(
            cluster,
            self._options.namespace,
            self._options.lease,
            self._options.identity,
            duration=self._options.lease_duration,
        )
        self.leading = leading = Leading(lease, self._options.lease_duration / _ATTEMPTS, self.metrics)
        self.writer = writer = Writer(cluster, self.store, lambda: leading.held, self.metrics)
        self.loop = loop = Loop(self.store, ALL, MeshSettings(injector=True), writer, self.metrics)
        self.agents = agents = AgentEvents(cluster, lambda: leading.held, lambda: loop.judged)
        namespace = self._options.namespace
        self.check = check = SelfCheck(
            cluster,
            self.store,
            configurations=self._options.configurations,
            namespace=namespace,
            metrics=self.metrics,
            period=self._options.retry,
        )
        self.report = report = SelfReport(
            cluster, self.store, check=check, leading=leading, namespace=namespace, metrics=self.metrics
        )
        self.repairs = repairs = Repairs(cluster, lambda: leading.held, lambda: loop.judged)
        self.watch = Watch(cluster, self.store, relist=self._options.relist, retry=self._options.retry)
        self.watch.start()
        try:
            async with asyncio.TaskGroup() as parts:
                parts.create_task(leading.run(), name="leading")
                parts.create_task(writer.run(), name="writer")
                parts.create_task(loop.run(), name="loop")
                parts.create_task(agents.run(), name="agents")
                parts.create_task(check.run(), name="check")
                parts.create_task(report.run(), name="report")
                parts.create_task(repairs.run(), name="repairs")
                parts.create_task(_write_all_when_taken(leading, loop), name="taken")
        finally:
            await self._stop(leading)
            cluster.close()

    def measure(self) -> None:
        """Bring up to date what is not counted as it happens."""
        if self.writer is not None:
            self.metrics.backlog.set(self.writer.backlog)
        if self.watch is not None:
            self.metrics.restarts.inc(self.watch.restarts - self._restarts)
            self._restarts = self.watch.restarts
        leads = self.leading is not None and self.leading.held
        judged = self.loop.judged if leads and self.loop is not None else None
        self._mesh_metrics.show(judged)
        self._mesh_metrics.show_pods(judged, self.store)

    def _unreached(self, why: str) -> None:
        if why != self.connecting:
            log.warning("%s; trying again", why)
        self.connecting = why

    async def _stop(self, leading: Leading) -> None:
        watch = self.watch
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOPPING):
                await leading.release()
        if watch is not None:
            await asyncio.to_thread(watch.stop, _STOPPING)


async def _write_all_when_taken(leading: Leading, loop: Loop) -> None:
    while True:
        await leading.taken.wait()
        leading.taken.clear()
        loop.write_all()
