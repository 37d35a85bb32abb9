"""Groups that killed runs left are removed by whoever starts next, also by several at once. No node needed."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.node import cgroups


def test_several_that_start_at_once_remove_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hierarchy, runs = tmp_path / "cpu", tmp_path / "runs"
    monkeypatch.setattr(cgroups, "hierarchies", lambda: [hierarchy])
    gone, running = (hierarchy / cgroups.group_of(name) for name in ("gone", "running"))
    (runs / "running").mkdir(parents=True)
    running.mkdir(parents=True)
    for number in range(300):
        (gone / f"kubepods/burstable/pod{number}/container").mkdir(parents=True)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(cgroups.sweep_cgroups, [runs] * 8))
    assert list(hierarchy.iterdir()) == [running]
