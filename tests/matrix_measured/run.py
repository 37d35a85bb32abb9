"""`make matrix`: plays every case with every library in a cluster of its own and writes `measured.yaml`.

    python -m matrix_measured.run [PREFIX...]   only cases whose name starts so; the others' measurements stay

Results are written after each batch, so an interrupted run keeps what it has seen.
"""

import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from lab.node import istio
from lab.node.cluster import Cluster
from lab.node.programs import programs
from matrix_measured import cases, clients, compare, istiod, readme, record, servers
from matrix_measured.case import ServerCase
from matrix_measured.lanes import open_lane
from matrix_measured.record import Measurement
from matrix_measured.stage import Stage

_BATCH = 24
"""Cases for one life of the client processes."""


def main(prefixes: Sequence[str]) -> int:
    """Exit code 1 where the table says otherwise than what was seen."""
    started = time.monotonic()
    with Cluster(crds=("istio", "gateway")) as cluster:
        istio.install(cluster)
        cluster.await_dns()
        stage = Stage(cluster, programs())
        stage.start()
        print(f"stage ready after {time.monotonic() - started:.0f} s", flush=True)
        for found in play(stage, prefixes):
            record.merge(found)
            print(f"{time.monotonic() - started:.0f} s: {len(found)} more measurements", flush=True)
        again = {
            item.measured.case for item in compare.differences(record.read()) if _wanted(item.measured.case, prefixes)
        }
        if again:  # what differs from the table is looked at twice: a busy machine makes libraries late
            print(f"once more: {', '.join(sorted(again))}", flush=True)
            stage.fresh_clients()
            for found in play(stage, tuple(again), exact=True):
                record.merge(found)
    readme.write()
    different = list(compare.differences(record.read()))
    for item in different:
        print(item)
    print(f"{len(record.read())} measurements, {len(different)} differ from the table")
    return 1 if different else 0


def _wanted(name: str, prefixes: Sequence[str]) -> bool:
    return not prefixes or name.startswith(tuple(prefixes))


def play(stage: Stage, prefixes: Sequence[str] = (), *, exact: bool = False) -> Iterator[list[Measurement]]:
    """All cases in batches, clients' first; ``exact``: the names are whole."""

    def wanted(name: str) -> bool:
        return name in prefixes if exact else _wanted(name, prefixes)

    run = secrets.token_hex(3)
    own = [case for case in cases.CLIENT if wanted(case.name)]
    for start in range(0, len(own), _BATCH):
        if start:
            stage.fresh_clients()
        yield clients.play(stage, own[start : start + _BATCH], run)
    chosen = [case for case in cases.ISTIOD if wanted(case.name)]
    if chosen:
        yield istiod.play(stage, chosen)
    policies = [case for case in cases.SERVER if wanted(case.name)]
    if policies:
        stage.fresh_clients()
        yield from _policies(stage, policies)


def _policies(stage: Stage, policies: Sequence[ServerCase]) -> Iterator[list[Measurement]]:
    """Two lanes of strict servers and one of open ones, at the same time."""
    strict = [case for case in policies if case.lane == "strict"]
    mark = secrets.token_hex(2)
    shares = [(f"lane-strict-{mark}-{number}", strict[number::2]) for number in range(2)]
    shares.append((f"lane-open-{mark}", [case for case in policies if case.lane == "open"]))
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(_lane, stage, name, share) for name, share in shares if share]
        for job in jobs:
            yield job.result()


def _lane(stage: Stage, name: str, share: Sequence[ServerCase]) -> list[Measurement]:
    return servers.play(stage, open_lane(stage, name, strict="open" not in name), share)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
