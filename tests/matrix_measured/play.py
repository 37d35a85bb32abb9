"""Plays cases in batches: clients' first, then istiod's, then servers', then the mesh's own. Called by `run` and `again`."""

import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from matrix_measured import cases, clients, istiod, meshwide, servers
from matrix_measured.case import ServerCase
from matrix_measured.lanes import open_lane
from matrix_measured.record import Measurement
from matrix_measured.stage import Stage

_BATCH = 24
"""Cases for one life of the client processes."""
Wanted = Callable[[str], bool]


@dataclass(frozen=True)
class Batch:
    """Cases that were played, and what was seen."""

    names: Collection[str]
    found: Sequence[Measurement]


def play(stage: Stage, wanted: Wanted, *, pairs: Collection[tuple[str, str]] = ()) -> Iterator[Batch]:
    """All cases whose name is wanted; ``pairs`` of case and library narrow the clients' cases further."""
    run = secrets.token_hex(3)
    own = [case for case in cases.CLIENT if wanted(case.name)]
    for start in range(0, len(own), _BATCH):
        chosen = own[start : start + _BATCH]
        stage.fresh_clients()
        yield Batch([case.name for case in chosen], clients.play(stage, chosen, run, pairs))
    asked = [case for case in cases.ISTIOD if wanted(case.name)]
    for start in range(0, len(asked), _BATCH):
        some = asked[start : start + _BATCH]
        yield Batch([case.name for case in some], istiod.play(stage, some))
    policies = [case for case in cases.SERVER if wanted(case.name)]
    if policies:
        stage.end_clients()
        yield from _policies(stage, policies)
    wide = [case for case in cases.MESH if wanted(case.name)]
    if wide:
        yield Batch([case.name for case in wide], meshwide.play(stage, wide))


def _policies(stage: Stage, policies: Sequence[ServerCase]) -> Iterator[Batch]:
    """Two lanes of strict servers and one of open ones, at the same time."""
    strict = [case for case in policies if case.lane == "strict"]
    mark = secrets.token_hex(2)
    shares = [(f"lane-strict-{mark}-{number}", strict[number::2]) for number in range(2)]
    shares.append((f"lane-open-{mark}", [case for case in policies if case.lane == "open"]))
    with ThreadPoolExecutor(3) as pool:
        jobs = [(share, pool.submit(_lane, stage, name, share)) for name, share in shares if share]
        for share, job in jobs:
            yield Batch([case.name for case in share], job.result())


def _lane(stage: Stage, name: str, share: Sequence[ServerCase]) -> list[Measurement]:
    return servers.play(stage, open_lane(stage, name, strict="open" not in name), share)
