"""`make matrix`: plays every case with every library in a cluster and writes `measured.yaml` and the table in docs/features.md.

    python -m matrix_measured.run [--keep] [--anew] [--minutes N] [PREFIX...]

With prefixes only cases whose name starts so; the others' measurements stay. Results are written every few seconds: a whole
run that was interrupted, or whose minutes were up, goes on where it stopped, unless `--anew`. `--keep` leaves the cluster
running for the next call.
"""

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator

from lab.errors import LabError
from lab.node.cluster import Cluster
from lab.node.programs import programs
from matrix_measured import again, feature_page, record
from matrix_measured.board import Board
from matrix_measured.compare import differences
from matrix_measured.play import play
from matrix_measured.progress import Progress
from matrix_measured.stage import Stage

_PASSES = 2
"""What a library, a lane or istiod stopped before has a second chance."""
_NAME = "matrix"
"""Of the cluster that stays."""
_CRDS = ("istio", "gateway")


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 where the table says otherwise than what was seen."""
    parser = argparse.ArgumentParser(prog="python -m matrix_measured.run", description="Plays the measured matrix.")
    parser.add_argument("prefixes", nargs="*", metavar="PREFIX")
    parser.add_argument("--keep", action="store_true", help=f"leave the cluster running (`python -m lab down {_NAME}`)")
    parser.add_argument("--anew", action="store_true", help="forget what an interrupted run has done")
    parser.add_argument("--minutes", type=float, default=600, help="begin no batch after so many; the next run goes on")
    chosen = parser.parse_args(arguments)
    begun = time.monotonic()
    with _cluster(keep=chosen.keep) as (cluster, is_new):
        _tell(begun, "the cluster runs; starting Istio and the workloads")
        stage = Stage(cluster, programs())
        stage.start(install=is_new)
        _tell(begun, "all workloads run")
        _play(stage, tuple(chosen.prefixes), anew=chosen.anew, begun=begun, seconds=60 * chosen.minutes)
    code = _report()
    _tell(begun, "in all")
    return code


def _tell(begun: float, what: str) -> None:
    print(f"{time.monotonic() - begun:.0f} s: {what}", flush=True)


def _play(stage: Stage, prefixes: tuple[str, ...], *, anew: bool, begun: float, seconds: float) -> None:
    """All cases that are wanted and not done, and another look at what is in doubt."""
    progress = None if prefixes else Progress()
    if progress and anew:
        progress.forget()
    if progress and progress.done:
        print(f"going on with the run of {progress.started}: {len(progress.done)} results are there", flush=True)
    before = record.read() if record.FILE.exists() else []

    def is_ours(case: str) -> bool:
        return not prefixes or case.startswith(prefixes)

    def time_is_up() -> bool:
        return time.monotonic() - begun > seconds

    with Board((name for name in record.everything() if is_ours(name.partition(" ")[0])), progress) as board:
        for _ in range(_PASSES):
            play(
                stage,
                lambda case, library: is_ours(case) and f"{case} with {library}" not in board.done,
                board.save,
                time_is_up=time_is_up,
            )
        board.write()
        mine = [item for item in record.read() if is_ours(item.case)]
        again.settle(stage, mine, board.save, before=before, time_is_up=time_is_up)
    if time_is_up():
        print("time is up: the next run goes on from here", flush=True)
    elif progress:
        progress.forget()


def _report() -> int:
    """Bring docs/features.md up to date and name what differs."""
    feature_page.write()
    found = record.read()
    different = list(differences(found))
    for item in different:
        print(item)
    print(f"{len(found)} measurements, {len(different)} differ from the table; {record.coverage(found)}")
    return 1 if different else 0


@contextlib.contextmanager
def _cluster(*, keep: bool) -> Iterator[tuple[Cluster, bool]]:
    """A cluster of its own, or the kept one, made where it does not run; and whether it is new: then it has no Istio."""
    if not keep:
        with Cluster(crds=_CRDS) as own:
            yield own, True
        return
    try:
        found, is_new = Cluster.attached(_NAME), False
    except (LabError, OSError):
        found, is_new = Cluster(crds=_CRDS, keep=_NAME).start(), True
    yield found, is_new


if __name__ == "__main__":
    sys.exit(main())
