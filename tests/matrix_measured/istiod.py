"""Plays istiod cases with the ADS observer: what istiod sends for a host with a field is compared with what it sends without.

Two hosts that differ in nothing but the field, both asked for at once; names and addresses are made equal before comparing.
"""

import json
import re
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

from lab.api import wait_until
from lab.errors import LabError
from lab.node import echo
from matrix_measured import objects
from matrix_measured.case import IstiodCase, Place, Seen, manifest, virtual_service
from matrix_measured.record import Measurement, Save
from matrix_measured.stage import Stage
from proxyless.adapters.ads import Observer
from proxyless.adapters.ads_node import XdsNode
from proxyless.errors import ClusterError
from proxyless.matrix.verdict import Verdict

SPACE, BARE = "matrix-sent", "matrix-bare"
"""Server cases: the same pod asked for in a namespace with the objects and in one without."""


def place(case: IstiodCase, suffix: str = "") -> Place:
    """A case's names."""
    return Place(case.name + suffix, SPACE, "run")


def play(stage: Stage, cases: Sequence[IstiodCase], save: Save, time_is_up: Callable[[], bool] = lambda: False) -> None:
    """All cases, one after another: each is a matter of two questions."""
    stage.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in (SPACE, BARE)])
    stage.apply([echo.service("backend", SPACE, app="backend")])
    address = istiod_door(stage)
    for case in cases:
        if time_is_up():
            return
        try:
            seen = _server(stage, case, address) if case.server else _client(stage, case, address)
        except (LabError, ClusterError) as error:
            print(f"{case.name}: cannot be measured: {error}", flush=True)
            continue
        save([Measurement.of(row, case.name, None, seen) for row in case.rows])


def istiod_door(stage: Stage) -> str:
    """Address of istiod's plaintext port on this side of the node's door."""
    service = stage.cluster.api.request("GET", "/api/v1/namespaces/istio-system/services/istiod")
    port = stage.cluster.door(service["spec"]["clusterIP"], 15010)

    def listens() -> bool:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
        return True

    wait_until("the door to istiod", listens, timeout=30)
    return f"127.0.0.1:{port}"


def _client(stage: Stage, case: IstiodCase, address: str) -> Seen:
    given, bare = place(case), place(case, "-not")
    made = [*case.objects(given), *case.without(bare)]
    made += [echo.service(one.host, one.namespace, app="backend") for one in (given, bare)]
    by_route = any(item["kind"] == "DestinationRule" for item in made)
    made += [_sign(one, by_route=by_route) for one in (given, bare)]
    stage.apply(made)
    sign = '"name": "sign"' if by_route else f'"max_requests": {_LIMIT}'

    def ask() -> list[str]:
        found = []
        for one in (given, bare):
            with Observer(address, XdsNode(SPACE, labels=case.labels or {"app": one.host}), timeout=2) as observer:
                hosts = (one.full, *case.beside)
                seen = observer.observe([f"{host}:{echo.PORT}" for host in hosts]).plain()
            found.append(only(seen, one.full, *case.beside))
        return found

    return compared(*_signed(ask, sign, among=1 if case.silent else 0), silent=case.silent)


_LIMIT = 4242


def _sign(one: Place, *, by_route: bool) -> dict[str, Any]:
    """What shows that istiod has taken up a case: a route's name, or a limit where the routes are the case's own."""
    if by_route:
        return virtual_service(one, {"name": "sign", "route": [{"destination": {"host": one.full}}]})
    policy = {"connectionPool": {"http": {"http2MaxRequests": _LIMIT}}}
    return manifest("DestinationRule", one.host, one, {"host": one.full, "trafficPolicy": policy})


def _server(stage: Stage, case: IstiodCase, address: str) -> Seen:
    stage.apply(case.objects(place(case)))
    spec = {"action": "DENY", "rules": [{"to": [{"operation": {"paths": [f"/{case.name}"]}}]}]}
    for space in (SPACE, BARE):
        sign = manifest("AuthorizationPolicy", "sign", Place("sign", space, ""), spec)
        stage.apply([echo.service("asked", space, app="asked"), endpoint(space), sign])
    seen = compared(*_signed(lambda: [_asked(address, space, case) for space in (SPACE, BARE)], f"/{case.name}"))
    objects.remove(stage.cluster.api, case.objects(place(case)))
    return seen


def _signed(ask: Callable[[], list[str]], sign: str, among: int = 0) -> list[str]:
    """Both answers once those from ``among`` on hold what was applied after the field: then istiod has taken that up too."""
    found: list[str] = []

    def arrived() -> bool:
        found[:] = ask()
        return all(sign in item for item in found[among:])

    wait_until(f"{sign} at istiod", arrived, timeout=60, every=0.3)
    time.sleep(0.5)
    return ask()


def _asked(address: str, space: str, case: IstiodCase) -> str:
    with Observer(address, XdsNode(space, name="asked", ip=ADDRESSES[space], labels=case.labels)) as observer:
        seen = observer.observe([], server=f"0.0.0.0:{echo.TARGET_PORT}").plain()
    return json.dumps(seen, sort_keys=True).replace(space, "SPACE").replace(ADDRESSES[space], "IP")


ADDRESSES = {SPACE: "10.244.9.1", BARE: "10.244.9.2"}


def endpoint(space: str) -> dict[str, Any]:
    """A workload at an address, so that the Service has a server for istiod."""
    spec = {"address": ADDRESSES[space], "labels": {"app": "asked"}, "serviceAccount": "default"}
    meta = {"name": "asked", "namespace": space}
    return {"apiVersion": "networking.istio.io/v1", "kind": "WorkloadEntry", "metadata": meta, "spec": spec}


def only(seen: dict[str, Any], host: str, *beside: str) -> str:
    """The part of an observation that is about one host (and others), with its own names and addresses taken out."""
    hosts = "|".join(map(re.escape, (host, *beside)))
    part = {
        kind: {name: value for name, value in found.items() if re.search(rf"(^|\|)({hosts})(:|$)", name)}
        for kind, found in seen.items()
        if isinstance(found, dict)
    }
    short = host.partition(".")[0]
    text = re.sub(rf"\b{re.escape(short)}\b(?!-)", "HOST", json.dumps(part, sort_keys=True))
    return re.sub(r"10\.96\.\d+\.\d+", "IP", text)


def compared(given: str, bare: str, *, silent: bool = False) -> Seen:
    """Whether two answers differ; ``silent``: that nothing at all is sent is a difference like others."""
    if '"listeners": {}' in given and not silent:
        return Seen(Verdict.BREAKS, "istiod sends nothing at all with the field")
    if given == bare:
        return Seen(Verdict.IGNORED, "istiod sends exactly the same with the field and without")
    start = next((index for index, (one, other) in enumerate(zip(given, bare, strict=False)) if one != other), 0)
    return Seen(
        Verdict.SUPPORTED, f"istiod sends something else with the field: ...{given[max(0, start - 40) : start + 200]}"
    )
