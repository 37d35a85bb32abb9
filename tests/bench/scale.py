"""What a large mesh costs the operator, in this process and without a cluster: python -m bench.scale [--services 5000]

Called by `make bench-scale`. Objects go into the store as a watch would put them; passes run as the operator's loop runs them.
Processor time and memory are those of this process, so other load on the machine changes little. Exit codes: 0 all
promises held, 1 one was missed.
"""

import argparse
import random
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from bench.scale_mesh import NAMESPACES, PODS_EACH, ScaleMesh
from bench.shortfall import shortfall
from proxyless.adapters.store import Store
from proxyless.adapters.store_change import PendingChange
from proxyless.controller.gather import gather
from proxyless.controller.judge import Judged, Pass
from proxyless.controller.loop import STEP
from proxyless.controller.plan import planner
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rules import ALL
from proxyless.model.kinds import OWN_KINDS, WATCHED
from proxyless.model.memory import Memory

FULL = 5000
"""Services of the full size, for which the promises are."""
CHANGES = 20
"""Changes of each kind that are measured."""
ROLLED = 1000
"""Pods that are replaced."""
WITHIN = 30.0
"""Seconds in which they are."""
CHANGE = 0.030
"""Processor seconds that a change may take."""
SHARE = 0.15
"""Part of a core that a rollout may take."""
MEMORY = 500.0
"""MiB at the peak."""


class Operator:
    """What the operator's loop does, without threads and without a cluster."""

    def __init__(self) -> None:
        self.store = Store(WATCHED)
        self._memory = Memory()
        self._pending = PendingChange()
        self._version = 0
        self.judged: Judged | None = None
        self.store.subscribe(lambda change: self._pending.add(change))  # noqa: PLW0108  another one after each pass

    def load(self, mesh: ScaleMesh) -> None:
        """All objects, kind by kind, as lists give them."""
        by_kind: dict[str, list[dict[str, Any]]] = {kind: [] for kind in self.store.kinds}
        for item in mesh.all():
            by_kind[item["kind"]].append(self._versioned(item))
        for kind in self.store.kinds:
            self.store.replace(kind, by_kind.pop(kind))

    def put(self, item: dict[str, Any]) -> None:
        """One event of a watch."""
        self.store.upsert(item["kind"], self._versioned(item))

    def drop(self, item: dict[str, Any]) -> None:
        """The event of a deletion."""
        self.store.delete(item["kind"], self._versioned(item))

    def work(self) -> int:
        """One pass over all that changed, and the plans for what it altered; returns how many objects were judged."""
        change, self._pending = self._pending.whole(), PendingChange()
        gathered = gather(self.store, MeshSettings(injector=True), datetime.now(UTC))
        work = Pass(ALL, gathered, self.judged, change.content, everything=change.completeness, memory=self._memory)
        number = len(work.todo)
        while True:
            self.judged = work.step(STEP)
            plan = planner(self.judged)
            for ref in self.judged.altered:
                if (item := self.store.get(ref)) is not None:
                    plan(item, datetime.now(UTC))
            if not work.todo:
                break
        places = work.recounted
        for kind in OWN_KINDS:
            for item in gathered.snapshot.of_kind(kind):
                if places is None or not item.namespace or item.namespace in places:
                    plan(item, datetime.now(UTC))
        return number

    def _versioned(self, item: dict[str, Any]) -> dict[str, Any]:
        self._version += 1
        metadata = {"generation": 1, **item["metadata"], "resourceVersion": str(self._version)}
        return {**item, "metadata": metadata}


def main() -> int:
    """Measure, print the tables, say what fell short."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--services", type=int, default=FULL, help=f"size of the mesh (default {FULL})")
    size = parser.parse_args().services
    mesh, operator, missed = ScaleMesh(size), Operator(), 0
    loading = _cost(lambda: operator.load(mesh))
    judging = _cost(operator.work)
    print(
        f"{sum(operator.store.counts().values()):,} objects kept, {mesh.deployments * PODS_EACH:,} pods counted, {NAMESPACES} namespaces"
    )
    print(f"read into the store: {loading:.2f} s; first judgement of all: {judging:.2f} s of processor time")
    print(f"{'change of a':20} {'median ms':>10} {'worst ms':>9} {'judged':>7}")
    for kind, make in _changes(mesh).items():
        missed += _measure(kind, operator, make)
    missed += _roll(operator, mesh)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory: {peak:.0f} MiB")
    if peak > MEMORY:
        shortfall("memory at the peak", f"{peak:.0f} MiB", f"{MEMORY:.0f} MiB")
        missed += 1
    return 1 if missed else 0


def _cost(does: Callable[[], object]) -> float:
    """Processor seconds."""
    before = time.process_time()
    does()
    return time.process_time() - before


def _measure(kind: str, operator: Operator, make: Callable[[int], dict[str, Any]]) -> int:
    costs, judged = [], []
    for _ in range(CHANGES):
        item = make(random.randrange(10**6))
        operator.put(item)
        costs.append(_cost(lambda: judged.append(operator.work())))
    median, worst = statistics.median(costs), max(costs)
    print(f"{kind:20} {median * 1000:10.1f} {worst * 1000:9.1f} {statistics.median(judged):7.0f}")
    if median > CHANGE:
        shortfall(f"a changed {kind}", f"{median * 1000:.0f} ms", f"{CHANGE * 1000:.0f} ms")
        return 1
    return 0


def _changes(mesh: ScaleMesh) -> dict[str, Callable[[int], dict[str, Any]]]:
    """By kind, what makes a changed object from a number."""
    turns = Counter[tuple[str, int]]()

    def odd(kind: str, number: int) -> bool:
        """Changes from call to call for one object, so that each is another one than before."""
        turns[kind, number] += 1
        return turns[kind, number] % 2 == 1

    def routed(number: int) -> dict[str, Any]:
        return mesh.virtual_service(number % mesh.services, 0, mirror=odd("route", number % mesh.services))

    def ruled(number: int) -> dict[str, Any]:
        number = number % mesh.services // 20 * 20 + 1  # not one of those that fail anyway
        return mesh.destination_rule(number, "DISABLE" if odd("rule", number) else "ISTIO_MUTUAL")

    def served(number: int) -> dict[str, Any]:
        return mesh.service(number % mesh.services, "http" if odd("service", number % mesh.services) else "grpc")

    def required(number: int) -> dict[str, Any]:
        return _peer(number % NAMESPACES, "PERMISSIVE" if odd("peer", number % NAMESPACES) else "STRICT")

    return {
        "VirtualService": routed,
        "DestinationRule": ruled,
        "Service": served,
        "Deployment": lambda number: mesh.deployment(number % mesh.deployments, number % mesh.services),
        "PeerAuthentication": required,
        "Namespace": lambda number: _labeled(number % NAMESPACES, str(number)),
    }


def _peer(number: int, mode: str) -> dict[str, Any]:
    metadata = {"name": "p", "namespace": f"ns{number}"}
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "PeerAuthentication",
        "metadata": metadata,
        "spec": {"mtls": {"mode": mode}},
    }


def _labeled(number: int, value: str) -> dict[str, Any]:
    metadata = {"name": f"ns{number}", "labels": {"istio-injection": "enabled", "team": value}}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def _roll(operator: Operator, mesh: ScaleMesh) -> int:
    """Replace pods of many workloads, as quickly as passes follow each other."""
    steps = _rollout(mesh)
    before = time.process_time()
    for _ in range(int(WITHIN / 0.25)):  # a pass each quarter of a second, as the loop gathers
        for _ in range(ROLLED * 3 // int(WITHIN / 0.25) + 1):
            if (step := next(steps, None)) is not None:
                (operator.put if step[0] else operator.drop)(step[1])
        operator.work()
    share = (time.process_time() - before) / WITHIN
    print(f"{ROLLED:,} pods replaced in {WITHIN:.0f} s: {share * 100:.1f} % of a core")
    if share > SHARE:
        shortfall(f"{ROLLED:,} pods replaced", f"{share * 100:.1f} % of a core", f"{SHARE * 100:.0f} %")
        return 1
    return 0


def _rollout(mesh: ScaleMesh) -> Iterator[tuple[bool, dict[str, Any]]]:
    """Events: for each pod a new one that is pending, then runs, and the old one that goes."""
    for number in range(ROLLED):
        deployment, which = number // PODS_EACH % mesh.deployments, number % PODS_EACH
        new = mesh.pod(deployment, which, "7b8d9f")
        yield True, {**new, "status": {"phase": "Pending"}}
        yield True, new
        yield False, mesh.pod(deployment, which)


if __name__ == "__main__":
    sys.exit(main())
