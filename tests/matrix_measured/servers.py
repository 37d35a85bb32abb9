"""Plays server cases: a policy is applied to a lane, every library's server is called until it is in force, it is removed."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from lab.errors import LabError
from lab.node import echo
from lab.node.programs import Program
from matrix_measured import nacks
from matrix_measured.case import Answers, Manifest, Place, Result, Seen, ServerCase
from matrix_measured.lanes import Lane, target
from matrix_measured.record import Measurement, Save, libraries
from matrix_measured.stage import Stage
from proxyless.matrix.verdict import Verdict

_PATIENCE = 10.0
"""Seconds for a policy to come into force: it takes well under one where it does, on an idle machine."""


def place(case: ServerCase, lane: str = "lane") -> Place:
    """A case's names."""
    return Place(case.name, lane, "run")


def play(stage: Stage, lane: Lane, cases: Sequence[ServerCase], save: Save) -> None:
    """Cases one after another in one lane."""
    for case in cases:
        if lane.servers:
            save(_case(stage, lane, case))


def _case(stage: Stage, lane: Lane, case: ServerCase) -> list[Measurement]:
    started = datetime.now(UTC)
    objects = case.objects(place(case, lane.name))
    try:
        stage.apply(objects)
    except LabError as error:
        print(f"{case.name}: cannot be measured, refused: {error}")
        return []
    try:
        with ThreadPoolExecutor(len(lane.servers)) as pool:
            answers = list(pool.map(lambda library: _until_settled(stage, lane, case, library), lane.servers))
    finally:
        _remove(stage, objects)
    rejected = nacks.since(stage.cluster, started)
    measured = []
    for library, (settled, found) in zip(lane.servers, answers, strict=True):
        nack = next((item for item in rejected if item.by(f"server-{library.name}-", lane.name)), None)
        if f"{library.language} {library.version}" not in libraries(case):
            continue
        seen = Seen(Verdict.REJECTED, nack.about("")) if nack and not settled else case.judge(found)
        measured += [Measurement.of(row, case.name, library, seen) for row in case.rows]
    _await_rest(stage, lane, plain=case.plain)
    return measured


def _until_settled(stage: Stage, lane: Lane, case: ServerCase, library: Program) -> tuple[bool, Answers]:
    """Results once the policy is in force, else the last ones."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        found = _calls(stage, lane, case, library)
        settled = case.settled(found)
        if settled:
            time.sleep(1.5 if case.plain else 0.5)  # it may have come between two calls: what counts is what stays
            found = _calls(stage, lane, case, library)
            settled = case.settled(found)
        if settled or time.monotonic() > deadline:
            return settled, found
        time.sleep(0.2)


def _calls(stage: Stage, lane: Lane, case: ServerCase, library: Program) -> list[list[Result]]:
    caller, where = stage.caller(), target(lane, library)
    found = [
        caller.call(where, method=f"/proxyless.lab.Echo/{call.method}", headers=call.headers, timeout=call.timeout, count=call.count)
        for call in case.calls
    ]  # fmt: skip
    if case.plain:
        address = f"{lane.addresses[library.name]}:{echo.TARGET_PORT}"
        found.append(caller.call(address, insecure=True, timeout=3))
    return found


def _remove(stage: Stage, objects: Sequence[Manifest]) -> None:
    for item in objects:
        meta = item["metadata"]
        stage.cluster.kubectl("delete", item["kind"], meta["name"], "-n", meta["namespace"], "--wait=false")


def _await_rest(stage: Stage, lane: Lane, *, plain: bool) -> None:
    """Wait until every server answers as it did before the case."""

    def rests(library: Program) -> bool:
        if plain:
            found = stage.caller().call(f"{lane.addresses[library.name]}:{echo.TARGET_PORT}", insecure=True, timeout=2)
        else:
            found = [
                stage.caller().call(target(lane, library), method=f"/proxyless.lab.Echo/{path}", timeout=2)[0]
                for path in ("Yes", "No", "Other", "Sign")
            ]
        return all("error" not in result for result in found)

    deadline = time.monotonic() + 15
    waiting = list(lane.servers)
    while waiting and time.monotonic() < deadline:
        waiting = [library for library in waiting if not rests(library)]
    for library in waiting:
        print(f"{lane.name}: the server of {library.name} did not come to rest; it is left out from here on")
    lane.servers = tuple(library for library in lane.servers if library not in waiting)
