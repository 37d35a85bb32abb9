"""Plays cases of MeshConfig: what istiod sends with a field in its ConfigMap is compared with what it sends without.

A workload in one namespace asks for a host in another, and as a server for its own listener. Every change also sets the
number of default retries, which shows in a host of its own that the change has arrived. Called by `play`, last of all.
"""

import json
from collections.abc import Sequence
from typing import Any

import yaml

from lab.api import MERGE, wait_until
from lab.errors import LabError
from lab.node import echo
from matrix_measured.case import IstiodCase, Place, rule, virtual_service
from matrix_measured.istiod import ADDRESSES, BARE, SPACE, compared, endpoint, istiod_door, only
from matrix_measured.record import Measurement, Save
from matrix_measured.stage import Stage
from proxyless.adapters.ads import Observer
from proxyless.adapters.ads_node import Node

_MAP = "/api/v1/namespaces/istio-system/configmaps/istio"
_RETRIES = "defaultHttpRetryPolicy"
_HOST, _SIGN = Place("meshed", SPACE, ""), Place("sign", BARE, "")


def play(stage: Stage, cases: Sequence[IstiodCase], save: Save) -> None:
    """All cases, one after another; the mesh is left as it was found."""
    _prepare(stage)
    address = istiod_door(stage)
    before = stage.cluster.api.request("GET", _MAP)["data"]["mesh"]
    base = yaml.safe_load(before)
    try:
        bare = _asked(stage, address, base, 3)
        for number, case in enumerate(cases, start=4):
            try:
                given = _asked(stage, address, base | (case.mesh or {}), number)
            except LabError as error:
                print(f"{case.name}: cannot be measured: {error}")
                continue
            seen = compared(given, bare, silent=True)
            save([Measurement.of(row, case.name, None, seen) for row in case.rows])
    finally:
        _write(stage, before)


def _prepare(stage: Stage) -> None:
    """A host with a route and a policy in one namespace, a server and the host of the sign in the other."""
    stage.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in (SPACE, BARE)])
    plain = {"name": "sent", "timeout": "7s", "route": [{"destination": {"host": _HOST.full}}]}
    stage.apply(
        [
            echo.service(_HOST.host, SPACE, app="backend"),
            rule(_HOST, {"connectionPool": {"http": {"http2MaxRequests": 5}}}),
            virtual_service(_HOST, plain),
            echo.service(_SIGN.host, BARE, app="backend"),
            echo.service("asked", BARE, app="asked"),
            endpoint(BARE),
        ]
    )


def _asked(stage: Stage, address: str, mesh: dict[str, Any], retries: int) -> str:
    """What istiod sends once it has taken up a configuration, the sign left out."""
    policy = {"attempts": retries} | mesh.get(_RETRIES, {})
    _write(stage, yaml.safe_dump(mesh | {_RETRIES: policy}))
    node = Node(BARE, name="asked", ip=ADDRESSES[BARE], labels={"app": "asked"})
    found: dict[str, Any] = {}

    def arrived() -> bool:
        with Observer(address, node, timeout=2) as observer:
            targets = [f"{one.full}:{echo.PORT}" for one in (_HOST, _SIGN)]
            found.update(observer.observe(targets, server=f"0.0.0.0:{echo.TARGET_PORT}").plain())
        return f'"num_retries": {retries}' in only(found, _SIGN.full)

    wait_until(f"{retries} retries from istiod", arrived, timeout=90, every=0.5)
    server = {name: value for name, value in found["listeners"].items() if "inbound" in name}
    text = only(found, _HOST.full) + json.dumps(server, sort_keys=True)
    return text.replace(f'"num_retries": {retries}', '"num_retries": N')


def _write(stage: Stage, mesh: str) -> None:
    stage.cluster.api.request("PATCH", _MAP, {"data": {"mesh": mesh}}, content=MERGE)
