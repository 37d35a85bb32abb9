"""Writes statuses to the API server: newest and worst first, a few at a time, only what differs, only while this replica holds the Lease.

Called by ``controller.loop`` with the objects that a pass judged and the plan of that pass. What to write is decided by
``controller.plan`` for each object as it is at that moment. A write says which version of the object it saw; where the
object has changed meanwhile it is read afresh and planned again, so that nothing of others is lost.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from proxyless.adapters.cluster import KubernetesApi
from proxyless.adapters.store import Store
from proxyless.controller.metrics import Metrics
from proxyless.controller.plan import Plan
from proxyless.controller.queue import Queue
from proxyless.controller.route_status import is_ours
from proxyless.controller.statuses import OURS
from proxyless.errors import ClusterError
from proxyless.model.resource import Ref, Resource, mapping, sequence

log = logging.getLogger(__name__)

WORKERS = 4
"""Writes at once: 5,000 first conditions in about half a minute, without crowding out others at the API server."""
_TRIES = 5
"""Reads of one object that others keep changing, before it is left for later."""
_PAUSE = 5.0
"""Seconds before a failed write is tried again; doubles up to :data:`_LONGEST`."""
_LONGEST = 60.0
_FIGHT = 60.0
"""An entry that must be written again so soon (seconds) with the same content was removed by somebody: be slow then."""


@dataclass(slots=True)
class _History:
    content: object
    at: float
    streak: int = 0


class Writer:
    """The queue and its workers.

    Args:
        cluster: where, and as whom.
        store: objects as they were last seen; spares a read for each write.
        may_write: whether this replica holds the Lease now.
        metrics: counts of writes.
    """

    def __init__(self, cluster: KubernetesApi, store: Store, may_write: Callable[[], bool], metrics: Metrics) -> None:
        self._cluster = cluster
        self._store = store
        self._may_write = may_write
        self._metrics = metrics
        self._plan: Plan | None = None
        self._queue = Queue()
        self._wake = asyncio.Event()
        self._history: dict[Ref, _History] = {}
        self._failures: dict[Ref, int] = {}
        self._asked: dict[Ref, float] = {}
        self.troubles: dict[str, str] = {}
        """Kinds whose status cannot be written, with the reason."""

    def want(self, refs: Iterable[Ref], plan: Plan, since: float, later: Iterable[Ref] = ()) -> None:
        """Queue these objects, before all that wait already.

        Args:
            refs: objects whose status may differ from the plan.
            later: the same, but behind all that wait already.
            plan: replaces the plan for those that wait, too.
            since: ``time.monotonic()`` of the first change that led here, for the measure of latency.
        """
        self._plan = plan
        refs, later = list(dict.fromkeys(refs)), list(dict.fromkeys(later))
        if self._may_write():
            for ref in (*refs, *later):
                self._asked.setdefault(ref, since)
        self._queue.put_first(refs)
        self._queue.put_last(later)
        self._wake.set()

    @property
    def backlog(self) -> int:
        """Objects that wait."""
        return len(self._queue)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as workers:
            for number in range(WORKERS):
                workers.create_task(self._work(), name=f"writer-{number}")

    async def _work(self) -> None:
        while True:
            ref = self._next()
            if ref is None:
                await self._rest()
                continue
            try:
                await self._settle(ref)
            except ClusterError as error:
                self._failed(ref, error)
            except Exception:
                log.exception("a bug in proxyless: the status of %s could not be computed; please report it", ref)
                self._metrics.writes.labels(ref.kind, "defect").inc()

    def _next(self) -> Ref | None:
        if not self._may_write():
            return None
        return self._queue.take(time.monotonic())

    async def _rest(self) -> None:
        self._wake.clear()
        try:
            async with asyncio.timeout(1.0):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _settle(self, ref: Ref) -> None:
        """Bring one object's status up to date."""
        item = self._store.get(ref)
        for _ in range(_TRIES):
            plan = self._plan
            if item is None or plan is None:
                return self._done(ref)
            status = plan(item, datetime.now(UTC))
            if status is None:
                return self._done(ref)
            if wait := self._fighting(ref, status):
                self._queue.put_later(ref, time.monotonic() + wait)
                return None
            if not self._may_write():
                self._queue.put_later(ref, 0.0)
                return None
            if await self._write(item, status):
                return self._wrote(ref, status)
            item = await self._read(ref)
        raise ClusterError(f"{ref} changes faster than its status can be written", status=HTTPStatus.CONFLICT)

    async def _write(self, item: Resource, status: dict[str, Any]) -> bool:
        """Whether it was written; False where the object has changed meanwhile, or is gone."""
        version = str(mapping(item.body.get("metadata")).get("resourceVersion", ""))
        try:
            await asyncio.to_thread(self._cluster.patch_status, item.ref, status, version=version)
        except ClusterError as error:
            if error.status in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND):
                self._metrics.writes.labels(item.kind, "conflict").inc()
                return False
            raise
        return True

    async def _read(self, ref: Ref) -> Resource | None:
        try:
            return Resource(ref, await asyncio.to_thread(self._cluster.get, ref))
        except ClusterError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    # -- bookkeeping --------------------------------------------------------------------------------------------

    def _done(self, ref: Ref) -> None:
        self._failures.pop(ref, None)
        self._asked.pop(ref, None)

    def _wrote(self, ref: Ref, status: dict[str, Any]) -> None:
        self._failures.pop(ref, None)
        self.troubles.pop(ref.kind, None)
        self._metrics.writes.labels(ref.kind, "written").inc()
        if (asked := self._asked.pop(ref, None)) is not None:
            self._metrics.latency.observe(time.monotonic() - asked)
        before, content = self._history.get(ref), _content(status)
        again = before is not None and before.content == content and time.monotonic() - before.at < _FIGHT
        self._history[ref] = _History(content, time.monotonic(), before.streak + 1 if before and again else 0)

    def _fighting(self, ref: Ref, status: dict[str, Any]) -> float:
        """Seconds to wait before writing the same again: somebody keeps removing it. 0: write."""
        before = self._history.get(ref)
        if before is None or before.content != _content(status):
            return 0.0
        return max(0.0, before.at + min(2.0**before.streak, _LONGEST) - time.monotonic())

    def _failed(self, ref: Ref, error: ClusterError) -> None:
        number = self._failures[ref] = self._failures.get(ref, -1) + 1
        again = time.monotonic() + min(_PAUSE * 2**number, _LONGEST)
        if error.status == HTTPStatus.FORBIDDEN:  # holds for every object of the kind: one try speaks for all
            self._queue.block(ref.kind, again)
        self._queue.put_later(ref, again)
        self._metrics.writes.labels(ref.kind, "failed").inc()
        if self.troubles.get(ref.kind) != str(error):
            self.troubles[ref.kind] = str(error)
            log.warning("status of %s not written: %s", ref, error)

    def forget(self, refs: Iterable[Ref]) -> None:
        """Drop what is remembered of objects that are gone."""
        memories: tuple[dict[Ref, Any], ...] = (self._history, self._failures, self._asked)
        for ref in refs:
            self._queue.drop(ref)
            for memory in memories:
                memory.pop(ref, None)


def _content(status: dict[str, Any]) -> str:
    """What we say in a status, without times and without what others say."""
    parents = [
        (entry.get("parentRef"), _timeless(entry.get("conditions")))
        for entry in status.get("parents", ())
        if is_ours(entry)
    ]
    return repr({**status, "conditions": _timeless(status.get("conditions")), "parents": parents})


def _timeless(conditions: object) -> list[dict[str, Any]]:
    return [
        {key: value for key, value in mapping(entry).items() if key != "lastTransitionTime"}
        for entry in sequence(conditions)
        if mapping(entry).get("type") in OURS
    ]
