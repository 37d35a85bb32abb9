"""A limit that comes near is told once, stays told until there is room, and takes no readiness."""

import asyncio
import logging
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from proxyless.process.memory import MemoryLimit

MIB = 2**20


class Group:
    """A control group of version 2, or of version 1, as a folder."""

    def __init__(self, folder: Path, *, first: bool = False) -> None:
        self._folder = folder / "memory" if first else folder
        self._folder.mkdir(exist_ok=True)
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        self._names = names if first else ("memory.max", "memory.current", "inactive_file")

    def says(self, limit: object, used: int, cached: int = 0) -> None:
        (self._folder / self._names[0]).write_text(f"{limit}\n")
        (self._folder / self._names[1]).write_text(f"{used}\n")
        (self._folder / "memory.stat").write_text(f"anon 5\n{self._names[2]} {cached}\n")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.mark.parametrize("first", [False, True])
def test_a_limit_that_comes_near_is_told_until_there_is_room(
    first: bool, tmp_path: Path, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    group, memory = Group(tmp_path, first=first), MemoryLimit(registry, tmp_path)
    caplog.set_level(logging.INFO)
    told = []
    for used in (400, 434, 436, 460, 400, 380, 440):
        group.says(512 * MIB, used * MIB)
        memory.look()
        ready, text = memory.beside(lambda: (True, "ok"))
        assert ready
        told.append(text)
    assert [("degraded: memory: " in text) for text in told] == [False, False, True, True, True, False, True]
    assert "436 of 512 MiB are used" in told[2]
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO", "WARNING"]


def test_files_that_are_only_cached_are_no_reason(tmp_path: Path, registry: CollectorRegistry) -> None:
    group, memory = Group(tmp_path), MemoryLimit(registry, tmp_path)
    group.says(512 * MIB, 500 * MIB, cached=200 * MIB)
    memory.look()
    assert not memory.near
    assert registry.get_sample_value("proxyless_memory_bytes") == 300 * MIB
    assert registry.get_sample_value("proxyless_memory_limit_bytes") == 512 * MIB


@pytest.mark.parametrize("limit", ["max", 2**63 - 4096])
def test_without_a_limit_nothing_is_near(limit: object, tmp_path: Path, registry: CollectorRegistry) -> None:
    group, memory = Group(tmp_path, first=limit != "max"), MemoryLimit(registry, tmp_path)
    group.says(limit, 10**12)
    memory.look()
    assert not memory.near
    assert registry.get_sample_value("proxyless_memory_limit_bytes") == 0


def test_without_a_group_the_process_counts(tmp_path: Path, registry: CollectorRegistry) -> None:
    memory = MemoryLimit(registry, tmp_path)
    memory.look()
    assert memory.used() > 10 * MIB
    assert (memory.limit(), memory.near) == (0, "")


def test_it_looks_by_itself(tmp_path: Path, registry: CollectorRegistry) -> None:
    async def first_look() -> None:
        looking = asyncio.create_task(memory.watch())
        async with asyncio.timeout(30):
            while not memory.near:  # noqa: ASYNC110  a look sets no event
                await asyncio.sleep(0)
        looking.cancel()

    group, memory = Group(tmp_path), MemoryLimit(registry, tmp_path)
    group.says(100 * MIB, 99 * MIB)
    asyncio.run(first_look())
