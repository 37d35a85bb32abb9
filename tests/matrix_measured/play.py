"""Plays cases: those of clients beside those of istiod and of servers, the mesh's own last. Called by `run` and `again`."""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from lab.errors import LabError
from matrix_measured import cases, clients, istiod, meshwide, servers
from matrix_measured.case import ClientCase, IstiodCase, ServerCase
from matrix_measured.lanes import close_lane, open_lane
from matrix_measured.record import ANY, Save, Wanted, libraries
from matrix_measured.stage import Stage

Clock = Callable[[], bool]
"""Whether time is up."""


def play(stage: Stage, wanted: Wanted, save: Save, *, time_is_up: Clock = lambda: False) -> None:
    """All cases with all libraries with which they are wanted; nothing more is begun once time is up.

    Most of the time is waiting: for a configuration to arrive, for a library to say that it failed. So what does not disturb
    each other goes on at the same time. Only MeshConfig concerns everybody.
    """
    here = {f"{item.language} {item.version}" for item in stage.libraries} | {ANY}

    def is_chosen(case: ClientCase | ServerCase | IstiodCase) -> bool:
        return any(wanted(case.name, library) for library in libraries(case) if library in here)

    own, asked = list(filter(is_chosen, cases.CLIENT)), list(filter(is_chosen, cases.ISTIOD))
    policies, wide = list(filter(is_chosen, cases.SERVER)), list(filter(is_chosen, cases.MESH))
    parts: list[Callable[[], None]] = []
    if own:
        parts.append(lambda: clients.play(stage, own, wanted, save, time_is_up))
    if asked:
        parts.append(lambda: istiod.play(stage, asked, save, time_is_up))
    if policies:
        parts.append(lambda: _policies(stage, policies, save, time_is_up))
    _at_once(parts)
    if wide and not time_is_up():
        meshwide.play(stage, wide, save, time_is_up)


def _policies(stage: Stage, policies: Sequence[ServerCase], save: Save, time_is_up: Clock) -> None:
    """A lane of strict servers and one of open ones, at the same time."""
    mark = secrets.token_hex(2)
    shares = [(f"lane-{lane}-{mark}", [case for case in policies if case.lane == lane]) for lane in ("strict", "open")]

    def lane(name: str, share: Sequence[ServerCase]) -> None:
        opened = open_lane(stage, name, strict="open" not in name)
        try:
            servers.play(stage, opened, share, save, time_is_up)
        finally:
            close_lane(stage, opened)

    _at_once([partial(lane, name, share) for name, share in shares if share])


def _at_once(parts: Sequence[Callable[[], None]]) -> None:
    """Each in a thread; one that stops does not stop the others, what it leaves is played in the next pass."""
    if not parts:
        return
    with ThreadPoolExecutor(len(parts)) as pool:
        for job in [pool.submit(part) for part in parts]:
            try:
                job.result()
            except (LabError, OSError) as error:
                print(f"  stopped: {error}", flush=True)
