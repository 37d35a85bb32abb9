"""Indexes rest on the kinds and settings that they name and on nothing else, and nothing stale is told."""

import pkgutil
import random
from importlib import import_module

import pytest

from controller.worlds import Cluster, anything
from lint.rule_cases import RULES, file_cases
from lint.watched import Watched, watched_settings
from proxyless import lint
from proxyless.adapters.policies import read, settings_from
from proxyless.lint.engine import run
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.model import grouping
from proxyless.model.finding import Report
from proxyless.model.memory import INDEXES, Memory
from proxyless.model.resource import resource
from proxyless.model.snapshot import Snapshot

for module in pkgutil.iter_modules(lint.__path__, "proxyless.lint."):
    import_module(module.name)
CASES = [case for path in sorted(RULES.glob("px*.py")) for case in file_cases(path.stem)]


def test_indexes_rest_on_what_they_name() -> None:
    assert ALL, "imports the rules' modules, which have indexes too"
    ours = [index for index in INDEXES if index.source.__module__.startswith("proxyless.")]
    met: dict[object, set[str]] = {index: set() for index in ours}
    for case in CASES:
        given = case.world()
        for index in ours:
            snapshot, settings = Watched(given.snapshot), watched_settings(given.settings)
            index.make(World(snapshot, settings))
            assert snapshot.kinds <= index.rests_on, f"{index.source.__qualname__} reads other kinds"
            assert settings.looked_at <= set(index.settings), f"{index.source.__qualname__} reads other settings"
            met[index] |= snapshot.kinds | settings.looked_at
    for index in ours:
        assert met[index] == {*index.rests_on, *index.settings}, f"{index.source.__qualname__} names more than it reads"


def judged(snapshot: Snapshot, memory: Memory | None = None) -> Report:
    settings = settings_from(read(snapshot), MeshSettings())
    return run(ALL, World(snapshot, settings, memory=memory), snapshot)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_kept_is_what_would_be_read_anew(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """One object after another changes, and between the changes others are reviewed, as admission does it."""
    monkeypatch.setattr(grouping, "WHOLE", 1 if seed % 2 else grouping.WHOLE)
    chance = random.Random(seed)
    cluster = Cluster(*(anything(chance) for _ in range(15)))
    memory = Memory()
    kept: list[tuple[Snapshot, Report]] = []
    for _ in range(25):
        cluster.put(anything(chance))
        snapshot = cluster.store.snapshot()
        reviewed = chance.choice(list(snapshot))
        changed = resource(anything(chance))
        assert changed is not None
        kept += [
            (item, judged(item, memory))
            for item in (snapshot, snapshot.overlay(reviewed), snapshot.overlay(changed), snapshot)
        ]
    for snapshot, report in kept:
        assert judged(snapshot) == report
