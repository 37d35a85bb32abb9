"""VirtualServices by the hosts that they are for and the hosts that they send calls to. Pure; used by ``scope``.

Source: ``mergeVirtualServices`` in istiod's ``pilot/pkg/model/virtualservice_controller.go``, ``initVirtualServices`` and
``virtualServiceDestinationsFilteredBySourceNamespace`` in ``push_context.go``.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Final

from proxyless.mesh.age import NEWEST, created
from proxyless.mesh.effective.delegates import Lost, Rule, delegates_named, hosts_named, other_destinations, rules_of
from proxyless.mesh.effective.imports import within
from proxyless.mesh.effective.options import MeshOptions
from proxyless.mesh.effective.visibility import PUBLIC, Reach, reach, written_export
from proxyless.mesh.host import qualify
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.snapshot import Snapshot

MESH = "mesh"
"""The name under ``gateways`` that stands for all clients in the mesh."""


class Routing:
    """What routes calls of some hosts: a VirtualService with its delegates, or what istiod makes of a Gateway API route.

    Args:
        resource: the object.
        hosts: full hosts, in the order in which they are written.
        rules: its routes.
        export: namespaces that see it.
        lost: routes whose delegate is missing.
        others: destinations of its ``tcp`` and ``tls`` routes.
        name: as istiod calls it in the routes that it sends.
        is_gateway: whether a Gateway API route made it, which istiod treats differently in places.
    """

    __slots__ = ("_destinations", "_others", "age", "exact", "export", "hosts", "is_gateway", "lost", "name",
                 "namespace", "resource",
                 "rules", "wildcards")  # fmt: skip

    def __init__(
        self,
        resource: Resource,
        hosts: tuple[str, ...],
        rules: tuple[Rule, ...],
        export: frozenset[str],
        *,
        lost: tuple[Lost, ...] = (),
        others: tuple[dict[str, object], ...] = (),
        name: str = "",
        is_gateway: bool = False,
    ) -> None:
        self.resource: Final = resource
        self.name: Final = f"{resource.namespace}/{name or resource.name}"
        self.namespace: Final = resource.namespace
        self.hosts: Final = hosts
        self.exact: Final = tuple(host for host in hosts if not host.startswith("*"))
        self.wildcards: Final = tuple(host for host in hosts if host.startswith("*"))
        self.rules: Final = rules
        self.export: Final = export
        self.lost: Final = lost
        self._others: Final = others
        self.is_gateway: Final = is_gateway
        self.age: Final = created(resource) or NEWEST, name or resource.name, resource.namespace
        self._destinations: dict[str, dict[str, frozenset[int]]] = {}

    def __repr__(self) -> str:
        return f"<{self.resource.ref}>"

    def reach(self, namespace: str) -> Reach | None:
        """How it reaches clients of a namespace, None: not at all."""
        return reach(self.export, self.namespace, namespace)

    def order(self, namespace: str) -> tuple[object, ...]:
        """Sort key among those that reach a namespace: the first one that has routes for a host wins."""
        first = self.is_gateway and self.namespace == namespace
        return self.reach(namespace), not first, *self.age

    def destinations(self, namespace: str) -> dict[str, frozenset[int]]:
        """Hosts that it sends calls of a namespace to (empty: of any), with the ports it names; 0 stands for "none named"."""
        known = self._destinations.get(namespace)
        if known is None:
            found: dict[str, set[int]] = {}
            for destination in self._targets(namespace):
                number = mapping(destination.get("port")).get("number")
                found.setdefault(str(destination.get("host")), set()).add(number if isinstance(number, int) else 0)
            known = self._destinations[namespace] = {host: frozenset(ports) for host, ports in found.items()}
        return known

    def _targets(self, namespace: str) -> Iterator[dict[str, object]]:
        for rule in self.rules:
            named = [str(item.body["sourceNamespace"]) for item in rule.matches if item.body.get("sourceNamespace")]
            if namespace and named and namespace not in named:
                continue
            for key in ("route", "mirrors"):
                yield from (mapping(mapping(item).get("destination")) for item in sequence(rule.body.get(key)))
            if isinstance(rule.body.get("mirror"), dict):
                yield mapping(rule.body["mirror"])
        yield from self._others


class VirtualServices:
    """All VirtualServices of a snapshot that reach clients in the mesh."""

    def __init__(self, snapshot: Snapshot, options: MeshOptions, more: tuple[Routing, ...] = ()) -> None:
        self._snapshot = snapshot
        self._options = options
        self._by_host: dict[str, list[Resource | Routing]] = {}
        self._merged: dict[Resource, Routing] = {}
        self._all: list[Resource | Routing] = [*snapshot.of_kind("VirtualService"), *more]
        for item in self._all:
            for host in item.hosts if isinstance(item, Routing) else self._hosts(item):
                self._by_host.setdefault(host, []).append(item)
        self._wildcards = sorted((host for host in self._by_host if host.startswith("*")), key=len, reverse=True)

    def _hosts(self, resource: Resource) -> tuple[str, ...]:
        """Full hosts of a root VirtualService that is for the mesh; empty for delegates and for gateways alone."""
        gateways = sequence(resource.spec.get("gateways"))
        if gateways and MESH not in gateways:
            return ()
        domain = self._options.domain
        return tuple(
            dict.fromkeys(
                qualify(str(host), resource.namespace, domain).lower() for host in sequence(resource.spec.get("hosts"))
            )
        )

    def merged(self, item: Resource | Routing) -> Routing:
        """A VirtualService with its delegates, put together once."""
        if isinstance(item, Routing):
            return item
        known = self._merged.get(item)
        if known is None:
            export = written_export(item) or self._options.virtual_service_export
            rules, lost = rules_of(
                item, lambda namespace, name: self._delegate(item, namespace, name), self._options.domain
            )
            known = self._merged[item] = Routing(
                item,
                self._hosts(item),
                rules,
                export,
                lost=lost,
                others=tuple(other_destinations(item, self._options.domain)),
            )
        return known

    def _delegate(self, root: Resource, namespace: str, name: str) -> tuple[Resource | None, str]:
        child = self._snapshot.get("VirtualService", namespace, name)
        if child is None:
            return None, f"VirtualService {namespace}/{name} is not there"
        if sequence(child.spec.get("hosts")):
            return None, f"VirtualService {namespace}/{name} has hosts of its own, so it is no delegate"
        export = written_export(child) or self._options.virtual_service_export
        names = {child.namespace if item == "." else item for item in export}
        if PUBLIC in names or root.namespace in names:
            return child, ""
        return None, f"VirtualService {namespace}/{name} is not exported to namespace {root.namespace}"

    def covering(self, host: str) -> Iterator[Routing]:
        """Those with the host itself or with a wildcard that covers it, in no order; one with both comes twice."""
        yield from map(self.merged, self._by_host.get(host, ()))
        for pattern in self._wildcards:
            if pattern != host and within(host, pattern):
                yield from map(self.merged, self._by_host[pattern])

    def sending_to(self, host: str) -> list[Routing]:
        """Those that name a host as a destination for whichever client, the oldest first."""
        found = dict.fromkeys(map(self.merged, self._naming.get(host, ())))
        sending = [item for item in found if item.hosts and host in item.destinations("")]
        return sorted(sending, key=lambda routing: routing.age)

    @cached_property
    def _naming(self) -> dict[str, list[Resource | Routing]]:
        """By host what may send calls there: by the words of the objects, since to put all together would take long."""
        found: dict[str, list[Resource | Routing]] = {}
        roots: dict[tuple[str, str], list[Resource]] = {}
        for item in self._all:
            if isinstance(item, Resource):
                for name in delegates_named(item):
                    roots.setdefault(name, []).append(item)
        for item in self._all:
            if isinstance(item, Routing):
                for host in item.destinations(""):
                    found.setdefault(host, []).append(item)
                continue
            for word in hosts_named(item):
                host = qualify(word, item.namespace, self._options.domain)
                found.setdefault(host, []).extend((item, *roots.get((item.namespace, item.name), ())))
        return found
