"""PX402: gRPC clients get round robin, LEAST_REQUEST or a ring by header; what else is asked for is lost or rejected."""

from collections.abc import Iterator, Mapping

from proxyless.lint.clients import any_client, grpc_clients, titles
from proxyless.lint.destinations import caller_condition
from proxyless.lint.releases import without
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.traffic import levels
from proxyless.model.client import Client
from proxyless.model.finding import Severity
from proxyless.model.fix import Drop, Fix, Put, put
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping
from proxyless.model.truth import Truth

_ROW = "DestinationRule.trafficPolicy.loadBalancer.simple.LEAST_REQUEST"
"""Istio before its first release leaves round robin."""
_FEATURE = "cds.lb_least_request"
_DROPPED = ("RANDOM", "PASSTHROUGH", "LEAST_CONN")
_TOLD = (*_DROPPED, "LEAST_REQUEST")
_HASHED_BY = ("httpCookie", "useSourceIp", "httpQueryParameterName")


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per level whose algorithm gRPC clients do not get as written."""
    found = [(level, mapping(level.policy.get("loadBalancer"))) for level in levels(subject)]
    if not any("consistentHash" in item or item.get("simple") in _TOLD for _, item in found):
        return
    condition = caller_condition(subject, world)
    if condition is None:
        return
    for level, balancer in found:
        path = (*level.path, "loadBalancer")
        yield from _simple((*path, "simple"), balancer.get("simple"), world, condition)
        yield from _hash((*path, "consistentHash"), mapping(balancer.get("consistentHash")), condition)


def _simple(path: FieldPath, algorithm: object, world: World, condition: str) -> Iterator[Hit]:
    if algorithm in _DROPPED:
        message = f"istiod does not send {algorithm} to gRPC clients: they use round robin."
        yield Hit(
            path,
            message,
            "Write `simple: ROUND_ROBIN`, which is what happens.",
            applies=condition,
            fix=put(path, "ROUND_ROBIN"),
        )
    if algorithm != "LEAST_REQUEST":
        return
    istio, sent = world.settings.istio, world.matrix.row(_ROW).istio
    if istio is not None and istio not in sent:
        message = (
            f"Istio {istio} does not send LEAST_REQUEST to gRPC clients, they use round robin; {sent.words} it does."
        )
        yield Hit(path, message, applies=condition, fix=put(path, "ROUND_ROBIN"))
        return
    harmed = any_client(world, lambda client: _lacks(world, client))
    if harmed is Truth.NO:
        return
    certain = tuple(item for item in grpc_clients(world) if _lacks(world, item) is Truth.YES)
    who = titles(dict.fromkeys(item.language for item in certain if item.language)) or "Some"
    doubts = [condition, "" if istio else f"Istio is {sent.first} or later"]
    if not certain:
        doubts.append(f"a client is {without(world, _FEATURE)}")
    yield Hit(
        path,
        f"{who} clients reject the whole cluster for LEAST_REQUEST: calls to the host fail with UNAVAILABLE.",
        applies=" and ".join(filter(None, doubts)),
        severity=Severity.ERROR,
        fix=put(path, "ROUND_ROBIN"),
    )


def _lacks(world: World, client: Client) -> Truth:
    if client.language is None:
        return Truth.UNKNOWN
    known = world.matrix.support(_FEATURE, client.language, client.version).truth
    return {Truth.YES: Truth.NO, Truth.NO: Truth.YES}.get(known, Truth.UNKNOWN)


def _hash(path: FieldPath, ring: Mapping[str, object], condition: str) -> Iterator[Hit]:
    if isinstance(ring.get("maglev"), dict):
        message = "gRPC has no Maglev: clients reject the whole cluster, calls to the host fail with UNAVAILABLE."
        remedy = "Write `ringHash: {}` instead of `maglev`."
        fix = Fix((Drop((*path, "maglev")), Put((*path, "ringHash"), {})))
        yield Hit((*path, "maglev"), message, remedy, severity=Severity.ERROR, applies=condition, fix=fix)
    for key in _HASHED_BY:
        if ring.get(key):
            message = f"gRPC cannot hash by {key}: each call goes to a random endpoint, there is no affinity."
            yield Hit(
                (*path, key), message, "Write `httpHeaderName` and send that header as metadata.", applies=condition
            )


RULE = Rule(
    code="PX402",
    slug="load-balancer-algorithm",
    summary="A DestinationRule asks for a load balancing algorithm that gRPC clients do not get.",
    severity=Severity.WARNING,
    kinds=("DestinationRule",),
    check=check,
    needs=("loadBalancer",),
    remedy="Write `simple: ROUND_ROBIN`.",
    evidence=(
        "matrix istio DestinationRule spec.trafficPolicy.loadBalancer.simple",
        "matrix istio DestinationRule spec.trafficPolicy.loadBalancer.consistentHash",
        "matrix grpc cds.lb_least_request",
    ),
    reads=("Service",),
    fixes=("unsafe",),
)
