"""`make matrix`: plays every case with every library in a cluster and writes `measured.yaml` and the README's table.

    python -m matrix_measured.run [--keep] [--anew] [--minutes N] [PREFIX...]

With prefixes only cases whose name starts so; the others' measurements stay. Results are written after each batch: a whole
run that was interrupted, or whose minutes were up, goes on where it stopped, unless `--anew`. `--keep` leaves the cluster
running for the next call.
"""

import argparse
import contextlib
import sys
import threading
import time
from collections.abc import Iterator, Sequence

from lab.errors import LabError
from lab.node import istio
from lab.node.cluster import Cluster
from lab.node.programs import programs
from matrix_measured import again, readme, record
from matrix_measured.compare import differences
from matrix_measured.play import play
from matrix_measured.progress import Progress
from matrix_measured.record import Measurement
from matrix_measured.stage import Stage

_PASSES = 2
"""What a library had no time for in its batch has a second chance."""
_NAME = "matrix"
"""Of the cluster that stays."""


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 where the table says otherwise than what was seen."""
    parser = argparse.ArgumentParser(prog="python -m matrix_measured.run", description="Plays the measured matrix.")
    parser.add_argument("prefixes", nargs="*", metavar="PREFIX")
    parser.add_argument("--keep", action="store_true", help=f"leave the cluster running (`python -m lab down {_NAME}`)")
    parser.add_argument("--anew", action="store_true", help="forget what an interrupted run has done")
    parser.add_argument("--minutes", type=float, default=600, help="begin no batch after so many; the next run goes on")
    chosen = parser.parse_args(arguments)
    with _cluster(keep=chosen.keep) as cluster:
        stage = Stage(cluster, programs())
        stage.start()
        _play(stage, tuple(chosen.prefixes), anew=chosen.anew, seconds=60 * chosen.minutes)
    return _report()


def _play(stage: Stage, prefixes: tuple[str, ...], *, anew: bool, seconds: float) -> None:
    """All cases that are wanted and not done, and another look at what is in doubt."""
    started, progress, lock = time.monotonic(), Progress(), threading.Lock()
    if anew:
        progress.forget()
    if progress.done and not prefixes:
        print(f"going on with the run of {progress.started}: {len(progress.done)} results are there", flush=True)
    done = set[str]() if prefixes else set(progress.done)

    def is_ours(case: str) -> bool:
        return not prefixes or case.startswith(prefixes)

    def save(found: Sequence[Measurement]) -> None:
        names = {f"{item.case} with {item.library}" for item in found}
        with lock:
            record.merge(found)
            done.update(names)
            progress.add(() if prefixes else names)

    def time_is_up() -> bool:
        return time.monotonic() - started > seconds

    for _ in range(_PASSES):
        play(
            stage,
            lambda case, library: is_ours(case) and f"{case} with {library}" not in done,
            save,
            time_is_up=time_is_up,
        )
        print(f"{time.monotonic() - started:.0f} s: {len(record.read())} measurements", flush=True)
    again.settle(stage, [item for item in record.read() if is_ours(item.case)], save, time_is_up=time_is_up)
    if time_is_up():
        print("time is up: the next run goes on from here", flush=True)
    elif not prefixes:
        progress.forget()
    print(f"{time.monotonic() - started:.0f} s in all", flush=True)


def _report() -> int:
    """Bring the README up to date and name what differs."""
    readme.write()
    found = record.read()
    different = list(differences(found))
    for item in different:
        print(item)
    print(f"{len(found)} measurements, {len(different)} differ from the table; {record.coverage(found)}")
    return 1 if different else 0


@contextlib.contextmanager
def _cluster(*, keep: bool) -> Iterator[Cluster]:
    """A cluster with Istio: one of its own, or the kept one, made where it does not run."""
    if not keep:
        with Cluster(crds=("istio", "gateway")) as own:
            _install(own)
            yield own
        return
    try:
        found = Cluster.attached(_NAME)
    except (LabError, OSError):
        found = Cluster(crds=("istio", "gateway"), keep=_NAME).start()
        _install(found)
    yield found


def _install(cluster: Cluster) -> None:
    istio.install(cluster)
    cluster.await_dns()


if __name__ == "__main__":
    sys.exit(main())
