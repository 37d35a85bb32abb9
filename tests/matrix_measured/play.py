"""Plays cases in batches: clients' first, then istiod's, then servers', then the mesh's own. Called by `run` and `again`."""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from lab.errors import LabError
from matrix_measured import cases, clients, istiod, meshwide, servers
from matrix_measured.case import ClientCase, IstiodCase, ServerCase
from matrix_measured.lanes import open_lane
from matrix_measured.record import ANY, Save, Wanted, libraries
from matrix_measured.stage import Stage

_BATCH = 24
"""Cases for one life of the client processes."""


def play(stage: Stage, wanted: Wanted, save: Save, *, time_is_up: Callable[[], bool] = lambda: False) -> None:
    """All cases with all libraries with which they are wanted; no further batch is begun once time is up."""
    here = {f"{item.language} {item.version}" for item in stage.libraries} | {ANY}

    def is_chosen(case: ClientCase | ServerCase | IstiodCase) -> bool:
        return any(wanted(case.name, library) for library in libraries(case) if library in here)

    own = list(filter(is_chosen, cases.CLIENT))
    for start in range(0, len(own), _BATCH):
        if time_is_up():
            return
        stage.fresh_clients()
        clients.play(stage, own[start : start + _BATCH], wanted, save)
    asked = list(filter(is_chosen, cases.ISTIOD))
    if asked and not time_is_up():
        istiod.play(stage, asked, save)
    policies = list(filter(is_chosen, cases.SERVER))
    if policies and not time_is_up():
        stage.end_clients()
        _policies(stage, policies, save)
    wide = list(filter(is_chosen, cases.MESH))
    if wide and not time_is_up():
        meshwide.play(stage, wide, save)


def _policies(stage: Stage, policies: Sequence[ServerCase], save: Save) -> None:
    """Two lanes of strict servers and one of open ones, at the same time."""
    strict = [case for case in policies if case.lane == "strict"]
    mark = secrets.token_hex(2)
    shares = [(f"lane-strict-{mark}-{number}", strict[number::2]) for number in range(2)]
    shares.append((f"lane-open-{mark}", [case for case in policies if case.lane == "open"]))

    def lane(name: str, share: Sequence[ServerCase]) -> None:
        servers.play(stage, open_lane(stage, name, strict="open" not in name), share, save)

    with ThreadPoolExecutor(len(shares)) as pool:
        for job in [pool.submit(lane, name, share) for name, share in shares if share]:
            try:
                job.result()
            except (LabError, OSError) as error:
                print(f"  stopped: {error}", flush=True)
    for name, _ in shares:
        stage.cluster.kubectl("delete", "namespace", name, "--wait=false", "--ignore-not-found")
