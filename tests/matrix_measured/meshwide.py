"""Plays cases of MeshConfig: what istiod sends with a field in its ConfigMap is compared with what it sends without.

A workload in one namespace asks for a host in another, and as a server for its own listener. Every change also sets the
number of default retries, which shows in a host of its own that the change has arrived. Called by `play`, last of all.
"""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import yaml

from lab.api import MERGE, wait_until
from lab.errors import LabError
from lab.node import echo, istio
from matrix_measured.case import IstiodCase, Place, rule, virtual_service
from matrix_measured.cases.mesh import ROOT
from matrix_measured.istiod import ADDRESSES, BARE, SPACE, compared, endpoint, istiod_door, only
from matrix_measured.record import Measurement, Save
from matrix_measured.stage import Stage
from proxyless.adapters.ads import Observer
from proxyless.adapters.ads_node import XdsNode
from proxyless.errors import ClusterError

_MAP = "/api/v1/namespaces/istio-system/configmaps/istio"
_RETRIES = "defaultHttpRetryPolicy"
_HOST, _SIGN = Place("meshed", SPACE, ""), Place("sign", BARE, "")


def play(stage: Stage, cases: Sequence[IstiodCase], save: Save, time_is_up: Callable[[], bool] = lambda: False) -> None:
    """All cases, one after another; the mesh is left as it was found."""
    _prepare(stage, cases)
    address = istiod_door(stage)
    before = stage.cluster.api.request("GET", _MAP)["data"]["mesh"]
    base = yaml.safe_load(before)
    restarted = False
    try:
        bare = _asked(stage, address, base, 3)
        for number, case in enumerate(cases, start=4):
            if time_is_up():
                return
            restarted |= case.restart
            try:
                given = _asked(stage, address, base | (case.mesh or {}), number, restart=case.restart)
            except LabError as error:
                print(f"{case.name}: cannot be measured: {error}", flush=True)
                continue
            seen = compared(given, bare, silent=True)
            save([Measurement.of(row, case.name, None, seen) for row in case.rows])
    finally:
        _write(stage, before)
        if restarted:
            _restart(stage)


def _prepare(stage: Stage, cases: Sequence[IstiodCase]) -> None:
    """A host with a route and a policy in one namespace, a server and the host of the sign in the other."""
    stage.apply([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in (SPACE, BARE, ROOT)])
    stage.apply([item for case in cases for item in case.objects(_HOST)])
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


def _asked(stage: Stage, address: str, mesh: dict[str, Any], retries: int, *, restart: bool = False) -> str:
    """What istiod sends once it has taken up a configuration, the sign left out."""
    policy = {"attempts": retries} | mesh.get(_RETRIES, {})
    _write(stage, yaml.safe_dump(mesh | {_RETRIES: policy}))
    if restart:
        _restart(stage)
    node = XdsNode(BARE, name="asked", ip=ADDRESSES[BARE], labels={"app": "asked"})
    found: dict[str, Any] = {}

    def arrived() -> bool:
        targets = [f"{one.full}:{echo.PORT}" for one in (_HOST, _SIGN)]
        try:
            with Observer(address, node, timeout=2) as observer:
                found.update(observer.observe(targets, server=f"0.0.0.0:{echo.TARGET_PORT}").plain())
        except ClusterError:
            return False  # it may just be starting
        return f'"num_retries": {retries}' in only(found, _SIGN.full)

    wait_until(f"{retries} retries from istiod", arrived, timeout=90, every=0.5)
    server = {name: value for name, value in found["listeners"].items() if "inbound" in name}
    text = only(found, _HOST.full) + json.dumps(server, sort_keys=True)
    return text.replace(f'"num_retries": {retries}', '"num_retries": N')


def _write(stage: Stage, mesh: str) -> None:
    stage.cluster.api.request("PATCH", _MAP, {"data": {"mesh": mesh}}, content=MERGE)


def _restart(stage: Stage) -> None:
    """A new istiod."""
    pods = "/api/v1/namespaces/istio-system/pods"
    old = stage.cluster.api.request("GET", f"{pods}?labelSelector=app%3Distiod")["items"]
    for pod in old:
        stage.cluster.api.request("DELETE", f"{pods}/{pod['metadata']['name']}", {"gracePeriodSeconds": 0})
    time.sleep(1)
    istio.await_istiod(stage.cluster)
