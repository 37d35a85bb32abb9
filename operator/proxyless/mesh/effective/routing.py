"""Routes for some hosts, whether they come from a VirtualService or from the Gateway API. Pure; made by ``virtual_services`` and ``gateway_routes``."""

from collections.abc import Iterator
from typing import Final

from proxyless.mesh.age import NEWEST, created
from proxyless.mesh.effective.delegates import Lost, ResolvedRoute
from proxyless.mesh.effective.visibility import ExportReach, reach
from proxyless.model.resource import Resource, mapping, sequence


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
        rules: tuple[ResolvedRoute, ...],
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

    @property
    def is_dated(self) -> bool:
        """Whether its creation time is known; the order of two that have none is a guess."""
        return self.age[0] != NEWEST

    def __repr__(self) -> str:
        return f"<{self.resource.ref}>"

    def reach(self, namespace: str) -> ExportReach | None:
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
