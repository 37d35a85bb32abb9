"""A snapshot and settings that tell what was looked at, for tests of what rules and indexes declare."""

from collections.abc import Iterator, Sequence
from typing import Any, Self

from typing_extensions import override

from proxyless.lint.mesh_settings import MeshSettings
from proxyless.model.object_tree import Branch
from proxyless.model.resource import Resource
from proxyless.model.snapshot import Snapshot


class Watched(Snapshot):
    """Tells which kinds were looked at."""

    __slots__ = ("kinds",)

    def __init__(self, other: Snapshot) -> None:
        super().__init__(other, complete=other.complete)
        self.kinds: set[str] = set()
        self.complete = _Complete(other.complete, self.kinds)

    @override
    def __iter__(self) -> Iterator[Resource]:
        raise AssertionError("goes through all kinds")

    @override
    def branch(self, kind: str) -> Branch:
        self.kinds.add(kind)
        return super().branch(kind)

    @override
    def of_kind(self, kind: str, namespace: str | None = None) -> Sequence[Resource]:
        self.kinds.add(kind)
        return super().of_kind(kind, namespace)

    @override
    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        self.kinds.add(kind)
        return super().get(kind, namespace, name)


class _Complete(frozenset[str]):
    """Kinds that are complete; tells which were asked about."""

    asked: set[str]

    def __new__(cls, kinds: frozenset[str], asked: set[str]) -> Self:
        made = super().__new__(cls, kinds)
        made.asked = asked
        return made

    def __init__(self, *_: object) -> None:
        pass

    @override
    def __contains__(self, kind: object) -> bool:
        self.asked.add(str(kind))
        return super().__contains__(kind)


class WatchedSettings(MeshSettings):
    """Tells which settings were looked at."""

    looked_at: set[str]

    @override
    def __getattribute__(self, name: str) -> Any:
        if name in MeshSettings._fields:
            super().__getattribute__("looked_at").add(name)
        return super().__getattribute__(name)


def watched_settings(settings: MeshSettings) -> WatchedSettings:
    """The same settings, watched from now on."""
    made = WatchedSettings(*settings)
    made.looked_at = set()
    return made
