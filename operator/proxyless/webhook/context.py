"""What admission knows beside the request: the mesh's settings, policies and the last seen objects.

Made by ``webhook.main`` from the store that ``adapters`` fill; read by ``webhook.admit``. A replica without access to the
API server works with :func:`nothing`: the request alone then decides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxyless.lint.select import Selection
from proxyless.lint.world import Settings
from proxyless.model.enforcement import Enforcement
from proxyless.model.snapshot import Snapshot


@dataclass(slots=True, frozen=True)
class Context:
    """One moment of the cluster as this replica saw it."""

    snapshot: Snapshot = field(default_factory=Snapshot)
    settings: Settings = field(default_factory=Settings)
    enforcement: Enforcement = field(default_factory=Enforcement)
    selection: Selection = field(default_factory=Selection)
    """Exemptions by ProxylessPolicy, with the time that their expiry is compared with."""

    def namespace_labels(self, namespace: str) -> Mapping[str, Any] | None:
        """Labels of a namespace, None where it was not seen."""
        found = self.snapshot.get("Namespace", "", namespace)
        return None if found is None else found.labels


Contexts = Callable[[], Context]
"""The context of this moment; cheap, called for each review."""


def nothing() -> Context:
    """No knowledge of the cluster at all."""
    return _NOTHING


_NOTHING = Context()
