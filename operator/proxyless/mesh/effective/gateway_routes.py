"""HTTPRoutes and GRPCRoutes whose parent is a Service or ServiceEntry, as the VirtualServices that istiod makes of them. Pure.

Used by ``virtual_services``. All routes of one namespace, of both kinds, for one host and port become one; without a port in ``parentRefs``
they are one for all ports. Source: ``HTTPRouteCollection``, ``GRPCRouteCollection`` and ``mergeHTTPRoutes`` in istiod's
``pilot/pkg/config/kube/gateway/route_collections.go``, ``convertHTTPRoute`` and ``sortHTTPRoutes`` in ``conversion.go``.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from proxyless.mesh.age import NEWEST, created
from proxyless.mesh.effective.delegates import Match, ResolvedRoute
from proxyless.mesh.effective.gateway_rules import rules_of, sort_key
from proxyless.mesh.effective.indexes import WILDCARD, attached, backed, parents, registering
from proxyless.mesh.effective.options import MeshOptions
from proxyless.mesh.effective.routing import Routing
from proxyless.mesh.effective.visibility import written_export
from proxyless.mesh.host import service_of
from proxyless.model.memory import View
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource


class _Part(NamedTuple):
    """One route object's share of a host and port."""

    resource: Resource
    rules: tuple[ResolvedRoute, ...]


class GatewayRoutes:
    """HTTPRoutes and GRPCRoutes for hosts in the mesh; put together host by host, and kept."""

    def __init__(self, view: View[Any], options: MeshOptions) -> None:
        self._view = view
        self._options = options
        self._known: dict[str, tuple[Routing, ...]] = view.snapshot.cache()

    def of(self, host: str) -> tuple[Routing, ...]:
        """Routes that are attached to a host: one for each namespace of routes and port."""
        known = self._known.get(host)
        if known is None:
            known = self._known[host] = tuple(self._made(host)) if self._options.gateway_api else ()
        return known

    @property
    def wildcards(self) -> frozenset[str]:
        """Wildcards of ServiceEntries that routes are attached to."""
        routes = attached(self._view).get(WILDCARD)
        return frozenset(host for route in routes for host, _ in parents(route, self._view) if host.startswith("*"))

    def sending_to(self, host: str) -> Iterator[Routing]:
        """What may send calls to a host; some twice."""
        for route in backed(self._view).get(host):
            for parent, _ in parents(route, self._view):
                yield from self.of(parent)

    def _made(self, host: str) -> Iterator[Routing]:
        found: dict[str, list[_Part]] = {}
        exists = partial(_exists, self._view)
        for route in attached(self._view).get(host):
            for parent, port in parents(route, self._view):
                if parent == host and self._is_there(parent):
                    key = f"{route.namespace}/{port}" if port else route.namespace
                    rules = tuple(_on(rule, port) for rule in rules_of(route, self._options.domain, exists))
                    if rules:  # a route that istiod drops whole leaves the host to a VirtualService with a wildcard
                        found.setdefault(key, []).append(_Part(route, rules))
        for key, parts in found.items():
            yield _merged(key, host, parts, self._options)

    def _is_there(self, host: str) -> bool:
        """Whether the Service is there, or may be."""
        behind = service_of(host, self._options.domain)
        if behind is None or registering(self._view).get(host):
            return True
        return not self._view.snapshot.knows("Service", behind.namespace)


def _exists(view: View[Any], kind: str, namespace: str, name: str) -> bool:
    """Whether a Service, or a host in a namespace, is there or may be: what is registered elsewhere is not here."""
    if kind == "Service":
        return view.snapshot.get(kind, namespace, name) is not None or not view.snapshot.knows(kind, namespace)
    there = {item.namespace for item in registering(view).get(name)}
    return namespace in there or not (there or view.snapshot.knows(kind, namespace))


def _on(rule: ResolvedRoute, port: int) -> ResolvedRoute:
    """The rule for one port; 0: for all."""
    if not port:
        return rule
    matches = rule.matches or (Match({}, rule.path),)
    return rule._replace(matches=tuple(Match(match.body | {"port": port}, match.path) for match in matches))


def _merged(key: str, host: str, parts: list[_Part], options: MeshOptions) -> Routing:
    parts = sorted(
        parts, key=lambda part: (created(part.resource) or NEWEST, part.resource.namespace, part.resource.name)
    )
    rules = sorted((rule for part in parts for rule in part.rules), key=sort_key)
    first = parts[0].resource
    return Routing(
        first,
        (host,),
        tuple(rules),
        written_export(first) or options.virtual_service_export,
        name=f"{key}/{host}".replace("/", "~"),
        is_gateway=True,
    )
