"""Wrong types anywhere in an object never stop a rule: the API server may be older than us, files may hold anything."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest

from lint.rule_cases import RULES, file_cases
from proxyless.lint.engine import run
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.model.path import get
from proxyless.model.resource import resource
from proxyless.model.snapshot import Snapshot

STEMS = sorted(path.stem for path in RULES.glob("px*.py"))
ODD: list[Any] = [None, 0, -1, True, 1.5, "", "x", "²", "a/b:c", "*", [], [None], [1, "x"], [[]], [{}], {}, {"x": None}]
UNRENDERED: list[Any] = ["${X}", "{{ .Values.x }}", "ENC[AES256_GCM,data:eA==,type:str]", None, [], {}, 3, True]
"""What people check in, or what is left where a value was not rendered."""
MOST = 40
"""Places of one rule's cases that are tried in one run."""
IDENTITY = [("apiVersion",), ("kind",), ("metadata",), ("metadata", "name"), ("metadata", "namespace")]


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    steps: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, dict):
        steps = iter(value.items())
    elif isinstance(value, list):
        steps = enumerate(value)
    for step, inner in steps:
        yield (*path, step)
        yield from places(inner, (*path, step))


def spoil(body: Any, path: tuple[str | int, ...], value: object) -> None:
    for step in path[:-1]:
        body = body[step]
    body[path[-1]] = copy.deepcopy(value)


@pytest.mark.parametrize("stem", STEMS)
def test_no_rule_fails_on_wrong_types(stem: str) -> None:
    chance = random.Random(stem)
    for case in file_cases(stem):
        world = case.world()
        for _ in range(3):
            bodies = [copy.deepcopy(item.body) for item in world.snapshot]
            for _ in range(chance.choice([1, 2, 4])):
                body = chance.choice(bodies)
                spots = [path for path in places(body) if path not in IDENTITY]
                if spots:
                    spoil(body, chance.choice(spots), chance.choice(ODD))
            items = [item for body in bodies if (item := resource(body)) is not None]
            snapshot = Snapshot(items, complete=world.snapshot.complete)
            report = run(ALL, World(snapshot, world.settings), snapshot)
            assert [item.message for item in report.notices if item.internal] == [], bodies


@pytest.mark.parametrize("stem", STEMS)
def test_no_rule_fails_on_a_value_that_is_not_rendered(stem: str) -> None:
    chance = random.Random(stem)
    cases = [(case.world(), [item.body for item in case.world().snapshot]) for case in file_cases(stem)]
    spots = [
        (world, bodies, number, path)
        for world, bodies in cases
        for number, body in enumerate(bodies)
        for path in places(body)
        if path not in IDENTITY and not isinstance(get(body, path), dict | list)
    ]
    for world, bodies, number, path in chance.sample(spots, min(MOST, len(spots))):
        body = copy.deepcopy(bodies[number])
        value = chance.choice(UNRENDERED)
        spoil(body, path, value)
        items = [item for other in [*bodies[:number], body, *bodies[number + 1 :]] if (item := resource(other))]
        snapshot = Snapshot(items, complete=world.snapshot.complete)
        report = run(ALL, World(snapshot, world.settings), snapshot)
        assert [item.message for item in report.notices if item.internal] == [], (path, value)
        if isinstance(value, str):
            assert not [
                finding for finding in report.findings if finding.value == value and "no value that" in finding.message
            ]
