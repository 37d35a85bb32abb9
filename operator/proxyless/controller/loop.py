"""The reconciliation loop: takes what changed, judges what rests on it, hands the result to the writer.

The first change after a while is judged at once; what comes soon after a pass is gathered for the next one. A pass gives way
to newer changes, which come before what it leaves. It runs in a thread, so that probes and the Lease go on meanwhile. All state is here, in one task.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from proxyless.adapters.store import NOT_YET, Store
from proxyless.adapters.store_change import Change, PendingChange
from proxyless.controller.gather import gather
from proxyless.controller.judge import Judged, Pass, generation_of
from proxyless.controller.metrics import Metrics
from proxyless.controller.plan import Plan, planner
from proxyless.controller.writer import Writer
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rule import Rule
from proxyless.model.finding import Severity
from proxyless.model.kinds import OWN_KINDS
from proxyless.model.memory import Memory
from proxyless.model.resource import Ref

log = logging.getLogger(__name__)

GATHER = 0.2
"""Seconds from a pass to the next one: of a `kubectl apply` of a folder the first object is judged at once, the others together."""
STEP = 250
"""Objects that are judged before what was found is handed to the writer."""
SLICE = 0.3
"""Seconds after which a pass gives way to newer changes; what it leaves is judged with them."""
_LONGEST_SLEEP = 600.0


class Loop:
    """The reconciling loop of one replica.

    Args:
        store: the cluster as it is known; the loop subscribes to its changes.
        rules: what is checked.
        base: settings that hold where the ProxylessMesh says nothing.
        writer: takes what was decided.
        metrics: counts and times.
    """

    def __init__(
        self, store: Store, rules: Sequence[Rule], base: MeshSettings, writer: Writer, metrics: Metrics
    ) -> None:
        self._store = store
        self._rules = rules
        self._base = base
        self._writer = writer
        self._metrics = metrics
        self._lock = threading.Lock()
        self._pending = PendingChange(completeness=True)
        self._since = time.monotonic()
        self._counted = False
        """Whether our own objects were all queued once counts were true."""
        self._ended = 0.0
        """When the last pass ended."""
        self._touched = asyncio.Event()
        self._touched.set()
        self._asyncio = asyncio.get_running_loop()
        self._plan: Plan | None = None
        self._owed: tuple[Ref, ...] = ()
        self._unseen: frozenset[Ref] = frozenset()
        self._memory = Memory()
        self.judged: Judged | None = None
        """The last result, None before the first pass."""
        store.subscribe(self._on_change)

    def write_all(self) -> None:
        """Queue every object: this replica has just become the writer."""
        if self.judged is not None and self._plan is not None:
            judged, refs = self.judged, [*self.judged.verdicts]
            bad = [ref for ref in refs if _is_bad(judged, ref)]
            self._writer.want([*bad, *self._own()], self._plan, time.monotonic(), later=refs)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._wait_for_change()
            change, since = self._take()
            if NOT_YET in self._store.missing().values():
                self._put_back(change, since)
                await asyncio.sleep(GATHER)
                continue
            if self._plan is not None and self.judged is not None and not self._asks_for_pass(change, self.judged):
                self._writer.want(change.status, self._plan, since)  # only statuses: the verdicts stand
            else:
                await self._pass(change, since)

    # -- changes, from the watch's threads ----------------------------------------------------------------------

    def _on_change(self, change: Change) -> None:
        with self._lock:
            if not self._pending:
                self._since = time.monotonic()
            self._pending.add(change)
        with contextlib.suppress(RuntimeError):  # the loop has closed meanwhile
            self._asyncio.call_soon_threadsafe(self._touched.set)

    def _take(self) -> tuple[Change, float]:
        with self._lock:
            pending, self._pending = self._pending, PendingChange()
            return pending.whole(), self._since

    def _put_back(self, change: Change, since: float) -> None:
        with self._lock:
            self._pending.add(change)
            self._since = since
        self._touched.set()

    async def _wait_for_change(self) -> None:
        """Returns once there was a change and the last pass is some time ago, or once an exception has expired."""
        try:
            async with asyncio.timeout(self._until_expiry()):
                await self._touched.wait()
        except TimeoutError:
            self._put_back(Change(completeness=True), time.monotonic())
        await asyncio.sleep(max(0.0, self._ended + GATHER - time.monotonic()))
        self._touched.clear()

    def _until_expiry(self) -> float:
        expiry = self.judged.gathered.next_expiry() if self.judged is not None else None
        if expiry is None:
            return _LONGEST_SLEEP
        return min(max(0.0, (expiry - datetime.now(UTC)).total_seconds()), _LONGEST_SLEEP)

    # -- a pass -------------------------------------------------------------------------------------------------

    async def _pass(self, change: Change, since: float) -> None:
        started = time.monotonic()
        try:
            work = await asyncio.to_thread(self._start, change)
            while True:
                judged, plan = await asyncio.to_thread(_step, work)
                self._hand_over(judged, plan, change, since)
                if not work.todo or (self._interrupted() and time.monotonic() - started > SLICE):
                    break
            self._owed, self._unseen = tuple(work.todo), frozenset(work.unseen)
            places = work.recounted if self._counted else None
            self._counted = judged.whole
            written = (ref for ref in change.status if ref.kind in OWN_KINDS)
            self._writer.want([*self._own(places), *written], plan, since)  # their counts are true only now
        except Exception:
            log.exception("a bug in proxyless: an evaluation failed and will be retried; please report it")
            self._unseen |= change.content
            self._put_back(Change(completeness=True), since)
            await asyncio.sleep(5)
            return
        self._ended = time.monotonic()
        self._metrics.passes.observe(self._ended - started)
        self._measure()

    def _start(self, change: Change) -> Pass:
        gathered = gather(self._store, self._base, datetime.now(UTC))
        written = {ref for ref in change.status if self.judged and _is_outdated(self.judged, self._store, ref)}
        return Pass(
            self._rules, gathered, self.judged, change.content | written, self._owed,
            unseen=self._unseen, everything=change.completeness, memory=self._memory,
        )  # fmt: skip

    def _interrupted(self) -> bool:
        with self._lock:
            return bool(self._pending.content) or self._pending.completeness

    def _asks_for_pass(self, change: Change, judged: Judged) -> bool:
        """Whether verdicts may differ: not where nothing but a status was written."""
        if change.content or change.completeness:
            return True
        return any(_is_outdated(judged, self._store, ref) for ref in change.status)

    def _hand_over(self, judged: Judged, plan: Plan, change: Change, since: float) -> None:
        self.judged, self._plan = judged, plan
        gone = [ref for ref in judged.rechecked if ref not in judged.verdicts and self._store.get(ref) is None]
        self._writer.forget(gone)
        new = change.status if change.completeness else change.content | change.status
        first, later = list[Ref](), list[Ref]()
        for ref in judged.altered | change.status:
            if ref.kind not in OWN_KINDS:
                (first if ref in new or _is_bad(judged, ref) else later).append(ref)
        self._writer.want(first, plan, since, later)

    def _own(self, places: set[str] | None = None) -> list[Ref]:
        """Objects of our own kinds: those of some namespaces and of the whole cluster, or all."""
        snapshot = self._store.snapshot()
        found = (item.ref for kind in sorted(OWN_KINDS) for item in snapshot.of_kind(kind))
        return [ref for ref in found if places is None or not ref.namespace or ref.namespace in places]

    def _measure(self) -> None:
        missing = self._store.missing()
        for kind, count in self._store.counts().items():
            self._metrics.objects.labels(kind).set(count)
            self._metrics.complete.labels(kind).set(kind not in missing)


def _is_outdated(judged: Judged, store: Store, ref: Ref) -> bool:
    """Whether a generation was written that says the same as the one that was judged, for which a condition must speak."""
    verdict, item = judged.verdicts.get(ref), store.get(ref)
    return verdict is not None and item is not None and verdict.generation != generation_of(item)


def _is_bad(judged: Judged, ref: Ref) -> bool:
    """Whether an object has errors, or is gone: that is told first."""
    verdict = judged.verdicts.get(ref)
    return verdict is None or any(item.severity is Severity.ERROR for item in verdict.findings)


def _step(work: Pass) -> tuple[Judged, Plan]:
    judged = work.step(min(work.urgent or STEP, STEP))
    return judged, planner(judged)
