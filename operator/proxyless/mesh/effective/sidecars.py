"""Which Sidecar counts for a client. Pure; used by ``mesh``.

Source: ``initSidecarScopes`` and ``doGetSidecarScope`` in istiod's ``pilot/pkg/model/push_context.go``.
"""

from collections.abc import Mapping

from proxyless.mesh.age import age_order
from proxyless.mesh.selector import selects
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping
from proxyless.model.snapshot import Snapshot


class ChosenSidecar(NamedTuple):
    """The Sidecar of a client."""

    sidecar: Resource | None
    """None: no Sidecar restricts the client."""
    shadowed: tuple[Resource, ...] = ()
    """Sidecars that would count if the chosen one were not there."""


def workload_labels(sidecar: Resource) -> dict[str, object] | None:
    """Labels of ``workloadSelector``, None where the Sidecar is for its whole namespace."""
    selector = sidecar.spec.get("workloadSelector")
    return mapping(selector.get("labels")) if isinstance(selector, dict) else None


class Sidecars:
    """All Sidecars of a snapshot by namespace, each list sorted at its first question."""

    def __init__(self, snapshot: Snapshot, root_namespace: str) -> None:
        self._snapshot = snapshot
        self._root = root_namespace
        self._sorted: dict[str, tuple[Resource, ...]] = snapshot.cache()

    def _of(self, namespace: str) -> tuple[Resource, ...]:
        """Of one namespace: those with a selector first, the oldest of each first."""
        known = self._sorted.get(namespace)
        if known is None:
            found = self._snapshot.of_kind("Sidecar", namespace)
            known = tuple(sorted(found, key=lambda item: (workload_labels(item) is None, *age_order(item))))
            self._sorted[namespace] = known
        return known

    def selectors(self, namespace: str) -> list[dict[str, object]]:
        """Labels that choose among the Sidecars of a namespace."""
        return [labels for item in self._of(namespace) if (labels := workload_labels(item))]

    def of(self, namespace: str, labels: Mapping[str, object]) -> ChosenSidecar:
        """The Sidecar of a client, and those that it shadows."""
        found = [item for item in self._of(namespace) if selects(workload_labels(item) or {}, labels)]
        if namespace != self._root:
            found += [item for item in self._of(self._root) if workload_labels(item) is None][:1]
        return ChosenSidecar(found[0], tuple(found[1:])) if found else ChosenSidecar(None)
