"""PX522: istiod sends proxyless clients HTTP routes only; tcp and tls routes are left out."""

from collections.abc import Iterator

from proxyless.lint.destinations import host_condition, hosts_of
from proxyless.lint.routes import mesh_parents, route_condition
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, sequence

_KINDS = {"TCPRoute": "tcp", "TLSRoute": "tls"}
"""Kinds of the Gateway API that are such routes as a whole."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per list of routes that proxyless clients do not get, or on the rules of a TCPRoute or TLSRoute."""
    if subject.kind in _KINDS:
        yield from _of_gateway_api(subject, world)
        return
    condition = route_condition(subject, world)
    if condition is None:
        return
    for kind in _KINDS.values():
        if sequence(subject.spec.get(kind)):
            default = "" if sequence(subject.spec.get("http")) else ", calls to the host take the default route"
            yield Hit(("spec", kind), f"Proxyless clients get no {kind} routes{default}.", applies=condition)


def _of_gateway_api(subject: Resource, world: World) -> Iterator[Hit]:
    """A route with a Service as parent is one of mesh clients; others are for gateways."""
    for parent in mesh_parents(subject):
        namespace = str(parent.get("namespace") or subject.namespace)
        for host in hosts_of(world, str(parent.get("kind")), namespace, str(parent.get("name", ""))):
            condition = host_condition(world, host, subject.namespace)
            if condition is not None:
                kind = _KINDS[subject.kind]
                message = f"Proxyless clients get no {kind} routes: calls to {host} take the default route."
                yield Hit(("spec", "rules"), message, applies=condition)
                return


RULE = Rule(
    code="PX522",
    slug="tcp-routes",
    summary="A VirtualService, TCPRoute or TLSRoute has tcp or tls routes, which proxyless clients do not get.",
    severity=Severity.WARNING,
    kinds=("VirtualService", "TCPRoute", "TLSRoute"),
    check=check,
    needs=("tcp", "tls", "parentRefs"),
    reads=("ServiceEntry", "Service"),
    remedy=(
        "Write the routes as http routes, or as a GRPCRoute, for gRPC services; other protocols of proxyless pods are not "
        "routed by the mesh."
    ),
    evidence=(
        "matrix istio VirtualService spec.tcp[]",
        "matrix istio VirtualService spec.tls[]",
        "matrix istio TCPRoute spec, TLSRoute spec",
    ),
)
