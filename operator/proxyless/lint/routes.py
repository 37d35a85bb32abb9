"""Shared reading of VirtualServices: their HTTP routes with field paths. For rules; decides nothing."""

from collections.abc import Iterator
from typing import Any

from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence


def binds_mesh(virtual_service: Resource) -> bool:
    """Whether a VirtualService applies to clients inside the mesh: ``gateways`` absent, empty or holding ``mesh``."""
    gateways = sequence(virtual_service.spec.get("gateways"))
    return not gateways or "mesh" in gateways


def http_routes(virtual_service: Resource) -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    """Each entry of ``spec.http`` with its path."""
    for index, route in enumerate(sequence(virtual_service.spec.get("http"))):
        yield ("spec", "http", index), mapping(route)


def destinations(virtual_service: Resource) -> Iterator[tuple[FieldPath, dict[str, Any]]]:
    """Each weighted destination entry (``{destination, weight, headers}``) with its path."""
    for path, route in http_routes(virtual_service):
        for index, entry in enumerate(sequence(route.get("route"))):
            yield (*path, "route", index), mapping(entry)
