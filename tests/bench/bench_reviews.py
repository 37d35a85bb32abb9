"""Reviews in a large mesh: what each kind costs, on our code alone and through a real API server's mesh while it changes.

    python tests/bench/bench_reviews.py [--scale 1.0] [--seconds 4] [--pure]

First in this process, without a cluster, so that the figures are those of our code: processor time of each review while objects
change, in a mesh whose pods have the agent and in one whose pods all lack it. Then (not with ``--pure``) on an API server that holds
all objects: a replica on one core, its first lists, its memory, reviews of each kind one by one and at 32 in flight while 50 objects
a second change, and a ``kubectl apply`` of 500 objects that goes through it.
"""

import argparse
import gc
import json
import random
import sys
import time
from pathlib import Path
from typing import NamedTuple

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2] / "operator")]

from bench.admission import live_mesh  # noqa: E402
from bench.admission.large_mesh import PLURALS, new, objects, one, spaces  # noqa: E402
from bench.shortfall import shortfall  # noqa: E402
from proxyless.adapters.store import Store  # noqa: E402
from proxyless.model.kinds import WATCHED  # noqa: E402
from proxyless.webhook.admit import validate  # noqa: E402
from proxyless.webhook.context import ContextCache  # noqa: E402
from proxyless.webhook.metrics import Metrics  # noqa: E402
from proxyless.webhook.pod_answers import PodAnswers  # noqa: E402
from proxyless.webhook.review import parse  # noqa: E402
from webhook.wire import review  # noqa: E402

NAMESPACES = 100
REVIEWS, WARM = 300, 20
"""Of each kind: counted, and those before them."""
CHANGE = 6
"""Reviews for each change of an object: 300 a second, beside 50 changes a second."""
MEDIAN, SLOWEST, WEIGHT = 5.0, 25.0, 350
"""Promised: milliseconds at the median and of the slowest hundredth, MiB."""
RATE, READY = 300, 15.0
"""Promised: reviews a second on one core at 32 in flight, seconds until all kinds are listed."""


class Promise(NamedTuple):
    """What was measured beside what is promised."""

    what: str
    measured: float
    unit: str
    most: float
    at_least: bool = False

    @property
    def held(self) -> bool:
        """Whether it is kept."""
        return self.measured >= self.most if self.at_least else self.measured <= self.most

    def tell(self) -> None:
        """A line for what was missed."""
        if not self.held:
            bound = "at least" if self.at_least else "at most"
            shortfall(self.what, f"{self.measured:.1f} {self.unit}", f"{bound} {self.most:.0f} {self.unit}")


def filled(scale: float, *, bare: bool = False, namespaces: int = NAMESPACES) -> Store:
    """The store with all objects, each kind complete."""
    store, names = Store(WATCHED), spaces(namespaces)
    for kind in store.kinds:
        bodies = objects(kind, names, scale, bare=bare)
        store.replace(kind, (json.loads(json.dumps(item)) for item in bodies), version=1)
    return store


def mebibytes() -> int:
    """What the kernel counts for this process."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024


def measure(store: Store) -> dict[str, list[float]]:
    """Milliseconds of processor time of each review, by kind, while objects change."""
    drawn, contexts = random.Random(1), ContextCache(store.snapshot)
    pods = PodAnswers(contexts, Metrics())
    took: dict[str, list[float]] = {}
    version = 10
    for turn in range(REVIEWS + WARM):
        for kind, plural in {**PLURALS, "Pod": "pods"}.items():
            if drawn.randrange(CHANGE) == 0:
                version += 1
                changed = one("VirtualService", f"team-{drawn.randrange(NAMESPACES)}", drawn.randrange(200))
                changed["metadata"]["resourceVersion"] = str(version)
                changed["spec"]["http"][0]["timeout"] = f"{version}s"
                store.upsert("VirtualService", changed)
            space = f"team-{drawn.randrange(NAMESPACES)}"
            made = new(space, drawn.randrange(50)) if kind == "Pod" else one(kind, space, drawn.randrange(200))
            data = json.dumps(review(made, plural=plural)).encode()
            started = time.thread_time()
            asked = parse(data, "namespace")
            if kind == "Pod":
                _ = pods.known(asked) or pods.make(asked)
            else:
                validate(asked, contexts(), strict=False)
            if turn >= WARM:
                took.setdefault(kind, []).append(1000 * (time.thread_time() - started))
    return took


def pure(scale: float, *, bare: bool) -> list[Promise]:
    """What our code takes in a mesh; prints a table."""
    before, started = mebibytes(), time.process_time()
    store = filled(scale, bare=bare)
    gc.collect()
    gc.freeze()  # as the webhook does after its first lists
    read = mebibytes()
    words = "all pods lack the agent" if bare else "all pods have the agent"
    print(f"\n{words}: {time.process_time() - started:.1f} s to make and read the objects")
    took = measure(store)
    print("\n| review of | p50 ms | p99 ms | processor time alone allows, per second |\n|---|---|---|---|")
    promises = []
    for kind, values in took.items():
        ordered = sorted(values)
        median, slowest = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
        print(f"| {kind} | {median:.2f} | {slowest:.2f} | {1000 * len(values) / sum(values):.0f} |")
        promises.append(Promise(f"median of a review of a {kind}, {words}", median, "ms", MEDIAN))
        promises.append(Promise(f"slowest hundredth of reviews of a {kind}, {words}", slowest, "ms", SLOWEST))
    print(f"\nmemory: {before} MiB before the mesh was read, {read} MiB after it, {mebibytes()} MiB after the reviews")
    gc.unfreeze()
    return promises


def live(scale: float, seconds: float) -> list[Promise]:
    """What a replica takes beside a real API server; prints tables."""
    found = live_mesh.run(spaces(NAMESPACES), scale, seconds)
    print(
        f"\n{found.objects} objects on an API server: replica on one core ready after {found.ready:.1f} s and {found.cpu:.1f} s of processor "
        f"time, {found.settled} MiB then, {found.peak} MiB at most in the whole run"
    )
    print(
        "\n| review of, through TLS, 50 changes/s | alone p50 ms | alone p99 ms | at 32 in flight per second | p50 ms | p99 ms |"
        "\n|---|---|---|---|---|---|"
    )
    promises = [
        Promise("first lists of a replica", found.ready, "s", READY),
        Promise("memory of a replica at most", found.peak, "MiB", WEIGHT),
    ]
    for item in found.reviews:
        print(
            f"| {item.kind} | {item.alone[0]:.2f} | {item.alone[1]:.2f} | {item.rate:.0f} | {item.busy[0]:.1f} | {item.busy[1]:.1f} |"
        )
        promises += [
            Promise(f"median of a review of a {item.kind}", item.alone[0], "ms", MEDIAN),
            Promise(f"slowest hundredth of reviews of a {item.kind}", item.alone[1], "ms", SLOWEST),
            Promise(f"reviews of a {item.kind} at 32 in flight", item.rate, "a second", RATE, at_least=True),
        ]
    print(
        f"\nkubectl apply of {found.applied} objects: {found.apply_seconds:.1f} s, {found.reviewed} reviewed, {found.skipped} not judged in time or at all\n"
    )
    return [*promises, Promise("objects of an apply that were not judged", found.skipped, "objects", 0)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of objects (1.0)")
    parser.add_argument("--seconds", type=float, default=4, help="of each load on the replica (4)")
    parser.add_argument("--pure", action="store_true", help="without a cluster")
    given = parser.parse_args()
    promises = [promise for bare in (False, True) for promise in pure(given.scale, bare=bare)]
    gc.collect()
    if not given.pure:
        promises += live(given.scale, given.seconds)
    for promise in promises:
        promise.tell()
    return 0 if all(promise.held for promise in promises) else 1


if __name__ == "__main__":
    sys.exit(main())
