"""Plays client cases: every case has its Service, all are applied at once, then each library calls each host.

One host's bad configuration harms no other: istiod sends each target's routes and clusters by themselves. The libraries do
not wait for each other: each works off its own list, and its processes end with it.
"""

import http.client
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from lab.api import wait_until
from lab.errors import LabError
from lab.node import echo
from lab.node.programs import Program
from matrix_measured import calls
from matrix_measured.calls import place
from matrix_measured.case import ClientCase, Manifest, Place, Result
from matrix_measured.processes import stops
from matrix_measured.record import Measurement, Save, Wanted
from matrix_measured.stage import NAMESPACE, Stage

_GROUP = 4
"""Cases that a process plays before their results are saved."""
_AT_ONCE = 2
"""Of these, at a time: istiod admits 25 new streams per second, and a library may open one per host."""
_LIFE = 24
"""Cases for one life of a process: one that has hundreds of targets grows slow, as does istiod."""
_TROUBLES = 3
"""Groups that may fail for a reason that is no result, each followed by a new process, before a library gives up."""


def play(
    stage: Stage,
    cases: Sequence[ClientCase],
    wanted: Wanted,
    save: Save,
    time_is_up: Callable[[], bool] = lambda: False,
) -> None:
    """All cases with all libraries with which they are wanted; each library saves what it has seen as it goes."""
    run = secrets.token_hex(3)
    lists = {library: _own(library, cases, wanted) for library in stage.libraries}
    used = [library for library in stage.libraries if lists[library]]
    with ThreadPoolExecutor(4) as pool:
        waking = pool.submit(stage.wake_clients, used)
        applied = list(pool.map(lambda case: _apply(stage, case, run), cases))
        waking.result()
    refused = {case.name for case, fine in zip(cases, applied, strict=True) if not fine}
    _await_endpoints(stage, [case for case in cases if case.name not in refused])
    begun = time.monotonic()

    def work(library: Program) -> None:
        _Way(stage, library, run, save).through(
            [case for case in lists[library] if case.name not in refused], time_is_up
        )
        print(f"  {library.name}: done after {time.monotonic() - begun:.0f} s", flush=True)

    with ThreadPoolExecutor(max(1, len(used))) as pool:
        list(pool.map(work, used))
    stage.forget_cases()


class _Way:
    """One library's way through its list."""

    def __init__(self, stage: Stage, library: Program, run: str, save: Save) -> None:
        self._stage, self._library, self._run, self._save = stage, library, run, save
        self._age = 0

    def through(self, cases: Sequence[ClientCase], time_is_up: Callable[[], bool]) -> None:
        """Until the list is empty, time is up or there was too much trouble."""
        troubles = 0
        for start in range(0, len(cases), _GROUP):
            if troubles >= _TROUBLES or time_is_up():
                break
            group = cases[start : start + _GROUP]
            try:
                if self._age + len(group) > _LIFE:
                    self._renew()
                self._age += len(group)
                self._save(self._alone(group) if stops(self._library) else self._together(group))
            except (LabError, OSError, http.client.HTTPException) as error:
                troubles += 1
                names = ", ".join(case.name for case in group)
                print(f"  {self._library.name}: not played: {names}: {error}", flush=True)
                self._renew()
        self._stage.end_client(self._library)

    def _renew(self) -> None:
        self._stage.fresh_client(self._library)
        self._age = 0

    def _together(self, group: Sequence[ClientCase]) -> list[Measurement]:
        started = datetime.now(UTC)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = list(pool.map(self._play, group))
        nacks = calls.rejected(self._stage, self._library, started)
        return [
            item
            for case, results in zip(group, answers, strict=True)
            for item in calls.measured(
                case, self._library, results, [nack for nack in nacks if nack.names(place(case).full)]
            )
        ]

    def _alone(self, group: Sequence[ClientCase]) -> list[Measurement]:
        """A few at a time; where one was rejected, a new process plays the others again.

        Whose it was is known where the library names the host, else each is played by a process of its own.
        """
        started = datetime.now(UTC)
        with ThreadPoolExecutor(_GROUP) as pool:
            answers = list(pool.map(self._play, group))
        nacks = calls.rejected(self._stage, self._library, started)
        if nacks or (any(case.secure for case in group) and not self._library.mtls):
            self._renew()  # without TLS it calls a server that wants it again and again, without a pause (measured)
        found: list[Measurement] = []
        again = []
        for case, results in zip(group, answers, strict=True):
            named = [nack for nack in nacks if nack.names(place(case).full)]
            if named or not nacks or len(group) == 1:
                found += calls.measured(case, self._library, results, named or nacks)
            else:
                again.append(case)
        if len(again) < len(group):
            return found + (self._alone(again) if again else [])
        return [item for case in again for item in self._alone([case])]

    def _play(self, case: ClientCase) -> list[list[Result]]:
        return calls.play(self._stage, case, self._library, self._run)


def _own(library: Program, cases: Sequence[ClientCase], wanted: Wanted) -> list[ClientCase]:
    """Cases that a library plays."""
    return [
        case
        for case in cases
        if library.language in (case.languages or (library.language,))
        and (library.mtls or not case.needs_tls)
        and wanted(case.name, f"{library.language} {library.version}")
    ]


def _apply(stage: Stage, case: ClientCase, run: str) -> bool:
    """Service and objects of one case; False (and a word) where the API server refuses them."""
    where = place(case, stage, run)
    try:
        stage.apply_case([*service(case, where), *case.objects(where)])
    except LabError as error:
        print(f"{case.name}: cannot be measured, refused: {error}", flush=True)
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
