"""Removes the parts of objects that no rule reads; in a large cluster that is most of the bytes.

Called by ``adapters.store`` for each object. Returns a new body; the one that came in is not changed. Keys and short texts
are shared between objects, since the JSON decoder makes new ones for each.
"""

import sys
from collections.abc import Mapping
from typing import Any

from proxyless.model.kinds import KINDS, OWN_KINDS, UNWATCHED
from proxyless.model.resource import WORKLOADS, mapping, sequence

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_METADATA = (
    "name",
    "generateName",
    "namespace",
    "labels",
    "annotations",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "ownerReferences",
)
_OWN = ("uid", "resourceVersion")
"""Fields that no two objects share."""
KEPT_STATUS: dict[str, tuple[str, ...]] = {
    "Pod": ("phase",),
    "ProxylessMesh": ("conditions", "workloads", "findings", "excused", "settings", "notChecked", "observedGeneration"),
    "ProxylessPolicy": ("conditions", "workloads", "findings", "excused", "notChecked", "observedGeneration"),
    **{
        name: ("parents" if kind.by_parent else "conditions",)
        for name, kind in KINDS.items()
        if kind.conditions and name not in OWN_KINDS
    },
}
"""Fields of ``status`` that are kept: what rules read, and the conditions that the controller writes beside."""


def trim(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as the store keeps it."""
    kept = {key: _shared(value) for key, value in body.items() if key not in ("metadata", "status")}
    metadata = mapping(body.get("metadata"))
    kept["metadata"] = {
        key: metadata[key] if key in _OWN else _shared(metadata[key]) for key in _METADATA if key in metadata
    }
    annotations = kept["metadata"].get("annotations")
    if isinstance(annotations, dict):
        annotations.pop(LAST_APPLIED, None)
    status = mapping(body.get("status"))
    fields = {key: _shared(status[key]) for key in KEPT_STATUS.get(kind, ()) if key in status}
    if fields:
        kept["status"] = fields
    return kept


_WATCHED = frozenset(WORKLOADS).difference(UNWATCHED)


def made_by_workload(kind: str, body: Mapping[str, Any]) -> bool:
    """Whether another watched workload created it: rules judge the owner's template, not its thousand pods."""
    return kind in ("Pod", "ReplicaSet", "Job") and any(
        mapping(owner).get("controller") is True and mapping(owner).get("kind") in _WATCHED
        for owner in sequence(mapping(body.get("metadata")).get("ownerReferences"))
    )


def content(body: dict[str, Any]) -> dict[str, Any]:
    """What rules judge: the body without status and without the counters of the API server. For comparisons."""
    metadata = mapping(body.get("metadata"))
    return {
        **{key: value for key, value in body.items() if key not in ("status", "metadata")},
        "metadata": {key: value for key, value in metadata.items() if key not in ("resourceVersion", "generation")},
        "phase": mapping(body.get("status")).get("phase"),
    }


SHARED = 64
"""Characters of the longest texts that objects share: names, hosts, values of enumerations."""


def _shared(value: Any) -> Any:
    """A copy whose keys and short texts are shared by all objects that say the same."""
    if isinstance(value, dict):
        return {sys.intern(key) if type(key) is str else key: _shared(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shared(item) for item in value]
    return sys.intern(value) if type(value) is str and len(value) <= SHARED else value
