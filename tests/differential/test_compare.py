"""Comparing and shrinking, against answers that are made up here."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from differential import case, keep
from differential.compare import UNKNOWN, Difference, Question, answers, compare
from differential.generate import mesh_of
from differential.keep import Record
from differential.mesh import Mesh
from differential.shrink import shrink

_HOST = "echo.x0-svc.svc.cluster.local:7070"
_CLUSTER = "outbound|7070||echo.x0-svc.svc.cluster.local"
_ROUTE = {
    "name": "r0", "config": "x0-a/vs", "kind": "virtual-service", "path": "prefix:/", "headers": [],
    "clusters": [[_CLUSTER, None]], "timeout": "1s", "retry": {"on": "unavailable", "times": 2},
    "fault": {"abort": {"grpcStatus": 14}}, "hash": [{}],
}  # fmt: skip
_FACTS: dict[str, Any] = {
    "clients": {
        "x0-a/cli0": {
            "listeners": {_HOST: True},
            "shorts": {"echo:7070": True},
            "short_routes": {"echo:7070": _CLUSTER},
            "routes": {_HOST: {"hosts": 1, "vh": _HOST, "routes": [_ROUTE]}},
            "clusters": {_CLUSTER: {"tls": True, "sans": ["a"], "lb": "ROUND_ROBIN", "max": 101}},
            "endpoints": {_CLUSTER: ["10.64.0.1:7070"]},
            "asked": [_CLUSTER, "outbound|7070|v1|echo.x0-svc.svc.cluster.local"],
        }
    },
    "servers": {
        "x0-svc/echo-v1": {"7070": {"tls": True, "chains": 1, "rbac": ["deny"], "rules": [["a-0"]]}, "5555": None}
    },
}
_CHANGES = {
    "listener": ("listeners", {_HOST: False}),
    "short name": ("shorts", {"echo:7070": False}),
    "short name's routes": ("short_routes", {"echo:7070": "other"}),
    "endpoints": ("endpoints", {_CLUSTER: []}),
    "cluster TLS": ("clusters", {_CLUSTER: _FACTS["clients"]["x0-a/cli0"]["clusters"][_CLUSTER] | {"tls": False}}),
    "limit": ("clusters", {_CLUSTER: _FACTS["clients"]["x0-a/cli0"]["clusters"][_CLUSTER] | {"max": None}}),
    "virtual hosts": ("routes", {_HOST: {"hosts": 2, "vh": _HOST, "routes": [_ROUTE]}}),
    "winner": ("routes", {_HOST: {"hosts": 1, "vh": _HOST, "routes": [_ROUTE | {"config": "x0-b/vs"}]}}),
    "routes": ("routes", {_HOST: {"hosts": 1, "vh": _HOST, "routes": [_ROUTE | {"path": "path:/a"}]}}),
    "timeouts": ("routes", {_HOST: {"hosts": 1, "vh": _HOST, "routes": [_ROUTE | {"timeout": "2s"}]}}),
    "retries": ("routes", {_HOST: {"hosts": 1, "vh": _HOST, "routes": [_ROUTE | {"retry": {}}]}}),
    "faults": ("routes", {_HOST: {"hosts": 1, "vh": _HOST, "routes": [_ROUTE | {"fault": {}}]}}),
}


@pytest.mark.parametrize("kind", _CHANGES)
def test_each_kind_of_answer_is_compared(kind: str) -> None:
    key, value = _CHANGES[kind]
    other = copy.deepcopy(_FACTS)
    other["clients"]["x0-a/cli0"][key] = value
    assert [item.question.kind for item in compare(_FACTS, other).differences] == [kind]


def test_servers_are_compared() -> None:
    other = copy.deepcopy(_FACTS)
    other["servers"]["x0-svc/echo-v1"] = {"7070": {"tls": False, "rbac": [], "rules": []}, "5555": None}
    kinds = [item.question.kind for item in compare(_FACTS, other).differences]
    assert kinds == ["server RBAC", "server TLS", "server rules"]


def test_equal_facts_do_not_differ() -> None:
    compared = compare(_FACTS, copy.deepcopy(_FACTS))
    assert not compared.differences
    assert compared.questions.total() == len(answers(_FACTS)) == 22
    assert not compared.unknown


def test_a_question_left_out_is_a_difference_and_one_that_is_not_known_is_counted() -> None:
    other = copy.deepcopy(_FACTS)
    del other["clients"]["x0-a/cli0"]["endpoints"][_CLUSTER]
    other["clients"]["x0-a/cli0"]["listeners"][_HOST] = UNKNOWN
    compared = compare(_FACTS, other)
    assert [item.question.kind for item in compared.differences] == ["endpoints"]
    assert compared.unknown == {"listener": 1}


def _differ_where_a_timeout_is(meshes: Sequence[Mesh]) -> list[tuple[Record, list[Difference]]]:
    """A model that is wrong wherever a VirtualService has a timeout and a Service is there."""
    found = []
    for mesh in meshes:
        kinds = {item["kind"] for _, item in mesh.objects}
        timeouts = [
            route
            for _, item in mesh.objects
            if item["kind"] == "VirtualService"
            for route in item.get("spec", {}).get("http", ())
            if "timeout" in route
        ]
        question = Question("timeouts", mesh.clients[0].key, _HOST)
        wrong = [Difference(question, 1, 2)] if timeouts and "Service" in kinds else []
        found.append((Record(mesh, [], {}), wrong))
    return found


def test_a_difference_is_shrunk_to_what_it_needs() -> None:
    mesh = next(found for seed in range(1000) if _differ_where_a_timeout_is([found := mesh_of(seed)])[0][1])
    difference = _differ_where_a_timeout_is([mesh])[0][1][0]
    smallest = shrink(mesh, difference, _differ_where_a_timeout_is)
    assert smallest is not None
    kinds = sorted(item["kind"] for _, item in smallest[0].mesh.objects)
    assert kinds == ["Service", "VirtualService"]
    (routes,) = (item["spec"] for _, item in smallest[0].mesh.objects if item["kind"] == "VirtualService")
    assert [{*route} for route in routes.pop("http")] == [{"timeout"}]
    assert not routes
    assert len(smallest[0].mesh.clients) == 1


def test_a_difference_that_does_not_come_again_is_none() -> None:
    difference = Difference(Question("timeouts", "x0-a/cli0", _HOST), 1, 2)
    mesh = next(found for seed in range(1000) if not _differ_where_a_timeout_is([found := mesh_of(seed)])[0][1])
    assert shrink(mesh, difference, _differ_where_a_timeout_is) is None


def test_kept_answers_come_back_and_are_the_same_bytes(tmp_path: Path) -> None:
    records = [Record(mesh_of(seed), [], {"clients": {}, "servers": {}}) for seed in range(3)]
    for name in ("one", "two"):
        keep.write(tmp_path / name, records)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert [record.mesh.plain() for record in keep.read(tmp_path / "one")] == [
        record.mesh.plain() for record in records
    ]


def test_a_case_folder_comes_back(tmp_path: Path) -> None:
    record = Record(mesh_of(7), [], _FACTS)
    difference = Difference(Question("short name's routes", "x0-a/cli0", _HOST), True, False)
    folder = case.write(record, case.name_of(record, [difference]), [str(difference)], tmp_path)
    assert folder.name == "short-names-routes-7"
    ((name, found),) = case.read(tmp_path)
    assert (name, found.facts, found.objects) == (folder.name, _FACTS, record.objects)
