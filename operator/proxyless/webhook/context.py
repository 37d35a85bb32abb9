"""What admission decides from besides the request: the mesh's settings, policies and the last seen objects.

Read by ``webhook.admit`` and ``webhook.admit_pod``. A replica that cannot watch works with :func:`nothing`: the request
alone then decides.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from proxyless.adapters import policies
from proxyless.inject.settings import InjectionSettings
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.lint.select import Selection
from proxyless.mesh.pod.surroundings import Wish
from proxyless.model.enforcement import Enforcement
from proxyless.model.kinds import INNER
from proxyless.model.memory import Memory
from proxyless.model.resource import Resource
from proxyless.model.snapshot import Snapshot

READ = ("ProxylessMesh", "ProxylessPolicy", "Namespace", *INNER)
"""Kinds that settings and policies are made from."""

Wishes = Callable[[str, Mapping[str, Any]], Wish | None]
"""What policies say of a pod with these labels in a namespace."""


Codes = Callable[[Resource | None], frozenset[str]]
"""Rules that admission policies warn by in a namespace."""


def _no_policies(_: Resource | None) -> frozenset[str]:
    return frozenset()


def _no_wish(_namespace: str, _labels: Mapping[str, Any]) -> Wish | None:
    return None


@dataclass(slots=True, frozen=True)
class Context:
    """What this replica knows of the cluster at one moment."""

    snapshot: Snapshot = field(default_factory=Snapshot)
    settings: MeshSettings = field(default_factory=MeshSettings)
    enforcement: Enforcement = field(default_factory=Enforcement)
    selection: Selection = field(default_factory=Selection)
    """Exemptions by ProxylessPolicy, with the time that their expiry is compared with."""
    injection: InjectionSettings = field(default_factory=InjectionSettings)
    wish: Wishes = _no_wish
    policies: Codes = _no_policies
    """What admission policies of ours say already."""
    memory: Memory = field(default_factory=Memory)
    """Indexes of the snapshot and of those that reviews lay over it; handed on from context to context."""


Contexts = Callable[[], Context]
"""The context of this moment; cheap, called for each review."""

_NOTHING = Context()


def nothing() -> Context:
    """No knowledge of the cluster at all."""
    return _NOTHING


class ContextCache:
    """Contexts from a store's snapshots. Policies are read again only when one of their kinds has changed.

    Args:
        snapshots: gives the present snapshot, the same object until something changes.
        settings: base for what ProxylessMesh does not say.
        injection: likewise.
        said: rules that admission policies warn by in a namespace.
    """

    def __init__(
        self,
        snapshots: Callable[[], Snapshot],
        settings: MeshSettings | None = None,
        injection: InjectionSettings | None = None,
        said: Codes = _no_policies,
    ) -> None:
        self._snapshots = snapshots
        self._settings = settings or MeshSettings(injector=True)
        self._injection = injection or InjectionSettings()
        self._read: tuple[Sequence[Resource], ...] = ()
        self._said = said
        self._context = Context(settings=self._settings, injection=self._injection, policies=said)

    def __call__(self) -> Context:
        """The context of this moment."""
        snapshot = self._snapshots()
        if snapshot is not self._context.snapshot:
            self._context = replace(self._policies(snapshot), snapshot=snapshot)
        return replace(self._context, selection=self._context.selection._replace(now=datetime.now(UTC)))

    def _policies(self, snapshot: Snapshot) -> Context:
        read = tuple(snapshot.of_kind(kind) for kind in READ)
        if len(read) == len(self._read) and all(new is old for new, old in zip(read, self._read, strict=True)):
            return self._context
        self._read = read
        found = policies.read(snapshot)
        return Context(
            settings=policies.settings_from(found, self._settings),
            enforcement=policies.enforcement_from(found),
            selection=policies.selection_from(found),
            injection=policies.injection_settings_from(found, self._injection),
            wish=partial(policies.wish_for, found),
            policies=self._said,
            memory=self._context.memory,
        )
