"""HTTPRoutes and GRPCRoutes whose parent is a Service or ServiceEntry, as the VirtualServices that istiod makes of them. Pure.

Used by ``mesh``. All routes of one kind and namespace for one host and port become one; without a port in ``parentRefs``
they are one for all ports. Source: ``HTTPRouteCollection``, ``GRPCRouteCollection`` and ``mergeHTTPRoutes`` in istiod's
``pilot/pkg/config/kube/gateway/route_collections.go``, ``convertHTTPRoute`` and ``sortHTTPRoutes`` in ``conversion.go``.
"""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from proxyless.mesh.age import NEWEST, created
from proxyless.mesh.effective.delegates import Match, Rule
from proxyless.mesh.effective.gateway_rules import rules_of, sort_key
from proxyless.mesh.effective.options import MeshOptions
from proxyless.mesh.effective.virtual_services import Routing
from proxyless.mesh.effective.visibility import written_export
from proxyless.model.resource import Resource, mapping, sequence
from proxyless.model.snapshot import Snapshot

KINDS = ("HTTPRoute", "GRPCRoute")
_PARENTS = {("", "Service"): "Service", ("networking.istio.io", "ServiceEntry"): "ServiceEntry"}


_GROUP = "gateway.networking.k8s.io"
"""What the API server fills in where a parent names no group: a Service is one only with an empty group."""


class _Part(NamedTuple):
    """One route object's share of a host and port."""

    resource: Resource
    rules: tuple[Rule, ...]


def routings(snapshot: Snapshot, options: MeshOptions) -> tuple[Routing, ...]:
    """What istiod makes of all of them, in the order of the first object of each."""
    if not options.gateway_api:
        return ()
    found: dict[tuple[str, str], list[_Part]] = {}
    for kind in KINDS:
        for route in snapshot.of_kind(kind):
            for key, host, part in _parts(route, snapshot, options.domain):
                found.setdefault((key, host), []).append(part)
    return tuple(_merged(key, host, parts, options) for (key, host), parts in found.items())


def _parts(route: Resource, snapshot: Snapshot, domain: str) -> Iterator[tuple[str, str, _Part]]:
    rules: tuple[Rule, ...] | None = None
    for reference in map(mapping, sequence(route.spec.get("parentRefs"))):
        group, kind = _text(reference.get("group"), _GROUP), _text(reference.get("kind"), "Gateway")
        parent = _PARENTS.get((group, kind))
        name, namespace = str(reference.get("name")), str(reference.get("namespace") or route.namespace)
        if parent is None or (snapshot.knows(parent, namespace) and snapshot.get(parent, namespace, name) is None):
            continue
        rules = rules_of(route, domain, partial(_exists, snapshot)) if rules is None else rules
        port = reference.get("port")
        number = port if isinstance(port, int) else 0
        key = f"{route.namespace}/{number}" if number else route.namespace
        for host in _hosts(parent, namespace, name, snapshot, domain):
            yield key, host, _Part(route, tuple(_on(rule, number) for rule in rules))


def _text(value: object, otherwise: str) -> str:
    return value if isinstance(value, str) else otherwise


def _exists(snapshot: Snapshot, kind: str, namespace: str, name: str) -> bool:
    """Whether a Service, or a ServiceEntry with a host, is there or may be."""
    if not snapshot.knows(kind, namespace):
        return True
    if kind == "Service":
        return snapshot.get(kind, namespace, name) is not None
    return any(name in sequence(item.spec.get("hosts")) for item in snapshot.of_kind(kind, namespace))


def _hosts(kind: str, namespace: str, name: str, snapshot: Snapshot, domain: str) -> list[str]:
    if kind == "Service":
        return [f"{name}.{namespace}.svc.{domain}"]
    entry = snapshot.get(kind, namespace, name)
    return [] if entry is None else [str(host).lower() for host in sequence(entry.spec.get("hosts"))]


def _on(rule: Rule, port: int) -> Rule:
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
