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
from proxyless.model.resource import resource
from proxyless.model.snapshot import Snapshot

STEMS = sorted(path.stem for path in RULES.glob("px*.py"))
ODD: list[Any] = [None, 0, -1, True, 1.5, "", "x", "²", "a/b:c", "*", [], [None], [1, "x"], [[]], [{}], {}, {"x": None}]
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
