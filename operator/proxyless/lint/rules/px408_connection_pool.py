"""PX408: of a connection pool only http2MaxRequests reaches gRPC, from Istio 1.29 on, and grpc-java does not enforce it."""

from collections.abc import Iterator

from proxyless.lint.clients import grpc_clients
from proxyless.lint.destinations import caller_condition
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.matrix.verdict import Verdict
from proxyless.mesh.traffic import levels
from proxyless.model.finding import Severity
from proxyless.model.fix import drop
from proxyless.model.resource import Resource, mapping

_ROW = "DestinationRule.trafficPolicy.connectionPool.http.http2MaxRequests"
_LIMITS = {
    "maxConnections": "there is no limit, a channel has one connection per endpoint",
    "maxRetries": "there is no limit on retries under way",
    "http1MaxPendingRequests": "there is no limit on waiting calls",
}
"""Fields whose loss removes a protection; the others only tune."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per field of ``tcp`` and ``http`` that gRPC clients do not get."""
    condition = caller_condition(subject, world)
    if condition is None:
        return
    for level in levels(subject):
        pool = mapping(level.policy.get("connectionPool"))
        for part in ("tcp", "http"):
            for key in mapping(pool.get(part)):
                path = (*level.path, "connectionPool", part, key)
                if key != "http2MaxRequests":
                    limit = _LIMITS.get(key)
                    message = f"istiod does not send {key} to gRPC clients: {limit or 'it has no effect'}."
                    yield Hit(
                        path, message, severity=None if limit else Severity.INFO, applies=condition, fix=drop(path)
                    )
                else:
                    yield from _requests(path, world, condition)


def _requests(path: tuple[str | int, ...], world: World, condition: str) -> Iterator[Hit]:
    istio, sent = world.settings.istio, world.matrix.row(_ROW).istio
    if istio is not None and istio in sent:
        yield from _unlimited(path, world, condition)
        return
    message = f"Istio below {sent.first} does not send http2MaxRequests to gRPC clients: gRPC's own limit of 1024 calls holds."
    doubts = [condition, "" if istio else f"Istio is below {sent.first}"]
    remedy = f"Upgrade to Istio {sent.first}, or limit calls in the client's code."
    yield Hit(path, message, remedy, applies=" and ".join(filter(None, doubts)))


def _unlimited(path: tuple[str | int, ...], world: World, condition: str) -> Iterator[Hit]:
    """A hit where a client in use certainly does not enforce the limit that istiod sends."""
    istio, row = world.settings.istio, world.matrix.row(_ROW)
    harmed: dict[str, str] = {}
    for client in grpc_clients(world):
        answers = world.matrix.judge(row, istio=istio, client=client) if client.language else ()
        if client.language and answers and all(item.verdict is Verdict.IGNORED for item in answers):
            harmed[client.language.title] = answers[0].reason
    if harmed:
        (who, why), *_ = harmed.items()
        message = f"{who} clients get http2MaxRequests and do not enforce it. {why}"
        yield Hit(path, message, "Limit calls in the code of those clients.", applies=condition)


RULE = Rule(
    code="PX408",
    slug="connection-pool",
    summary="A DestinationRule sets connection pool fields that gRPC clients do not get.",
    severity=Severity.WARNING,
    kinds=("DestinationRule",),
    check=check,
    needs=("connectionPool",),
    remedy="Remove it; set channel options in the client's code (keepalive, idle timeout, maximal age at the server).",
    evidence=("matrix istio DestinationRule spec.trafficPolicy.connectionPool",),
    reads=("Service",),
    fixes=("unsafe",),
)
