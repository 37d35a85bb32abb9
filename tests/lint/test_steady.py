"""Readings that outlive a World: they rest on the kinds that they name and on nothing else, and nothing stale is told."""

import random
from collections.abc import Iterator, Sequence

import pytest
from typing_extensions import override

from controller.worlds import Cluster, anything
from lint.rule_cases import RULES, file_cases
from proxyless.adapters.policies import read, settings_from
from proxyless.lint import steady
from proxyless.lint.engine import run
from proxyless.lint.rules import ALL
from proxyless.lint.world import Settings, World
from proxyless.model.finding import Report
from proxyless.model.resource import Resource, resource
from proxyless.model.snapshot import Snapshot

CASES = [case for path in sorted(RULES.glob("px*.py")) for case in file_cases(path.stem)]


class Watched(Snapshot):
    """Tells which kinds were looked at."""

    __slots__ = ("kinds",)

    def __init__(self, other: Snapshot) -> None:
        super().__init__(other, complete=other.complete)
        self.kinds: set[str] = set()

    @override
    def __iter__(self) -> Iterator[Resource]:
        raise AssertionError("a reading goes through all kinds")

    @override
    def of_kind(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        self.kinds.add(kind)
        return super().of_kind(kind, namespace)

    @override
    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        self.kinds.add(kind)
        return super().get(kind, namespace, name)


def test_readings_rest_on_the_kinds_that_they_name() -> None:
    met: dict[object, set[str]] = {reading: set() for reading in steady.READINGS}
    for case in CASES:
        given = case.world()
        watched = Watched(given._snapshot)
        for reading, kinds in steady.READINGS.items():
            steady.forget()
            world = World(watched, given.settings)
            world.state(kinds)
            watched.kinds.clear()
            reading.__wrapped__(world)  # type: ignore[attr-defined]  what functools.wraps leaves
            assert watched.kinds <= set(kinds), f"{reading.__qualname__} reads more"
            met[reading] |= watched.kinds
    for reading, kinds in steady.READINGS.items():
        assert met[reading] & set(kinds), f"{reading.__qualname__} was never seen to read"


def judged(snapshot: Snapshot) -> Report:
    settings = settings_from(read(snapshot), Settings())
    return run(ALL, World(snapshot, settings), snapshot)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_kept_is_what_would_be_read_anew(seed: int) -> None:
    """One object after another changes, and between the changes others are reviewed, as admission does it."""
    chance = random.Random(seed)
    cluster = Cluster(*(anything(chance) for _ in range(15)))
    steady.forget()
    kept: list[tuple[Snapshot, Report]] = []
    for _ in range(25):
        cluster.put(anything(chance))
        snapshot = cluster.store.snapshot()
        reviewed = chance.choice(list(snapshot))
        changed = resource(anything(chance))
        assert changed is not None
        kept += [
            (item, judged(item)) for item in (snapshot, snapshot.overlay(reviewed), snapshot.overlay(changed), snapshot)
        ]
    for snapshot, report in kept:
        steady.forget()
        assert judged(snapshot) == report
