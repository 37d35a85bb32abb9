"""Which namespaces see an object: ``exportTo`` of Services, ServiceEntries and VirtualServices. Pure.

Source: ``serviceExportTo``, ``IsServiceVisible`` and ``initServiceRegistry`` in istiod's ``pilot/pkg/model/push_context.go``,
``convertExportToSet`` in ``virtualservice_controller.go``. DestinationRules have rules of their own, see ``mesh.destination``.
"""

from enum import IntEnum

from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, sequence

PUBLIC, PRIVATE, NOBODY = "*", ".", "~"
ANNOTATION = "networking.istio.io/exportTo"
"""On a Service: namespaces that see it, separated by commas."""


class ExportReach(IntEnum):
    """How a VirtualService reaches a namespace, in the order in which istiod looks."""

    PRIVATE = 0
    """It is in that namespace and exported to it by name or ``.``, and not to all."""
    NAMED = 1
    """It is in another namespace, which it names."""
    PUBLIC = 2


def written_export(resource: Resource) -> frozenset[str]:
    """``exportTo`` as an object writes it; empty: it is unset and the mesh's default counts."""
    if resource.kind == "Service":
        text = str(resource.annotations.get(ANNOTATION) or "")
        return frozenset(item.strip() for item in text.split(",")) if text else frozenset()
    return frozenset(map(str, sequence(resource.spec.get("exportTo"))))


def export_path(resource: Resource) -> FieldPath:
    """Path of the field that exports an object."""
    return ("metadata", "annotations", ANNOTATION) if resource.kind == "Service" else ("spec", "exportTo")


def sees_service(export: frozenset[str], owner: str, client: str) -> bool:
    """Whether a Service or ServiceEntry of namespace ``owner`` can be found by clients of a namespace."""
    return PUBLIC in export or client in export or (PRIVATE in export and owner == client)


def is_listed(export: frozenset[str], owner: str, client: str) -> bool:
    """Whether it is among what a namespace imports from: as :func:`sees_service`, but ``~`` beside names hides it."""
    return sees_service(export, owner, client) and (PUBLIC in export or NOBODY not in export)


def reach(export: frozenset[str], owner: str, client: str) -> ExportReach | None:
    """How a VirtualService of namespace ``owner`` reaches a namespace, None: not at all."""
    if PUBLIC in export:
        return ExportReach.PUBLIC
    if NOBODY in export:
        return None
    if owner == client:
        return ExportReach.PRIVATE if PRIVATE in export or owner in export else None
    return ExportReach.NAMED if client in export else None
