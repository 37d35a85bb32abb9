"""Helpers that rules share to find Envoy clients of proxyless servers, that is gateways and sidecars; they never create findings."""

from collections.abc import Iterator, Mapping
from typing import Any

from proxyless.lint.destinations import destination_rules, plain_rules, services_by_host
from proxyless.lint.mesh_settings import WHO
from proxyless.lint.routes import GATEWAY_API, api_rules, destinations
from proxyless.lint.servers import ServedPort, listeners
from proxyless.lint.workload_lookup import with_labels_anywhere
from proxyless.lint.world import World
from proxyless.mesh.merge import alone
from proxyless.mesh.pair import OWN_TLS, PairOutcome, Party, outcome
from proxyless.mesh.pod.istio_injector import keeps_off
from proxyless.mesh.pod.keys import SIDECAR_INJECT
from proxyless.mesh.selector import selects
from proxyless.mesh.service import host_of
from proxyless.mesh.traffic import effective_policy, tls_mode
from proxyless.mesh.workload import Workload
from proxyless.model.grouping import grouped, itself
from proxyless.model.memory import View, for_each
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import WORKLOADS, Resource, mapping, sequence

_GROUP = "gateway.networking.k8s.io"
_CLASS = "istio"
"""How the names of Istio's GatewayClasses begin."""


class GatewayCall(NamedTuple):
    """One destination of a VirtualService, HTTPRoute or GRPCRoute that a gateway routes to a proxyless server."""

    route: Resource
    path: FieldPath
    host: str
    client_namespace: str
    """Namespace of the gateway's pods."""
    listener: ServedPort
    rule: Resource | None
    """The effective DestinationRule of the gateway, None where it has none."""
    fails: bool
    """Whether gateway and server disagree on mTLS."""
    doubt: str = ""
    """Under which condition Istio runs the gateway; empty: certainly."""


def gateways_of(route: Resource) -> tuple[str, ...]:
    """Gateways that a VirtualService binds, or that an HTTPRoute or GRPCRoute is attached to: ``namespace/name``, without ``mesh``."""
    if route.kind in GATEWAY_API:
        parents = map(mapping, sequence(route.spec.get("parentRefs")))
        ours = (
            item for item in parents if item.get("kind", "Gateway") == "Gateway" and item.get("group", _GROUP) == _GROUP
        )
        return tuple(f"{item.get('namespace') or route.namespace}/{item.get('name')}" for item in ours)
    named = (str(item) for item in sequence(route.spec.get("gateways")) if item != "mesh")
    return tuple(item if "/" in item else f"{route.namespace}/{item}" for item in named)


@for_each
def gateway_calls(route: Resource, world: World) -> tuple[GatewayCall, ...]:
    """Calls of gateways to known proxyless servers by one VirtualService, HTTPRoute or GRPCRoute."""
    if not gateways_of(route):
        return ()
    return tuple(call for path, entry in _destinations(route, world) for call in _call(world, route, path, entry))


@grouped("VirtualService", *GATEWAY_API, of=itself, settings=("domain",))
def gateway_routes(route: Resource, world: World) -> list[str]:
    """Routes that gateways use, by the hosts that they route to."""
    if not gateways_of(route):
        return []
    return [world.fqdn(str(target.get("host", "")), route.namespace) for _, target in _destinations(route, world)]


def _destinations(route: Resource, world: View[Any]) -> Iterator[tuple[FieldPath, Mapping[str, object]]]:
    """Destinations in the form of a VirtualService's, each with its path."""
    if route.kind not in GATEWAY_API:
        for place, entry in destinations(route):
            yield (*place, "destination"), mapping(entry.get("destination"))
        return
    for path, rule in api_rules(route):
        for index, backend in enumerate(map(mapping, sequence(rule.get("backendRefs")))):
            if backend.get("kind", "Service") == "Service" and not backend.get("group"):
                space = backend.get("namespace") or route.namespace
                host = f"{backend.get('name')}.{space}.svc.{world.settings.domain}"
                yield (*path, "backendRefs", index), {"host": host, "port": {"number": backend.get("port")}}


def _call(world: World, route: Resource, path: FieldPath, target: Mapping[str, object]) -> Iterator[GatewayCall]:
    host = world.fqdn(str(target.get("host", "")), route.namespace)
    service = services_by_host(world).get(host)
    if service is None:
        return
    wanted = mapping(target.get("port")).get("number")
    for client, doubt in _namespaces(world, route):
        answer = destination_rules(world, host).effective(
            host, service_namespace=service.namespace, client_namespace=client
        )
        for listener in listeners(world, service):
            if wanted not in (None, listener.port.number):
                continue
            subset = answer.rule.subset(str(target.get("subset"))) if answer and target.get("subset") else None
            if subset and not selects(subset.labels, listener.workload.labels):
                continue
            mode = effective_policy(answer.rule, subset=subset, port=listener.port.number).tls_mode if answer else ""
            fails = mode not in OWN_TLS and outcome(Party.ENVOY, mode, listener.server) is PairOutcome.FAILS
            yield GatewayCall(
                route, path, host, client, listener, answer.rule.decider if answer else None, fails, doubt
            )


def _namespaces(world: World, route: Resource) -> tuple[tuple[str, str], ...]:
    """Namespaces where the pods of the route's gateways run, each with a condition; the root namespace where they are not known."""
    if route.kind in GATEWAY_API:
        return tuple(dict.fromkeys(_of_gateway_api(world, route)))
    found: set[str] = set()
    for name in gateways_of(route):
        namespace, _, plain = name.partition("/")
        gateway = world.get("Gateway", namespace, plain)
        wanted = mapping(gateway.spec.get("selector")) if gateway else {}
        found |= {item.namespace for item in with_labels_anywhere(world, wanted)} if wanted else set()
    return tuple((name, "") for name in sorted(found)) or ((world.settings.root_namespace, ""),)


def _of_gateway_api(world: World, route: Resource) -> Iterator[tuple[str, str]]:
    """The same for Gateways of the Gateway API, whose pods Istio makes beside them; those of other classes are not Istio's."""
    for name in gateways_of(route):
        namespace, _, plain = name.partition("/")
        gateway = world.get("KubernetesGateway", namespace, plain)
        if gateway is None:
            yield namespace, f"Istio runs Gateway {name}"
        elif str(gateway.spec.get("gatewayClassName") or "").startswith(_CLASS):
            yield namespace, ""


def has_sidecar(world: World, workload: Workload) -> bool:
    """Whether a workload certainly gets a sidecar: its namespace is injected, and it is not proxyless by any sign."""
    known = world.knows_namespace_of(workload)
    if workload.templates or world.is_proxyless(workload):
        return False
    settings = world.settings.injectors
    if not known:
        return workload.pod.label(SIDECAR_INJECT) == "true" and settings.istio_injector
    return keeps_off(workload.pod, world.namespace_of(workload), settings) == ""


def sidecars_in(world: World, namespace: str) -> tuple[Workload, ...]:
    """Workloads of a namespace that certainly get a sidecar."""
    return _sidecars(world).get(namespace)


@grouped(*WORKLOADS, of=World.workload, beside=("ConfigMap", "Namespace"), settings=WHO)
def _sidecars(workload: Workload, world: World) -> tuple[str, ...]:
    """Workloads that certainly get a sidecar, by namespace."""
    return (workload.namespace,) if has_sidecar(world, workload) else ()


def sidecar_fails(world: World, listener: ServedPort) -> bool:
    """Whether a client with a sidecar in the server's own namespace disagrees with the server on mTLS."""
    service = listener.service
    host = host_of(service, world.settings.domain)
    mode = _mode_at_home(world, host, service.namespace, listener.port.number)
    return mode not in OWN_TLS and outcome(Party.ENVOY, mode, listener.server) is PairOutcome.FAILS


def _mode_at_home(world: World, host: str, home: str, port: int) -> str:
    """The TLS mode by which a client in the Service's own namespace calls one of its ports; empty: none is set."""
    own = plain_rules(world, host, home)
    if own is not None and not any("exportTo" in rule.spec for rule in own):
        return tls_mode(alone(own[0], host), port=port) if own else ""
    answer = destination_rules(world, host).effective(host, service_namespace=home, client_namespace=home)
    return effective_policy(answer.rule, port=port).tls_mode if answer else ""
