"""Reads everything that one pass decides from (snapshot, settings, policies) into one value. Called by ``controller.loop`` before each pass."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from proxyless.adapters.effective_settings import EffectiveSetting
from proxyless.adapters.policies import Problem, read, selection_from, settings_from
from proxyless.adapters.store import Store
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.select import Selection
from proxyless.model.snapshot import Snapshot


@dataclass(slots=True, frozen=True)
class Gathered:
    """The world at one moment."""

    snapshot: Snapshot
    settings: MeshSettings
    selection: Selection
    missing: tuple[tuple[str, str], ...]
    """Kinds that could not be read, with the reason."""
    problems: tuple[Problem, ...]
    """Objects of our own kinds that are not used."""
    effective: Mapping[str, EffectiveSetting] = field(default_factory=dict)
    """Settings of the mesh with their source."""

    def same_frame(self, other: "Gathered") -> bool:
        """Whether settings, policies and missing kinds are unchanged, so that only objects affected by changed objects are judged again."""
        return (
            self.settings == other.settings
            and self.selection._replace(now=None) == other.selection._replace(now=None)
            and self.missing == other.missing
        )

    def next_expiry(self) -> datetime | None:
        """When the next exception ends, so that its finding counts again; None where none will."""
        now = self.selection.now
        ends = [item.expires for item in self.selection.exemptions if item.expires is not None]
        return min((end for end in ends if now is None or end > now), default=None)


def gather(store: Store, base: MeshSettings, now: datetime) -> Gathered:
    """Reads the store.

    Args:
        store: the cluster as it is known.
        base: settings that hold where the ProxylessMesh says nothing.
        now: timezone-aware; exceptions that ended before do not count.
    """
    snapshot = store.snapshot()
    policies = read(snapshot)
    return Gathered(
        snapshot,
        settings_from(policies, base),
        selection_from(policies, Selection(now=now)),
        tuple(sorted(store.missing().items())),
        policies.problems,
        policies.effective,
    )
