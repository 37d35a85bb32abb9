"""Judging what rests on a change equals judging everything: random edits of generated meshes, several at once, in passes that give way."""

import random
from typing import Any

import pytest

from controller.worlds import KINDS_WATCHED, NOW, Cluster
from differential.generate import mesh_of, root_of
from proxyless.adapters.store_change import PendingChange
from proxyless.controller.gather import gather
from proxyless.controller.judge import Judged, Pass
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.rules import ALL
from proxyless.model.memory import Memory
from proxyless.model.resource import Ref, resource

STEPS = 12


class Edited(Cluster):
    """A cluster whose objects are those of one generated mesh, and then come, go and change towards those of others."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.chance = random.Random(seed)
        self.pool = [item for other in range(3) for item in drawn(seed * 3 + other)]
        self.pending = PendingChange()
        for item in drawn(seed * 3):
            self.put(item)
        self.store.subscribe(self.pending.add)

    def edit(self) -> None:
        """One change."""
        present = list(self.store.snapshot())
        what = self.chance.random()
        if what < 0.3 and present:
            self.remove(self.chance.choice(present))
        elif what < 0.4 and present:
            self.write_status(self.chance.choice(present).body)
        elif what < 0.6 and present:
            self.exchange(self.chance.choice(present).body)
        else:
            self.put(self.chance.choice(self.pool))

    def exchange(self, body: dict[str, Any]) -> None:
        """Give an object the content of another one of its kind."""
        others = [item for item in self.pool if item["kind"] == body["kind"]]
        if others:
            other = self.chance.choice(others)
            metadata = {**other["metadata"], **{key: body["metadata"].get(key) for key in ("name", "namespace")}}
            self.put({**other, "metadata": metadata})

    def write_status(self, body: dict[str, Any]) -> None:
        """Change nothing but the status, so that another object says the same."""
        self.put({**body, "status": {**body.get("status", {}), "conditions": [{"type": "X", "n": self.version}]}})

    def taken(self) -> frozenset[Ref]:
        """What changed since the last call."""
        content = frozenset(self.pending.content)
        self.pending.content.clear()
        return content


def drawn(seed: int) -> list[dict[str, Any]]:
    """Objects of a generated mesh that the operator watches."""
    objects = [item for _, item in (*mesh_of(seed).objects, *root_of(seed))]
    return [item for item in objects if (known := resource(item)) is not None and known.kind in KINDS_WATCHED]


@pytest.mark.parametrize("seed", range(40))
def test_judging_what_rests_on_a_change_equals_judging_everything(seed: int) -> None:
    cluster, memory = Edited(seed), Memory()
    result, owed = _step(cluster, None, (), memory, 1000)
    spared = 0
    for _ in range(STEPS):
        for _ in range(cluster.chance.choice((1, 1, 3))):
            cluster.edit()
        most = cluster.chance.choice((3, 1000))
        result, owed = _step(cluster, result, owed, memory, most)
        spared += len(result.verdicts) - len(result.rechecked)
        if not owed:
            assert result.verdicts == _whole(cluster).verdicts
    result, owed = _step(cluster, result, owed, memory, 1000)
    assert not owed
    assert result.verdicts == _whole(cluster).verdicts
    assert spared, "a change does not touch everything"


def _step(
    cluster: Edited, before: Judged | None, owed: tuple[Ref, ...], memory: Memory, most: int
) -> tuple[Judged, tuple[Ref, ...]]:
    gathered = gather(cluster.store, MeshSettings(injector=True), NOW)
    work = Pass(ALL, gathered, before, cluster.taken(), owed, memory=memory)
    result = work.step(most)
    return result, tuple(work.todo)


def _whole(cluster: Edited) -> Judged:
    work = Pass(ALL, gather(cluster.store, MeshSettings(injector=True), NOW))
    return work.step(len(work.todo))
