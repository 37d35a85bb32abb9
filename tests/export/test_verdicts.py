"""Each policy says what its rule says, on objects that a real API server accepted; nothing of ours runs here.

100 objects a rule, ``PROXYLESS_LONG=1``: 10,000; ``PROXYLESS_EXAMPLES=1000`` as many as that. A policy that fails to evaluate would deny here and is found: in the test, and
only there, its ``failurePolicy`` is Fail.
"""

import copy
import os
import re
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

import pytest

from export.drawn import WORKLOADS, Body
from export.drawn_objects import drawn
from export.reference import denied, words
from lab.api import Api, wait_until
from lab.controlplane import ControlPlane
from lab.errors import ApiError
from proxyless.export.bindings import DENY, Label, chosen
from proxyless.export.statement import Statement, rules
from proxyless.export.statements import ALL, NOT_SAID
from proxyless.export.validating import binding, policy
from proxyless.model.kinds import KINDS

OBJECTS = int(os.environ.get("PROXYLESS_EXAMPLES") or (10_000 if os.environ.get("PROXYLESS_LONG") else 100))
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"
SEED = "test.proxyless.dev/seed"
"""Label of objects that are stored to be changed: bindings leave them alone."""


class Room(NamedTuple):
    """Where one rule's policy is in force, and where nothing is."""

    api: Api
    strict: str
    free: str


def test_every_rule_that_denies_is_said_or_excused() -> None:
    denying = {code for code, rule in rules().items() if rule.deny}
    assert {statement.code for statement in ALL} | NOT_SAID.keys() == denying
    assert len(ALL) == 13


@pytest.fixture(scope="module")
def rooms(control_plane: ControlPlane) -> Iterator[dict[str, Room]]:
    """A namespace for each rule, in which its policy alone denies."""
    found = {}
    api = control_plane.api
    free = control_plane.namespace("free")
    for statement in ALL:
        label = Label(f"{statement.code.lower()}.test.proxyless.dev", "on")
        body = policy(statement, label)
        body["spec"]["failurePolicy"] = "Fail"
        bound = binding(statement, chosen(label, DENY)[0])
        bound["spec"]["matchResources"]["objectSelector"] = {
            "matchExpressions": [{"key": SEED, "operator": "DoesNotExist"}]
        }
        api.request("POST", POLICIES, body)
        api.request("POST", POLICIES.replace("policies", "policybindings"), bound)
        found[statement.code] = Room(
            api, control_plane.namespace(statement.code.lower(), {label.key: label.value}), free
        )
    for statement in ALL:
        _await_in_force(statement, found[statement.code])
    yield found
    for statement in ALL:
        for name, kind in (
            (f"{statement.code.lower()}.chosen.proxyless.dev", "bindings"),
            (f"{statement.code.lower()}.proxyless.dev", ""),
        ):
            path = POLICIES if not kind else POLICIES.replace("policies", "policybindings")
            api.request("DELETE", f"{path}/{name}")


def _await_in_force(statement: Statement, room: Room) -> None:
    draw = Random(statement.code)
    while True:
        body = drawn(statement.code, draw)
        seen = _seen(room, body)
        if seen is not None and denied(statement.code, room.strict, seen):
            break
    wait_until(f"{statement.code} in force", lambda: _refusal(room, "POST", body), timeout=60)


@pytest.mark.timeout(0 if OBJECTS > 100 else 300)
@pytest.mark.parametrize("code", [statement.code for statement in ALL])
def test_same_verdict_and_words(code: str, rooms: dict[str, Room]) -> None:
    room, draw = rooms[code], Random(f"create {code}")
    counts = {True: 0, False: 0}
    while sum(counts.values()) < OBJECTS:
        body = drawn(code, draw)
        seen = _seen(room, body)
        if seen is None:
            continue
        said = _refusal(room, "POST", body)
        expected = denied(code, room.strict, seen)
        assert bool(said) == bool(expected), (said, seen)
        if said:
            assert re.sub(r" \.\.\. and \d+ more: run proxyless lint$", "", said) in {
                words(finding, seen) for finding in expected
            }, seen
        counts[bool(said)] += 1
    assert min(counts.values()) >= OBJECTS / 50, counts


@pytest.mark.timeout(0 if OBJECTS > 100 else 300)
@pytest.mark.parametrize("code", [statement.code for statement in ALL])
def test_only_what_a_change_brings_is_denied(code: str, rooms: dict[str, Room]) -> None:
    room, draw = rooms[code], Random(f"update {code}")
    counts = {True: 0, False: 0}
    for number in range(20 * OBJECTS):
        if sum(counts.values()) >= OBJECTS // 2:
            break
        before = _stored(room, drawn(code, draw), f"seed-{number}")
        if before is None:
            continue
        after = _changed(before, drawn(code, draw), draw)
        seen = _try(room, "PUT", room.strict, _labeled(after, seed=True))
        if isinstance(seen, dict):
            after = _labeled(seen, seed=False)
            said = _refusal(room, "PUT", after)
            expected = denied(code, room.strict, after, before)
            assert bool(said) == bool(expected), (said, before, after)
            counts[bool(said)] += 1
        room.api.request("DELETE", _path(before, room.strict) + f"/{before['metadata']['name']}")
    assert sum(counts.values()) >= OBJECTS // 2, counts
    assert counts[False], counts
    if code not in ("PX108", "PX119"):
        assert counts[True], counts


def test_many_places_are_judged_too(rooms: dict[str, Room]) -> None:
    """The API server ends an expression that costs too much: what is compared with what was there before is bounded."""
    room = rooms["PX505"]
    cors = {"corsPolicy": {"allowOrigins": [{"exact": "a"}]}}
    clean = [{"route": [{"destination": {"host": f"echo-{number}"}}]} for number in range(500)]
    faulty = [{**route, **cors} for route in clean]

    def routes(http: list[Body]) -> Body:
        body = {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "metadata": {"name": "large"}}
        return {**body, "spec": {"hosts": ["echo"], "http": http}}

    assert _refusal(room, "POST", routes(faulty)).endswith("... and 499 more: run proxyless lint")
    for before, after, denies in (
        (clean, faulty, True),
        (clean, clean, False),
        (faulty, faulty, False),
        (faulty, [*faulty, *faulty], True),
        (faulty, faulty[1:], False),
    ):
        stored = _stored(room, routes(before), "large")
        assert stored is not None
        changed = {**stored, "spec": routes(after)["spec"]}
        assert bool(_refusal(room, "PUT", _labeled(changed, seed=False))) is denies, len(after)
        room.api.request("DELETE", f"{_path(stored, room.strict)}/large")


def _changed(before: Body, other: Body, draw: Random) -> Body:
    """The object before with some of its spec taken from another."""
    after = copy.deepcopy(before)
    if other["kind"] == before["kind"] and isinstance(other.get("spec"), dict):
        for key in {**(after.get("spec") or {}), **other["spec"]}:
            if draw.random() < 0.5:
                after.setdefault("spec", {})[key] = copy.deepcopy(other["spec"].get(key))
    return after


def _stored(room: Room, body: Body, name: str) -> Body | None:
    """An object that is in the cluster from now on; None where it is not accepted."""
    body["metadata"]["name"] = name
    body["metadata"].pop("ownerReferences", None)  # there is no such owner: the garbage collector would take it away
    path = _path(body, room.strict)
    try:
        made: Body = room.api.request("POST", path, _labeled(body, seed=True))
    except ApiError:
        return None
    return made


def _labeled(body: Body, *, seed: bool) -> Body:
    metadata = dict(body["metadata"])
    if body["kind"] in WORKLOADS:  # their controllers write to them meanwhile
        metadata.pop("resourceVersion", None)
    labels = {key: value for key, value in (metadata.get("labels") or {}).items() if key != SEED}
    metadata["labels"] = labels | ({SEED: "yes"} if seed else {})
    return {**body, "metadata": metadata}


def _seen(room: Room, body: Body) -> Body | None:
    """The object as admission sees it, with defaults, in no namespace yet; None where it is not accepted."""
    made = _try(room, "POST", room.free, body)
    if not isinstance(made, dict):
        return None
    kept = {
        key: made["metadata"][key]
        for key in ("name", "labels", "annotations", "ownerReferences")
        if key in made["metadata"]
    }
    return {**made, "metadata": kept}


def _refusal(room: Room, method: str, body: Body) -> str:
    """What the policy says against it; empty where it is accepted."""
    answer = _try(room, method, room.strict, body)
    if isinstance(answer, dict):
        return ""
    head, denies, said = str(answer).partition("denied request: ")
    assert denies, answer
    assert "403" in head
    return said


def _try(room: Room, method: str, namespace: str, body: Body) -> Body | ApiError:
    name = f"/{body['metadata']['name']}" if method == "PUT" else ""
    try:
        answer: Body = room.api.request(method, f"{_path(body, namespace)}{name}?dryRun=All", body)
    except ApiError as error:
        return error
    return answer


def _path(body: Body, namespace: str) -> str:
    kind = KINDS[body["kind"]]
    group = f"apis/{kind.group}" if kind.group else "api"
    return f"/{group}/{kind.version}/namespaces/{namespace}/{kind.plural}"
