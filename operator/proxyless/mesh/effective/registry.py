"""Hosts that istiod knows: one per Service and per host of a ServiceEntry, found by host without looking at all. Pure.

Used by ``scope`` and ``endpoints``. Source: ``ConvertService``, ``convertServices`` and ``initServiceRegistry`` in istiod.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from proxyless.mesh.age import NEWEST, created
from proxyless.mesh.effective.indexes import registering, wildcard_entries
from proxyless.mesh.effective.options import MeshOptions
from proxyless.mesh.effective.visibility import written_export
from proxyless.mesh.service import ServicePort, entry_ports, ports_of, selector_of
from proxyless.model.memory import View
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence

_RESOLUTIONS = ("STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS")


class Registered:
    """A host of istiod's registry.

    Args:
        host: full host name, lower case for Services; a ServiceEntry may have a wildcard.
        resource: the Service or ServiceEntry.
        path: where the host is written; empty for a Service, whose name it is.
        export: namespaces that see it, the mesh's default filled in.
    """

    __slots__ = ("export", "external_name", "host", "namespace", "path", "ports", "resolution", "resource", "selector")

    def __init__(self, host: str, resource: Resource, path: FieldPath, export: frozenset[str]) -> None:
        self.host: Final = host
        self.resource: Final = resource
        self.path: Final = path
        self.namespace: Final = resource.namespace
        self.export: Final = export
        self.external_name: Final = _external_name(resource)
        self.ports: Final[tuple[ServicePort, ...]] = (
            ports_of(resource) if resource.kind == "Service" else entry_ports(resource)
        )
        self.resolution: Final = _resolution(resource)
        """``STATIC`` (endpoints by EDS), ``NONE`` (headless, or a ServiceEntry without resolution), ``ALIAS``, or a DNS one."""
        self.selector: Final[Mapping[str, object]] = (
            selector_of(resource)
            if resource.kind == "Service"
            else mapping(mapping(resource.spec.get("workloadSelector")).get("labels"))
        )

    @property
    def is_kubernetes(self) -> bool:
        """Whether it is a Service, which beats ServiceEntries of the same host."""
        return self.resource.kind == "Service"

    def port(self, number: int) -> ServicePort | None:
        """Its port of that number."""
        return next((port for port in self.ports if port.number == number), None)

    def __repr__(self) -> str:
        return f"<{self.host} of {self.resource.ref}>"


def _resolution(resource: Resource) -> str:
    if resource.kind == "Service":
        if _external_name(resource):
            return "ALIAS"
        return "NONE" if resource.spec.get("clusterIP") == "None" else "STATIC"
    written = resource.spec.get("resolution")
    return str(written) if written in _RESOLUTIONS else "NONE"


def _external_name(resource: Resource) -> str:
    if resource.kind != "Service" or resource.spec.get("type") != "ExternalName":
        return ""
    return str(resource.spec.get("externalName") or "")


class Registry:
    """All registered hosts of a snapshot."""

    def __init__(self, view: View[Any], options: MeshOptions) -> None:
        self.snapshot: Final = view.snapshot
        """The objects."""
        self._written = registering(view)
        self._wildcards = wildcard_entries(view)
        self._options = options
        self._known: dict[str, tuple[Registered, ...]] = view.snapshot.cache()

    def __iter__(self) -> Iterator[str]:
        """Every host once."""
        return iter(self._written)

    @property
    def wildcards(self) -> Iterable[str]:
        """Hosts that are wildcards; few."""
        return self._wildcards

    def of(self, host: str) -> tuple[Registered, ...]:
        """All that register a host, the oldest first; one per object, whoever sees it."""
        known = self._known.get(host)
        if known is None:
            found = (
                Registered(host, resource, path, written_export(resource) or self._options.service_export)
                for resource in self._written.get(host)
                for path in _paths(resource, host)
            )
            known = self._known[host] = tuple(sorted(found, key=_age))
        return known

    def named_by(self, host: str) -> Registered | None:
        """The host that an ExternalName leads to, through others of its kind; None: it is none, or leads nowhere."""
        told = {host}
        while True:
            alias = next((item for item in self.of(host) if item.resolution == "ALIAS"), None)
            if alias is None:
                return self.of(host)[0] if len(told) > 1 and self.of(host) else None
            host = alias.external_name
            if host in told:
                return None
            told.add(host)

    def by_namespace(self, host: str) -> dict[str, Registered]:
        """The one that counts for a host in each namespace: a Service, else the oldest ServiceEntry."""
        found: dict[str, Registered] = {}
        for item in self.of(host):
            older = found.get(item.namespace)
            if older is None or (item.is_kubernetes and not older.is_kubernetes):
                found[item.namespace] = item
        return found


def _paths(resource: Resource, host: str) -> Iterator[FieldPath]:
    """Where an object says a host."""
    if resource.kind == "Service":
        yield ()
    for index, written in enumerate(sequence(resource.spec.get("hosts")) if resource.kind == "ServiceEntry" else ()):
        if str(written).lower() == host:
            yield ("spec", "hosts", index)


def _age(item: Registered) -> tuple[str, str, str]:
    name = item.resource.name if item.is_kubernetes else item.host
    return created(item.resource) or NEWEST, name, item.namespace
