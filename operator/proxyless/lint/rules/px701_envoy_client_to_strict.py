"""PX701: automatic mTLS of gateways and sidecars passes proxyless servers by, so a STRICT one resets their calls."""

from collections.abc import Iterator

from proxyless.lint.envoy_clients import GatewayCall, gateway_calls, gateway_routes, sidecar_fails, sidecars_in
from proxyless.lint.hidden_rules import Gateway, hidden_from
from proxyless.lint.routes import GATEWAY_API
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import ServedPort, listeners_under, named
from proxyless.lint.world import World
from proxyless.mesh.peer import Speaks
from proxyless.mesh.service import host_of
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per destination of a gateway's route, or on the mode of a PeerAuthentication, that meet each other."""
    if subject.kind != "PeerAuthentication":
        found = {call.path: call for call in reversed(_failing(subject, world))}
        for path, call in sorted(found.items(), key=lambda item: str(item[0])):
            message = (
                f"The gateway calls {call.host} in plaintext ({_rule(call, world)}), but {call.listener.workload.ref} demands mTLS: "
                "calls fail with UNAVAILABLE, connection termination."
            )
            yield _hit(path, message, call, world)
        return
    under = (call for call in _calls_under(subject, world) if call.listener.peer.source is subject)
    mine = sorted(under, key=lambda call: bool(call.doubt))
    if mine:
        message = (
            f"{mine[0].route.ref} lets a gateway call {mine[0].host} in plaintext ({_rule(mine[0], world)}): with "
            f"{mine[0].listener.peer.mode.value} those calls fail with UNAVAILABLE, connection termination."
        )
        yield _hit(mine[0].listener.peer.path, message, mine[0], world)
    else:
        yield from _sidecars(subject, world)


def _failing(route: Resource, world: World) -> list[GatewayCall]:
    """Calls in plaintext to servers that demand mTLS."""
    calls = gateway_calls(route, world)
    return [call for call in calls if call.fails and Speaks.TLS in call.listener.server.speaks]


def _calls_under(policy: Resource, world: World) -> Iterator[GatewayCall]:
    """The same of all routes to servers whose mode a PeerAuthentication decides."""
    if not gateway_routes(world):
        return
    hosts = {host_of(item.service, world.settings.domain) for item in listeners_under(world, policy)}
    routes = {route.ref: route for host in hosts for route in gateway_routes(world).get(host)}
    for kind in ("VirtualService", *GATEWAY_API) if routes else ():
        mine = {ref: route for ref, route in routes.items() if ref.kind == kind}
        for route in world.snapshot.in_order(kind, mine):
            yield from _failing(route, world)


def _rule(call: GatewayCall, world: World) -> str:
    if call.rule is not None:
        return f"{call.rule.ref} sets no mTLS"
    hidden = next(iter(hidden_from(world, call.host, Gateway(call.client_namespace))), None)
    return hidden.words if hidden is not None else "no DestinationRule for it"


def _hit(path: tuple[str | int, ...], message: str, call: GatewayCall, world: World) -> Hit:
    known = call.rule is not None or world.complete("DestinationRule")
    related = [call.route.ref, *([call.rule.ref] if call.rule else []), call.listener.workload.ref]
    related += [call.listener.peer.source.ref] if call.listener.peer.source else []
    return Hit(
        path,
        message,
        _remedy(call.host, call.listener, call.rule),
        applies=" and ".join(
            filter(None, (call.doubt, "" if known else "no other DestinationRule sets ISTIO_MUTUAL for it"))
        ),
        related=tuple(related),
        deny=False,
    )


def _remedy(host: str, listener: ServedPort, rule: Resource | None) -> str:
    if rule is not None:
        return f"Write `trafficPolicy: {{tls: {{mode: ISTIO_MUTUAL}}}}` in {rule.ref}."
    return (
        f"Add a DestinationRule in namespace {listener.service.namespace} with `host: {host}` and "
        "`trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}`; it serves proxyless clients as well."
    )


def _sidecars(subject: Resource, world: World) -> Iterator[Hit]:
    """Clients with sidecars in the server's namespace: they may call it or not."""
    for listener in listeners_under(world, subject):
        if Speaks.TLS not in listener.server.speaks:
            continue
        service = listener.service
        clients = sidecars_in(world, service.namespace)
        if clients and sidecar_fails(world, listener):
            host = host_of(service, world.settings.domain)
            yield Hit(
                listener.peer.path,
                f"Sidecars call {host} in plaintext, since its pods lack the label security.istio.io/tlsMode: istio. "
                f"With {listener.peer.mode.value} calls of {named(clients)} fail with 503, connection termination.",
                _remedy(host, listener, None),
                applies=f"a workload with a sidecar calls {host}",
                related=(service.ref, clients[0].ref),
                deny=False,
            )
            return


RULE = Rule(
    code="PX701",
    slug="envoy-client-to-strict",
    summary="A gateway or sidecar calls a STRICT proxyless server in plaintext.",
    severity=Severity.ERROR,
    kinds=("VirtualService", *GATEWAY_API, "PeerAuthentication"),
    check=check,
    by_value=True,
    remedy="Add a DestinationRule with `tls: {mode: ISTIO_MUTUAL}` in the namespace of the Service.",
    evidence=(
        "measured: a stock Envoy gateway gets connection termination from a STRICT proxyless server, and mTLS with ISTIO_MUTUAL",
        "istio pilot/pkg/xds/endpoints/mtls_checker.go checkMtlsEnabled",
    ),
    reads=("Gateway", "KubernetesGateway", "DestinationRule", "Service", "Namespace"),
)
