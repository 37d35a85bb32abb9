"""Gateways in the clients' place against a real istiod's kept answers: the routes for each host and port that comes to them."""

from collections.abc import Iterator
from typing import Any

import pytest

from differential import ask_written
from differential.answer import route_fact
from mesh.effective.oracle.drawn import told_of
from proxyless.mesh.effective.gateways import gateway_target, gateways_of
from proxyless.mesh.workload import Workload

_RECORDS = {name: record for name, record in ask_written.kept().items() if name.startswith("gateway")}
_COMPARED = ("name", "path", "headers", "config", "clusters")


def _answers(name: str) -> Iterator[tuple[str, Any, Any]]:
    record = _RECORDS[name]
    said = told_of(record)
    mesh = said.mesh()
    for client in record.mesh.clients:
        pod: Workload = said.workload(client.key)
        asking = mesh.gateway_client(client.namespace, client.labels)
        for target, sent in record.facts["clients"][client.key]["envoys"]["gateway"].items():
            host, _, port = target.rpartition(":")
            if host.endswith(".x0.example"):
                found = gateway_target(mesh, asking, gateways_of(mesh.snapshot, pod), host, int(port))
                ours = found.virtual_host.routes if found.virtual_host is not None else None
                yield target, _short(sent), None if ours is None else _short(map(route_fact, ours))


def _short(routes: Any) -> list[dict[str, Any]] | None:
    return None if routes is None else [{key: item[key] for key in _COMPARED if key in item} for item in routes]


@pytest.mark.parametrize("name", _RECORDS)
def test_gateways_do_what_istiod_said(name: str) -> None:
    asked = list(_answers(name))
    assert asked
    for target, istiod, ours in asked:
        assert ours == istiod, target


def test_some_answers_are_routes_and_some_are_none() -> None:
    told = [istiod for name in _RECORDS for _, istiod, _ in _answers(name)]
    assert sum(item is not None for item in told) >= 8
    assert None in told
