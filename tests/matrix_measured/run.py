"""`make matrix`: plays every case with every library in a cluster and writes `measured.yaml` and the README's table.

    python -m matrix_measured.run [--keep] [--anew] [--minutes N] [PREFIX...]

With prefixes only cases whose name starts so; the others' measurements stay. Results are written after each batch: a whole
run that was interrupted, or whose minutes were up, goes on where it stopped, unless `--anew`. `--keep` leaves the cluster
running for the next call.
"""

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator

from lab.errors import LabError
from lab.node import istio
from lab.node.cluster import Cluster
from lab.node.programs import programs
from matrix_measured import again, readme, record
from matrix_measured.compare import differences
from matrix_measured.play import play
from matrix_measured.progress import Progress
from matrix_measured.stage import Stage

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
    started, progress = time.monotonic(), Progress()
    if anew:
        progress.forget()
    done = set() if prefixes else progress.done
    if done:
        print(f"going on with the run of {progress.started}: {len(done)} cases are done", flush=True)

    def wanted(name: str) -> bool:
        return name not in done and (not prefixes or name.startswith(prefixes))

    for batch in play(stage, wanted):
        record.merge(batch.found)
        readme.write()
        if not prefixes:
            progress.add(batch.names)
        spent = time.monotonic() - started
        print(f"{spent:.0f} s: {len(batch.names)} cases, {len(batch.found)} measurements more", flush=True)
        if spent > seconds:
            print("time is up: the next run goes on from here", flush=True)
            break
    else:
        if not prefixes:
            progress.forget()
    for found in again.settle(
        stage, [item for item in record.read() if not prefixes or item.case.startswith(prefixes)]
    ):
        record.merge(found)
        readme.write()
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
