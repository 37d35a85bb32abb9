"""PX253: a host that istiod hides from a client, by a Sidecar or by ``exportTo``, cannot be dialed."""

from collections.abc import Iterator

from proxyless.lint.affected_clients import affected_clients, related_clients
from proxyless.lint.in_effect import ROUTING, mesh_of
from proxyless.lint.route_calls import CalledHost, real_calls
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import grpc_workloads
from proxyless.lint.visibility_gates import may_hide
from proxyless.lint.world import World
from proxyless.mesh.effective.client import ClientClass
from proxyless.mesh.effective.hidden import Hidden
from proxyless.mesh.effective.indexes import registering
from proxyless.mesh.effective.scope import VisibleHost
from proxyless.mesh.effective.sidecars import workload_labels
from proxyless.mesh.effective.visibility import PUBLIC, export_path, is_listed, written_export
from proxyless.mesh.host import service_of
from proxyless.mesh.service import host_of
from proxyless.mesh.workload import dialed
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, sequence

_EVERYWHERE = "*"
_EGRESS: FieldPath = ("spec", "egress")
_PORTS: FieldPath = ("spec", "ports")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field of the subject and target that it hides from workloads which dial it."""
    groups: dict[tuple[FieldPath, str, str], list[CalledHost]] = {}
    for path, call in _hidden_by(subject, world):
        sent = "routes" if call.target is not None and call.target.listener else "listener"
        groups.setdefault((path, sent, call.address), []).append(call)
    for (path, sent, _), calls in groups.items():
        yield _hit(subject, path, sent, calls, world)


def _hit(subject: Resource, path: FieldPath, sent: str, calls: list[CalledHost], world: World) -> Hit:
    host, client = calls[0].host, calls[0].client
    if subject.kind == "Sidecar":
        home = service_of(host, world.settings.domain)
        why = "this Sidecar does not let in"
        remedy = f"Add `{home.namespace if home else _EVERYWHERE}/{host}` to the hosts of an egress entry."
    elif path == _PORTS:
        other = next(item for item in client.scope.registry.of(host) if item.port(calls[0].port) is not None)
        why = f"is {other.resource.ref}, and this {subject.kind}, without that port, takes the host for namespace {client.namespace}"
        remedy = f"Add port {calls[0].port} here, or take the host {host} out."
    else:
        why = f"is not exported to namespace {client.namespace}"
        remedy = f"Add {client.namespace} to the namespaces that it is exported to."
    message = (
        f"xds:///{calls[0].address} of {affected_clients(calls)} {why}: istiod sends no {sent}, and every call fails. There is no "
        "passthrough for gRPC."
    )
    return Hit(path, message, remedy, related=related_clients(calls), deny=False)


def _hidden_by(subject: Resource, world: World) -> Iterator[tuple[FieldPath, CalledHost]]:
    """Calls to a target that finds nothing because of the subject, with the field."""
    for call in _calls_under(subject, world) if subject.kind == "Sidecar" else _calls_to(subject, world):
        why = _why(call, world)
        if why is not None and why.resource is subject:
            yield why.path, call


def _calls_to(subject: Resource, world: World) -> Iterator[CalledHost]:
    hosts = (
        [host_of(subject, world.settings.domain)]
        if subject.kind == "Service"
        else map(str, sequence(subject.spec.get("hosts")))
    )
    is_hiding = bool(written_export(subject)) or PUBLIC not in mesh_of(world).options.service_export
    for host in hosts:
        if is_hiding or len(registering(world).get(host)) > 1:
            yield from real_calls(host, world)


def _calls_under(sidecar: Resource, world: World) -> Iterator[CalledHost]:
    for workload in grpc_workloads(world, sidecar.namespace, workload_labels(sidecar) or {}):
        client = mesh_of(world).client(workload.namespace, workload.labels)
        if client.sidecar.sidecar is not sidecar:
            continue
        for text in dialed(workload):
            target = client.dialed(text)
            if target is not None:
                yield CalledHost(client, (workload,), target.host, target.port, target)


def _why(call: CalledHost, world: World) -> Hidden | None:
    """What hides a call's target: a Sidecar or an export; None where nothing does, or where it is for another reason."""
    target, client = call.target, call.client
    if target is None or target.listener is None:
        return _by_name(call.host, client, world)
    target = client.target(call.host, call.port)  # without what is only so for a short name, which PX114 tells
    if target.seen is not None and target.seen.registered.port(call.port) is None:
        return _taken_over(target.seen, call)
    if target.seen is not None and target.virtual_host is None and target.seen.source is not client.scope.sidecar:
        return _beside(target.seen, client)
    return target.hidden


def _taken_over(seen: VisibleHost, call: CalledHost) -> Hidden | None:
    """Of a host that is registered several times: what comes first for the client and lacks a port that another has."""
    others = (item for item in call.client.scope.registry.of(call.host) if item is not seen.registered)
    has_it = any(item.port(call.port) is not None for item in others)
    return Hidden("", seen.registered.resource, _PORTS) if has_it else None


def _beside(seen: VisibleHost, client: ClientClass) -> Hidden:
    """What hides a host of which a VirtualService brings in a part, as a destination: a listener without routes, or one port."""
    item = seen.registered
    if not is_listed(item.export, item.namespace, client.namespace):
        return Hidden("", item.resource, export_path(item.resource))
    return Hidden("", client.scope.sidecar, _EGRESS)


def _by_name(host: str, client: ClientClass, world: World) -> Hidden | None:
    """Whether the Sidecar leaves out a host whose Service is not given, whoever registers it."""
    scope = client.scope
    home = service_of(host, world.settings.domain)
    namespace = home.namespace if home else None
    if scope.sidecar is None or any(item.imports.may_import(host, namespace) for item in scope.listeners):
        return None
    if scope.virtual_services.sending_to(host):
        return None  # they may bring it in
    return Hidden("", scope.sidecar, _EGRESS)


RULE = Rule(
    code="PX253",
    slug="hidden-target",
    summary="A proxyless workload dials a host that its Sidecar does not let in, or that is not exported to its namespace.",
    severity=Severity.ERROR,
    kinds=("Sidecar", "Service", "ServiceEntry"),
    check=check,
    gate=may_hide,
    remedy="Import the host in an egress entry, or export it to the client's namespace.",
    evidence=(
        "matrix istio Sidecar spec.egress[].hosts[]",
        "istio pilot/pkg/networking/grpcgen/lds.go buildOutboundListeners",
    ),
    reads=ROUTING,
)
