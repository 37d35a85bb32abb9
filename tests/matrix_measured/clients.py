"""Plays client cases: every case has its Service, all are applied at once, then each library calls each host.

One host's bad configuration harms no other: istiod sends each target's routes and clusters by themselves.
"""

import http.client
import json
import re
import secrets
import time
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

from lab.api import wait_until
from lab.errors import LabError
from lab.node import echo
from lab.node.programs import Program
from matrix_measured import nacks
from matrix_measured.case import Call, ClientCase, Manifest, Place, Result, Seen
from matrix_measured.record import Measurement, Save, Wanted
from matrix_measured.stage import NAMESPACE, Stage
from proxyless.matrix.verdict import Verdict

_AT_ONCE = 2
"""Cases of one library at a time: istiod admits 25 new streams per second, and a library may open one per host."""
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


def play(stage: Stage, cases: Sequence[ClientCase], wanted: Wanted, save: Save) -> None:
    """All cases with all libraries with which they are wanted; each library saves what it has seen as it goes."""
    run, started = secrets.token_hex(3), datetime.now(UTC)
    with ThreadPoolExecutor(4) as pool:
        applied = list(pool.map(lambda case: _apply(stage, case, run), cases))
    playable = [case for case, fine in zip(cases, applied, strict=True) if fine]
    _await_endpoints(stage, playable)

    def timed(library: Program) -> None:
        begun, own = time.monotonic(), _own(library, playable, wanted)
        together = _alone if library.language in _STOPS else _together
        left = _library(own, lambda group: save(together(stage, library, group, run, started)))
        late = f", {left} cases left for later" if left else ""
        print(f"  {library.language} {library.version}: {time.monotonic() - begun:.0f} s{late}", flush=True)

    with ThreadPoolExecutor(len(stage.libraries)) as pool:
        for job in [pool.submit(timed, library) for library in stage.libraries]:
            try:
                job.result()
            except (LabError, OSError, http.client.HTTPException) as error:
                print(f"  stopped: {error}", flush=True)


def _own(library: Program, cases: Sequence[ClientCase], wanted: Wanted) -> list[ClientCase]:
    """Cases that a library plays."""
    return [
        case
        for case in cases
        if library.language in (case.languages or (library.language,))
        and (library.mtls or not case.needs_tls)
        and wanted(case.name, f"{library.language} {library.version}")
    ]


def _library(cases: Sequence[ClientCase], play_group: Callable[[Sequence[ClientCase]], None]) -> int:
    """All cases with one library, some at a time; returns how many it had no time for."""
    begun = time.monotonic()
    for start in range(0, len(cases), _GROUP):
        if time.monotonic() - begun > _LONGEST:
            return len(cases) - start
        play_group(cases[start : start + _GROUP])
    return 0


_GROUP = 4
"""Cases that are played before the results are saved."""
_LONGEST = 240.0
"""Seconds for one library's part of a batch. A process that is stuck must not hold up the others."""


def _together(
    stage: Stage, library: Program, group: Sequence[ClientCase], run: str, started: datetime
) -> list[Measurement]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(lambda case: _play(stage, case, library, run), group))
    rejected = _rejected(stage, library, started)
    return [
        item
        for case, results in zip(group, answers, strict=True)
        for item in _measured(case, library, results, [nack for nack in rejected if _names(nack, place(case).full)])
    ]


_STOPS = ("node",)
"""Once these have rejected something, the process gets no configuration for further hosts: calls to them hang (measured
with grpc-js-xds 1.10.1 and 1.14.1). They play a few cases at a time. Where one was rejected, a new process plays them again,
one after another, and there is a new process after each rejection."""


def _alone(
    stage: Stage, library: Program, group: Sequence[ClientCase], run: str, _started: datetime
) -> list[Measurement]:
    started = datetime.now(UTC)
    with ThreadPoolExecutor(_GROUP) as pool:
        answers = list(pool.map(lambda case: _play(stage, case, library, run), group))
    if _rejected(stage, library, started):
        stage.fresh_client(library)
        return [item for case in group for item in _by_itself(stage, case, library, run)]
    if any(case.secure for case in group) and not library.mtls:
        stage.fresh_client(library)  # it calls a server that wants TLS again and again, without a pause (measured)
    return [item for case, found in zip(group, answers, strict=True) for item in _measured(case, library, found, [])]


def _by_itself(stage: Stage, case: ClientCase, library: Program, run: str) -> list[Measurement]:
    started = datetime.now(UTC)
    results = _play(stage, case, library, run)
    rejected = _rejected(stage, library, started)
    if rejected:
        stage.fresh_client(library)
    return _measured(case, library, results, rejected)


def _measured(
    case: ClientCase, library: Program, results: list[list[Result]], rejected: list[nacks.Nack]
) -> list[Measurement]:
    about = rejected[0].about(place(case).full) if rejected else ""
    seen = Seen(Verdict.REJECTED, about) if rejected else case.judge(results)
    return [Measurement.of(row, case.name, library, seen) for row in case.rows]


def _rejected(stage: Stage, library: Program, started: datetime) -> list[nacks.Nack]:
    node = f"client-{library.name}.{NAMESPACE}"
    return [item for item in nacks.since(stage.cluster, started) if item.node == node]


def _names(nack: nacks.Nack, host: str) -> bool:
    return any(form in nack.text for form in (f"|{host}", f"{host}:"))


def _apply(stage: Stage, case: ClientCase, run: str) -> bool:
    """Service and objects of one case; False (and a word) where the API server refuses them."""
    where = place(case, stage, run)
    try:
        stage.apply_case([*service(case, where), *case.objects(where)])
    except LabError as error:
        print(f"{case.name}: cannot be measured, refused: {error}")
        return False
    return True


def _await_endpoints(stage: Stage, cases: Sequence[ClientCase]) -> None:
    """Wait until Kubernetes has the endpoints of every case's Service, and a second for istiod to take them up."""
    wanted = {case.name for case in cases if not case.no_service and case.service.get("type") != "ExternalName"}

    def there() -> bool:
        path = f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"
        slices = stage.cluster.api.request("GET", path)["items"]
        ready = {
            item["metadata"]["labels"].get("kubernetes.io/service-name") for item in slices if item.get("endpoints")
        }
        return wanted <= ready

    wait_until("endpoints of all Services", there, timeout=120, every=0.5)
    time.sleep(2)


def service(case: ClientCase, where: Place) -> list[Manifest]:
    """The Service of a case, none where it wants none."""
    if case.no_service:
        return []
    made = echo.service(where.host, where.namespace, app="strict" if case.secure else "backend")
    made["metadata"] |= case.service.get("metadata", {})
    made["spec"] = {
        key: value
        for key, value in (
            made["spec"] | {key: item for key, item in case.service.items() if key != "metadata"}
        ).items()
        if value is not None
    }
    return [made]


def _play(stage: Stage, case: ClientCase, library: Program, run: str) -> list[list[Result]]:
    where, started = place(case, stage, run), datetime.now(UTC)
    targets = dict.fromkeys(call.target(where) if call.target else where.target for call in case.calls)

    def refused() -> bool:
        found = _rejected(stage, library, started)
        return any(library.language in _STOPS or _names(nack, where.full) for nack in found)

    ready = all(_warm(stage.callers[library.name], target, refused) for target in targets)
    calls = case.calls if ready else [replace(call, count=min(call.count, 2), timeout=2) for call in case.calls]
    return [_call(stage, case, call, library, where) for call in calls]


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
        waited = result["code"] == "DEADLINE_EXCEEDED" and result["seconds"] > _WARM - 0.5
        if not waited and (spent > _PATIENCE or (said == last and spent > _PATIENCE / 2)):
            return False
        if waited and spent > _PATIENCE / 2 and refused():
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
