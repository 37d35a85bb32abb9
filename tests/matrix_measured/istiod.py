"""Plays istiod cases with the ADS observer: what istiod sends for a host with a field is compared with what it sends without.

Two hosts that differ in nothing but the field, both asked for at once; names and addresses are made equal before comparing.
"""

import json
import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from lab.api import wait_until
from lab.errors import LabError
from lab.node import echo
from matrix_measured.case import IstiodCase, Place, Seen, manifest, virtual_service
from matrix_measured.record import Measurement
from matrix_measured.stage import Stage
from proxyless.adapters.ads import Observer
from proxyless.adapters.ads_node import Node
from proxyless.matrix.verdict import Verdict

_SPACE, _BARE = "matrix-sent", "matrix-bare"
"""Server cases: the same pod asked for in a namespace with the objects and in one without."""


def place(case: IstiodCase, suffix: str = "") -> Place:
    """A case's names."""
    return Place(case.name + suffix, _SPACE, "run")


def play(stage: Stage, cases: Sequence[IstiodCase]) -> list[Measurement]:
    """All cases, one after another: each is a matter of two questions."""
    stage.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in (_SPACE, _BARE)])
    service = stage.cluster.api.request("GET", "/api/v1/namespaces/istio-system/services/istiod")
    address = f"127.0.0.1:{stage.cluster.door(service['spec']['clusterIP'], 15010)}"
    measured = []
    for case in cases:
        seen = _server(stage, case, address) if case.server else _client(stage, case, address)
        if seen:
            measured += [Measurement.of(row, case.name, None, seen) for row in case.rows]
    return measured


def _client(stage: Stage, case: IstiodCase, address: str) -> Seen | None:
    given, bare = place(case), place(case, "-not")
    objects = [*case.objects(given), *case.without(bare)]
    objects += [echo.service(one.host, one.namespace, app="backend") for one in (given, bare)]
    signs = [
        virtual_service(one, {"name": "sign", "route": [{"destination": {"host": one.full}}]}) for one in (given, bare)
    ]
    if not _apply(stage, case, [*objects, *signs]):
        return None

    def ask() -> list[str]:
        with Observer(address, Node(_SPACE, labels=case.labels)) as observer:
            seen = observer.observe([f"{one.full}:{echo.PORT}" for one in (given, bare)]).plain()
        return [_only(seen, one.full) for one in (given, bare)]

    return _compared(*_signed(ask, '"name": "sign"'))


def _server(stage: Stage, case: IstiodCase, address: str) -> Seen | None:
    if not _apply(stage, case, case.objects(place(case))):
        return None
    spec = {"action": "DENY", "rules": [{"to": [{"operation": {"paths": [f"/{case.name}"]}}]}]}
    for space in (_SPACE, _BARE):
        sign = manifest("AuthorizationPolicy", "sign", Place("sign", space, ""), spec)
        stage.apply([echo.service("asked", space, app="asked"), _endpoint(space), sign])
    seen = _compared(*_signed(lambda: [_asked(address, space, case) for space in (_SPACE, _BARE)], f"/{case.name}"))
    for item in case.objects(place(case)):
        stage.cluster.kubectl("delete", item["kind"], item["metadata"]["name"], "-n", _SPACE, "--wait=false")
    return seen


def _signed(ask: Callable[[], list[str]], sign: str) -> list[str]:
    """Both answers once both hold what was applied after the field: then istiod has taken the field up as well."""
    found: list[str] = []

    def arrived() -> bool:
        found[:] = ask()
        return all(sign in item for item in found)

    wait_until(f"{sign} at istiod", arrived, timeout=30)
    time.sleep(0.5)
    return ask()


def _asked(address: str, space: str, case: IstiodCase) -> str:
    with Observer(address, Node(space, name="asked", ip=_ADDRESSES[space], labels=case.labels)) as observer:
        seen = observer.observe([], server=f"0.0.0.0:{echo.TARGET_PORT}").plain()
    return json.dumps(seen, sort_keys=True).replace(space, "SPACE").replace(_ADDRESSES[space], "IP")


_ADDRESSES = {_SPACE: "10.244.9.1", _BARE: "10.244.9.2"}


def _endpoint(space: str) -> dict[str, Any]:
    """A workload at an address, so that the Service has a server for istiod."""
    spec = {"address": _ADDRESSES[space], "labels": {"app": "asked"}, "serviceAccount": "default"}
    meta = {"name": "asked", "namespace": space}
    return {"apiVersion": "networking.istio.io/v1", "kind": "WorkloadEntry", "metadata": meta, "spec": spec}


def _apply(stage: Stage, case: IstiodCase, objects: list[dict[str, Any]]) -> bool:
    try:
        stage.apply(objects)
    except LabError as error:
        print(f"{case.name}: cannot be measured, refused: {error}")
        return False
    return True


def _only(seen: dict[str, Any], host: str) -> str:
    """The part of an observation that is about one host, with its own names and addresses taken out."""
    part = {
        kind: {name: value for name, value in found.items() if re.search(rf"(^|\|){re.escape(host)}(:|$)", name)}
        for kind, found in seen.items()
        if isinstance(found, dict)
    }
    short = host.partition(".")[0]
    text = re.sub(rf"\b{re.escape(short)}\b(?!-)", "HOST", json.dumps(part, sort_keys=True))
    return re.sub(r"10\.96\.\d+\.\d+", "IP", text)


def _compared(given: str, bare: str) -> Seen:
    if '"listeners": {}' in given:
        return Seen(Verdict.BREAKS, "istiod sends nothing at all with the field")
    if given == bare:
        return Seen(Verdict.IGNORED, "istiod sends exactly the same with the field and without")
    start = next((index for index, (one, other) in enumerate(zip(given, bare, strict=False)) if one != other), 0)
    return Seen(
        Verdict.SUPPORTED, f"istiod sends something else with the field: ...{given[max(0, start - 40) : start + 120]}"
    )
