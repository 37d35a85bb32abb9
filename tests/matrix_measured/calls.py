"""Plays one client case with one client process: warm up, make its calls, and what their results and rejections mean.

Called by `clients`.
"""

import json
import re
import secrets
import time
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from lab.node import echo
from lab.node.programs import Program
from matrix_measured.case import Call, ClientCase, Place, Result, Seen
from matrix_measured.nacks import Nack
from matrix_measured.processes import deployment_of, stops
from matrix_measured.record import Measurement
from matrix_measured.stage import NAMESPACE, Stage
from proxyless.matrix.verdict import Verdict

_PATIENCE = 14.0
"""Seconds in which a failure that a library has to tell comes again: far less on an idle machine."""
_LATEST = 60.0
"""Seconds for a library that has nothing to tell but that it waits for its configuration."""
_WARM = 5.0
"""Seconds of a first call. One that lasts so long has only waited."""
_NOT_READY = ("UNAVAILABLE", "DEADLINE_EXCEEDED")


def place(case: ClientCase, stage: Stage | None = None, run: str = "run") -> Place:
    """A case's names."""
    return Place(case.name, NAMESPACE, run, stage.facts if stage else {})


def play(stage: Stage, case: ClientCase, library: Program, run: str) -> list[list[Result]]:
    """The results of a case's calls, made once the library has taken up its configuration or refused it."""
    where, started = place(case, stage, run), datetime.now(UTC)
    targets = dict.fromkeys(call.target(where) if call.target else where.target for call in case.calls)

    def refused() -> bool:
        return any(stops(library) or nack.names(where.full) for nack in rejected(stage, library, started, now=False))

    ready = all(_warm(stage.callers[library.name], target, refused) for target in targets)
    calls = case.calls if ready else [replace(call, count=min(call.count, 2), timeout=2) for call in case.calls]
    return [_call(stage, case, call, library, where) for call in calls]


def rejected(stage: Stage, library: Program, started: datetime, *, now: bool = True) -> list[Nack]:
    """What this process has rejected since then."""
    node = f"{deployment_of(library)}.{NAMESPACE}"
    return [item for item in stage.nacks.since(started, now=now) if item.node == node]


def measured(
    case: ClientCase, library: Program, results: list[list[Result]], nacks: Sequence[Nack]
) -> list[Measurement]:
    """Its rows: rejected where the library said so of this case, else what the case makes of the results."""
    about = nacks[0].about(place(case).full) if nacks else ""
    seen = Seen(Verdict.REJECTED, about) if nacks else case.judge(results)
    return [Measurement.of(row, case.name, library, seen) for row in case.rows]


def _warm(caller: echo.Caller, target: str, refused: Callable[[], bool]) -> bool:
    """Call until the library has its configuration, has refused it or says the same failure again.

    How fast it starts is not measured.

    Returns whether it got so far that a call was answered or refused by something else than a missing configuration.
    """
    begun = time.monotonic()
    last = ""
    while (spent := time.monotonic() - begun) < _LATEST:
        result = caller.call(target, method="/proxyless.lab.Echo/Warm", timeout=_WARM)[0]
        said = re.sub(r"[0-9.]+", "", str(result.get("error")))  # seconds are never the same
        if result.get("code") not in _NOT_READY:
            return True
        if refused():
            return False
        waited = result["code"] == "DEADLINE_EXCEEDED" and result["seconds"] > _WARM - 0.5
        if not waited and (spent > _PATIENCE or (said == last and spent > _PATIENCE / 2)):
            return False
        last = said
        time.sleep(0.3)
    return False


def _call(stage: Stage, case: ClientCase, call: Call, library: Program, where: Place) -> list[Result]:
    """The results of one call."""
    target = call.target(where) if call.target else where.target
    identity = f"{where.run}-{case.name}-{library.name}-{secrets.token_hex(3)}"
    order = {
        "method": f"/proxyless.lab.Echo/{call.method}" if not call.method.startswith("/") else call.method,
        "count": call.count, "timeout": call.timeout, "headers": {"x-id": identity, **call.headers},
    }  # fmt: skip
    caller = stage.callers[library.name]
    if call.parallel > 1:
        with ThreadPoolExecutor(call.parallel) as pool:
            batches = list(pool.map(lambda _: caller.call(target, **order), range(call.parallel)))
        results = [result for batch in batches for result in batch]
    else:
        results = caller.call(target, **order)
    if case.counts:
        time.sleep(0.3)
        for result in results:
            result["mirrored"] = _count(stage, identity)
    return results


def _count(stage: Stage, identity: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{stage.facts['mirror-door']}/count/{identity}", timeout=5) as answer:
        return int(json.load(answer)["count"])
