"""Plays server cases: a policy is applied to a lane, every library's server is called until it is in force, it is removed."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from lab.errors import LabError
from lab.node import echo
from lab.node.programs import Program
from matrix_measured import objects
from matrix_measured.case import Answers, Place, Result, Seen, ServerCase
from matrix_measured.lanes import Lane, target
from matrix_measured.nacks import Nack
from matrix_measured.record import Measurement, Save, libraries
from matrix_measured.stage import Stage
from proxyless.matrix.verdict import Verdict

_PATIENCE = 10.0
"""Seconds for a policy to come into force: it takes well under one where it does, on an idle machine."""
_REST = 60.0
"""Seconds for a server to forget a policy: under one as well."""
_REJECTED = 3.0
"""Seconds in which a server that has rejected a part of a policy may show that the rest is in force."""


def place(case: ServerCase, lane: str = "lane") -> Place:
    """A case's names."""
    return Place(case.name, lane, "run")


def play(
    stage: Stage, lane: Lane, cases: Sequence[ServerCase], save: Save, time_is_up: Callable[[], bool] = lambda: False
) -> None:
    """Cases one after another in one lane."""
    for case in cases:
        if time_is_up() or not lane.servers:
            return
        if case.plain:
            stage.fresh_caller(lane.caller)  # the old one waits long before it connects again where that failed
        save(_case(stage, lane, case))


def _case(stage: Stage, lane: Lane, case: ServerCase) -> list[Measurement]:
    started = datetime.now(UTC)
    made = case.objects(place(case, lane.name))
    meant = [item for item in lane.servers if f"{item.language} {item.version}" in libraries(case)]
    try:
        stage.apply(made)
    except LabError as error:
        print(f"{case.name}: cannot be measured, refused: {error}", flush=True)
        return []
    try:
        with ThreadPoolExecutor(len(meant)) as pool:
            answers = list(pool.map(lambda library: _until_settled(stage, lane, case, library, started), meant))
    finally:
        objects.remove(stage.cluster.api, made)
    measured = []
    for library, (settled, found) in zip(meant, answers, strict=True):
        nack = _nack(stage, lane, library, started)
        seen = Seen(Verdict.REJECTED, nack.about("")) if nack and not settled else case.judge(found)
        measured += [Measurement.of(row, case.name, library, seen) for row in case.rows]
    _await_rest(stage, lane, plain=case.plain)
    return measured


def _nack(stage: Stage, lane: Lane, library: Program, started: datetime, *, now: bool = True) -> Nack | None:
    """What a library's server has rejected since then."""
    found = stage.nacks.since(started, now=now)
    return next((item for item in found if item.by(f"server-{library.name}-", lane.name)), None)


def _until_settled(
    stage: Stage, lane: Lane, case: ServerCase, library: Program, started: datetime
) -> tuple[bool, Answers]:
    """Results once the policy is in force, else the last ones, once it was rejected or time is up."""
    begun = time.monotonic()
    while True:
        found = _calls(stage, lane, case, library)
        settled = case.settled(found)
        if settled:
            time.sleep(1.5 if case.plain else 0.5)  # it may have come between two calls: what counts is what stays
            found = _calls(stage, lane, case, library)
            settled = case.settled(found)
        spent = time.monotonic() - begun
        if settled or spent > _PATIENCE or (spent > _REJECTED and _nack(stage, lane, library, started, now=False)):
            return settled, found
        time.sleep(0.2)


def _calls(stage: Stage, lane: Lane, case: ServerCase, library: Program) -> list[list[Result]]:
    caller, where = stage.caller(lane.caller), target(lane, library)
    found = [
        caller.call(where, method=f"/proxyless.lab.Echo/{call.method}", headers=call.headers, timeout=call.timeout, count=call.count)
        for call in case.calls
    ]  # fmt: skip
    if case.plain:
        address = f"{lane.addresses[library.name]}:{echo.TARGET_PORT}"
        found.append(caller.call(address, insecure=True, timeout=3))
    return found


def _await_rest(stage: Stage, lane: Lane, *, plain: bool) -> None:
    """Wait until every server answers as it did before the case."""

    def rests(library: Program) -> bool:
        if plain:
            found = stage.caller(lane.caller).call(
                f"{lane.addresses[library.name]}:{echo.TARGET_PORT}", insecure=True, timeout=2
            )
        else:
            found = [
                stage.caller(lane.caller).call(target(lane, library), method=f"/proxyless.lab.Echo/{path}", timeout=2)[
                    0
                ]
                for path in ("Yes", "No", "Other", "Sign")
            ]
        return all("error" not in result for result in found)

    deadline = time.monotonic() + _REST
    waiting = list(lane.servers)
    with ThreadPoolExecutor(len(waiting)) as pool:
        while waiting and time.monotonic() < deadline:
            rest = list(pool.map(rests, waiting))
            waiting = [library for library, fine in zip(waiting, rest, strict=True) if not fine]
    for library in waiting:
        print(
            f"{lane.name}: the server of {library.name} did not come to rest; it is left out from here on", flush=True
        )
    lane.servers = tuple(library for library in lane.servers if library not in waiting)
