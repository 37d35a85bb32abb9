"""Hosts with their ports and VirtualServices that clients of one namespace see under one Sidecar. Pure; used by ``client``.

Every question is about one host and looks at what has to do with it, never at the whole mesh.
Source: ``SidecarScope`` in istiod's ``pilot/pkg/model/sidecar.go``.
"""

from collections.abc import Iterator
from typing import Final

from proxyless.mesh.effective.imports import EVERYTHING, Imports
from proxyless.mesh.effective.registry import Registered, Registry
from proxyless.mesh.effective.routing import Routing
from proxyless.mesh.effective.virtual_services import VirtualServices
from proxyless.mesh.effective.visibility import PUBLIC, is_listed, sees_service
from proxyless.mesh.service import ServicePort
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping, sequence


class VisibleHost(NamedTuple):
    """A host that a client finds."""

    registered: Registered
    ports: tuple[ServicePort, ...]
    """Those that come in, which may be fewer than the Service has."""
    source: Resource | None = None
    """What brings it in: a Sidecar, or a VirtualService that sends calls to it; None: nothing restricts the client."""
    path: FieldPath = ()

    def port(self, number: int) -> ServicePort | None:
        """Its port of that number, None where it has none or it does not come in."""
        return next((port for port in self.ports if port.number == number), None)


class _Place(NamedTuple):
    """Whose listener it is, and where it looks."""

    namespace: str
    sidecar: Resource | None
    registry: Registry
    virtual_services: VirtualServices


class EgressListener:
    """One egress listener and what comes in through it by itself."""

    def __init__(self, place: _Place, imports: Imports) -> None:
        self.imports: Final = imports
        self._place = place
        self._routings: dict[str, tuple[Routing, ...]] = place.registry.snapshot.cache()
        self._seen: dict[str, tuple[VisibleHost, ...]] = place.registry.snapshot.cache()

    def explicit(self, host: str) -> tuple[VisibleHost, ...]:
        """The host as the listener imports it: several only where one namespace registers it several times."""
        known = self._seen.get(host)
        if known is None:
            known = self._seen[host] = self._one_namespace(self._imported(host))
        return known

    def _imported(self, host: str) -> list[VisibleHost]:
        namespace, found = self._place.namespace, []
        registry = self._place.registry
        exact = self.imports.is_exact
        items = [
            item
            for item in (registry.by_namespace(host).values() if exact else registry.of(host))
            if (sees_service if exact else is_listed)(item.export, item.namespace, namespace)
        ]
        items.sort(key=lambda item: PUBLIC in item.export)
        for item in items:
            path = self.imports.service(item.host, item.namespace)
            seen = None if path is None else self.trimmed(item, frozenset((0,)), path)
            if seen is not None:
                found.append(seen)
        return found

    def _one_namespace(self, found: list[VisibleHost]) -> tuple[VisibleHost, ...]:
        """Those of the namespace that counts: the client's, else one with a Service, else the first."""
        if len(found) <= 1:
            return tuple(found)
        own = self._place.namespace
        chosen = found[0].registered
        for seen in found[1:]:
            item = seen.registered
            better = item.is_kubernetes and not chosen.is_kubernetes and own != chosen.namespace
            if item.namespace == own or better:
                chosen = item
        return tuple(seen for seen in found if seen.registered.namespace == chosen.namespace)

    def trimmed(
        self, item: Registered, wanted: frozenset[int], path: FieldPath, source: Resource | None = None
    ) -> VisibleHost | None:
        """The host with the ports that come in through this listener, None where none does.

        ``wanted``: ports that a VirtualService names, 0 among them for all.
        """
        source = source or self._place.sidecar
        if self.imports.port is not None and not self.imports.proxies_http:
            ports = tuple(port for port in item.ports if port.number == self.imports.port)
            return VisibleHost(item, ports[:1], source, path) if ports else None
        if 0 in wanted:
            return VisibleHost(item, item.ports, source, path)
        ports = tuple(port for port in item.ports if port.number in wanted)
        return VisibleHost(item, ports, source, path) if ports or not item.ports else None

    def at(self, host: str, port: int) -> VisibleHost | None:
        """The host on a port (0: on all), as routes of this listener know it: not what VirtualServices bring in."""
        found = None
        for seen in self.explicit(host):
            if not port:
                found = seen
                continue
            entry = seen.port(port)
            if entry is not None:
                found = seen._replace(ports=(entry,))
        return found

    def all_at(self, port: int) -> Iterator[VisibleHost]:
        """Every host on a port; looks at the whole mesh, so only rare questions ask."""
        for host in self._place.registry:
            seen = self.at(host, port)
            if seen is not None:
                yield seen

    def admits(self, routing: Routing) -> FieldPath | None:
        """The entry that imports a VirtualService which reaches the namespace, None: none does."""
        return self.imports.virtual_service(routing.hosts, routing.namespace, both_ways=not routing.is_gateway)

    def routings(self, host: str) -> tuple[Routing, ...]:
        """VirtualServices for a host that come in, in the order in which istiod takes them."""
        known = self._routings.get(host)
        if known is None:
            namespace = self._place.namespace
            found = {
                routing
                for routing in self._place.virtual_services.covering(host)
                if routing.reach(namespace) is not None and self.admits(routing) is not None
            }
            known = tuple(sorted(found, key=lambda routing: routing.order(namespace)))
            self._routings[host] = known
        return known

    def most_specific(self, host: str) -> Routing | None:
        """The VirtualService whose hosts fit a host best; only it counts for the host through a wildcard."""
        found = self.routings(host)
        for routing in found:
            if host in routing.hosts:
                return routing
        best: tuple[int, Routing] | None = None
        for routing in found:
            size = max((len(item) for item in routing.wildcards if host.endswith(item[1:])), default=0)
            if size and (best is None or size > best[0]):
                best = size, routing
        return best[1] if best else None


class SidecarScope:
    """What one namespace's clients under one Sidecar find.

    Args:
        namespace: the clients'.
        sidecar: the Sidecar that counts for them, None for none.
        registry: all hosts.
        virtual_services: all VirtualServices.
    """

    def __init__(
        self, namespace: str, sidecar: Resource | None, registry: Registry, virtual_services: VirtualServices
    ) -> None:
        self.namespace: Final = namespace
        self.sidecar: Final = sidecar
        self.registry: Final = registry
        self.virtual_services: Final = virtual_services
        place = _Place(namespace, sidecar, registry, virtual_services)
        written = [] if sidecar is None else sequence(sidecar.spec.get("egress"))
        entries: list[tuple[dict[str, object], FieldPath]] = [
            (mapping(item), ("spec", "egress", index)) for index, item in enumerate(written)
        ]
        self.listeners: Final = tuple(
            EgressListener(place, Imports(entry, namespace, path)) for entry, path in entries or [(EVERYTHING, ())]
        )
        self._seen: dict[str, VisibleHost | None] = registry.snapshot.cache()

    def listener_for(self, port: int) -> EgressListener | None:
        """The listener that routes calls to a port: the first one of that port or of all ports."""
        return next((item for item in self.listeners if item.imports.port in (None, port)), None)

    def service(self, host: str) -> VisibleHost | None:
        """The host as the client finds it, None: it does not."""
        if host not in self._seen:
            self._seen[host] = self._find(host)
        return self._seen[host]

    def _find(self, host: str) -> VisibleHost | None:
        found: VisibleHost | None = None
        items = self.registry.of(host)
        if not items:
            return None
        for listener in self.listeners:
            for seen in listener.explicit(host):
                found = _joined(found, seen)
            if found is not None and len(items) == 1 and len(found.ports) == len(found.registered.ports):
                return found  # nothing could add to it
            for seen in self._brought(listener, host):
                found = _joined(found, seen)
        return found

    def _brought(self, listener: EgressListener, host: str) -> Iterator[VisibleHost]:
        """The host as VirtualServices of a listener bring it in."""
        sending = [
            routing
            for routing in self.virtual_services.sending_to(host)
            if routing.reach(self.namespace) is not None
            and host in routing.destinations(self.namespace)
            and listener.admits(routing) is not None
        ]
        if not sending:
            return
        known = self.registry.by_namespace(host)
        item = known.get(self.namespace) or self._visible(known)
        if item is None:
            return
        for routing in sorted(sending, key=lambda routing: routing.order(self.namespace)):
            ports = routing.destinations(self.namespace)[host]
            seen = listener.trimmed(item, ports, ("spec", "http"), routing.resource)
            if seen is not None:
                yield seen

    def _visible(self, known: dict[str, Registered]) -> Registered | None:
        """Of the namespaces that export a host to the client: one with a Service, else the oldest."""
        visible = [item for item in known.values() if sees_service(item.export, item.namespace, self.namespace)]
        return next((item for item in visible if item.is_kubernetes), visible[0] if visible else None)


def _joined(older: VisibleHost | None, newer: VisibleHost) -> VisibleHost:
    """What remains of two that came in for one host: the first, with the ports of the other where both are one Service."""
    if older is None:
        return newer
    one, other = older.registered, newer.registered
    if one.is_kubernetes != other.is_kubernetes:
        return newer if other.is_kubernetes else older
    if one is not other and not _alike(one, other):
        return older
    numbers = {port.number for port in older.ports}
    more = tuple(port for port in newer.ports if port.number not in numbers)
    return older._replace(ports=(*older.ports, *more)) if more else older


def _alike(one: Registered, other: Registered) -> bool:
    return (
        one.namespace == other.namespace
        and one.resolution == other.resolution
        and one.resource.labels == other.resource.labels
        and one.selector == other.selector
        and one.export == other.export
    )
