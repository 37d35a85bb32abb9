"""DestinationRule: load balancing, limits and TLS of clients."""

from dataclasses import replace
from typing import Any

from lab.node import echo
from matrix_measured.case import (
    Answers,
    Call,
    ClientCase,
    Manifest,
    Place,
    Seen,
    manifest,
    route,
    rule,
    virtual_service,
)
from matrix_measured.judges import hosts, ok, only, plaintext, versions, words
from proxyless.matrix.verdict import Verdict

_POLICY = "DestinationRule.trafficPolicy"
_SPREAD = (Call(count=24),)


def _v1(policy: dict[str, Any]) -> Any:
    """All to the three pods of v1, with a policy."""

    def objects(place: Place) -> list[Manifest]:
        return [rule(place, policy), virtual_service(place, route(place))]

    return objects


def _even(answers: Answers) -> Seen:
    """Round robin: every pod gets its share, within one call of pods that connect late."""
    counts = sorted(sum(result.get("hostname") == pod for result in answers[0]) for pod in hosts(answers[0]))
    if not all(map(ok, answers[0])):
        return Seen(Verdict.BREAKS, words(answers[0]))
    even = len(counts) == 3 and counts[-1] - counts[0] <= 4
    return Seen(Verdict.SUPPORTED if even else Verdict.IGNORED, f"calls per pod: {counts}")


def _accepted_spread(answers: Answers) -> Seen:
    """Least request cannot be told from round robin by idle pods: that the library takes it and spreads is what is seen."""
    if not all(map(ok, answers[0])):
        return Seen(Verdict.BREAKS, words(answers[0]))
    return Seen(
        Verdict.SUPPORTED if len(hosts(answers[0])) == 3 else Verdict.IGNORED, f"{len(hosts(answers[0]))} pods answered"
    )


def _strict_turns(answers: Answers) -> Seen:
    """For policies that are not round robin: strict turns of three pods mean that it is round robin all the same."""
    if not all(map(ok, answers[0])):
        return Seen(Verdict.BREAKS, words(answers[0]))
    tail = [result["hostname"] for result in answers[0][6:]]
    turns = all(tail[index] == tail[index + 3] for index in range(len(tail) - 3)) and len(set(tail)) == 3
    return Seen(Verdict.IGNORED if turns else Verdict.SUPPORTED, f"strict turns of 3 pods: {turns}")


def _sticky(answers: Answers) -> Seen:
    """Equal keys go to one pod, different keys to several."""
    results = [result for group in answers for result in group]
    if not all(map(ok, results)):
        return Seen(Verdict.BREAKS, words(results))
    same, several = len(hosts(answers[0])), len(hosts([group[0] for group in answers]))
    text = f"one key: {same} pods; {len(answers)} keys: {several} pods"
    return Seen(Verdict.SUPPORTED if same == 1 and several > 1 else Verdict.IGNORED, text)


def _one_pod(answers: Answers) -> Seen:
    if not all(map(ok, answers[0])):
        return Seen(Verdict.BREAKS, words(answers[0]))
    return Seen(
        Verdict.SUPPORTED if len(hosts(answers[0])) == 1 else Verdict.IGNORED, f"{len(hosts(answers[0]))} pods answered"
    )


def _keys(header: str, value: str = "{}") -> tuple[Call, ...]:
    first = Call(count=12, headers={header: value.format("key-0")})
    return (first, *(Call(headers={header: value.format(f"key-{number}")}) for number in range(1, 9)))


def _hash(name: str, row: str, by: dict[str, Any], calls: tuple[Call, ...], judge: Any) -> ClientCase:
    return ClientCase(
        f"dr-hash-{name}",
        (f"{_POLICY}.loadBalancer.consistentHash.{row}",),
        _v1({"loadBalancer": {"consistentHash": by}}),
        calls,
        judge,
    )


def _simple(name: str, judge: Any) -> ClientCase:
    return ClientCase(
        f"dr-lb-{name.lower().replace('_', '-')}", (f"{_POLICY}.loadBalancer.simple.{name}",),
        _v1({"loadBalancer": {"simple": name}}), _SPREAD, judge,
    )  # fmt: skip


def _limited(answers: Answers) -> Seen:
    failed = [result for result in answers[0] if not ok(result)]
    good = len(answers[0]) - len(failed)
    text = f"{good} of {len(answers[0])} calls at once answered; {words(failed)}"
    return Seen(Verdict.SUPPORTED if 0 < good < len(answers[0]) else Verdict.IGNORED if good else Verdict.BREAKS, text)


def _tls(
    name: str, row: str, policy: dict[str, Any], *, secure: bool, judge: Any = plaintext, needs_tls: bool = False
) -> ClientCase:
    """At servers under STRICT (and at plain ones besides), or at plain ones alone."""
    full = f"{_POLICY}.{row}"
    if secure:
        return _secure(name, full, lambda place: [rule(place, policy)], judge, needs_tls=needs_tls)
    return ClientCase(f"dr-tls-{name}", (full,), lambda place: [rule(place, policy)], (Call(count=6),), judge)


def _secure(name: str, row: str, objects: Any, judge: Any, *, needs_tls: bool = False) -> ClientCase:
    """The same for two hosts: a client that goes out in plaintext reaches the plain one alone."""

    def twice(place: Place) -> list[Manifest]:
        plain = _plain(place)
        return [*objects(place), *objects(plain), echo.service(plain.host, plain.namespace, app="backend")]

    calls = (Call(count=6), Call(count=2, target=lambda place: _plain(place).target))
    return ClientCase(f"dr-tls-{name}", (row,), twice, calls, judge, secure=True, needs_tls=needs_tls)


def _plain(place: Place) -> Place:
    """A second host, of plain servers."""
    return replace(place, host=f"{place.host}-plain")


def _mutual(answers: Answers) -> Seen:
    """TLS where the server asks for it; else plaintext shows in that only the plain server answers."""
    strict, plain = answers
    text = f"server under STRICT: {words(strict)}; plain server: {words(plain)}"
    if all(ok(result) and result["tls"] for result in strict):
        return Seen(Verdict.SUPPORTED, f"{text}; peer {strict[0].get('peer', '')}")
    return Seen(Verdict.PLAINTEXT if all(map(ok, plain)) else Verdict.BREAKS, text)


def _in_plaintext(answers: Answers) -> Seen:
    """DISABLE asks for plaintext."""
    fine = all(ok(result) and not result["tls"] for result in answers[0])
    return Seen(Verdict.SUPPORTED if fine else Verdict.BREAKS, words(answers[0]))


def _no_effect(answers: Answers) -> Seen:
    """A client that checked the field would fail at the server that it reaches otherwise."""
    seen = _mutual(answers)
    return Seen(Verdict.BREAKS if seen.verdict is Verdict.BREAKS else Verdict.IGNORED, seen.text)


_MUTUAL = {"mode": "ISTIO_MUTUAL"}


def _two_places(place: Place) -> list[Manifest]:
    """A host whose endpoints stand in two localities: v1 in the client's, v2 in another."""
    endpoints = [
        {
            "address": place.fact("v1")[0] if place.facts else "10.0.0.1",
            "locality": "r1/z1",
            "labels": {"version": "v1"},
        },
        {
            "address": place.fact("v2")[0] if place.facts else "10.0.0.2",
            "locality": "r2/z2",
            "labels": {"version": "v2"},
        },
    ]
    ports = [{"number": 7070, "name": "grpc", "protocol": "GRPC", "targetPort": 17070}]
    spec = {
        "hosts": [place.full],
        "ports": ports,
        "resolution": "STATIC",
        "location": "MESH_INTERNAL",
        "endpoints": endpoints,
    }
    return [manifest("ServiceEntry", place.host, place, spec)]


_OUTLIER = {"consecutive5xxErrors": 5, "interval": "10s"}


def _locality(name: str, row: str, setting: dict[str, Any], judge: Any) -> ClientCase:
    def objects(place: Place) -> list[Manifest]:
        policy = {"loadBalancer": {"localityLbSetting": setting}, "outlierDetection": _OUTLIER}
        return [
            *_two_places(place),
            manifest("DestinationRule", place.host, place, {"host": place.full, "trafficPolicy": policy}),
        ]

    return ClientCase(
        f"dr-locality-{name}",
        (f"{_POLICY}.loadBalancer.localityLbSetting.{row}",),
        objects,
        (Call(count=100),),
        judge,
        no_service=True,
    )


def _distributed(answers: Answers) -> Seen:
    number = sum(result.get("version") == "v2" for result in answers[0])
    if not all(map(ok, answers[0])):
        return Seen(Verdict.BREAKS, words(answers[0]))
    return Seen(Verdict.SUPPORTED if 62 <= number <= 95 else Verdict.IGNORED, f"{number} of 100 to the other locality")


def _backend_tls(place: Place) -> list[Manifest]:
    """The policy of the Gateway API that asks a Service's callers for TLS."""
    target = {"group": "", "kind": "Service", "name": place.host}
    validation = {"hostname": place.full, "wellKnownCACertificates": "System"}
    return [manifest("BackendTLSPolicy", place.host, place, {"targetRefs": [target], "validation": validation})]


CASES = (
    ClientCase("dr-host", ("DestinationRule.host", "DestinationRule.subsets.name", "DestinationRule.subsets.labels"),
               lambda place: [rule(place), virtual_service(place, route(place, "v2"))], _SPREAD, only("v2")),
    ClientCase("dr-host-short", ("DestinationRule.host",),
               lambda place: [rule(place, host=place.host), virtual_service(place, route(place, "v2"))], _SPREAD, only("v2")),
    ClientCase("dr-workload-selector", ("DestinationRule.workloadSelector",),
               lambda place: [rule(place, workloadSelector={"matchLabels": {"role": "client"}}), virtual_service(place, route(place, "v2"))],
               _SPREAD, only("v2")),
    ClientCase("dr-export", ("DestinationRule.exportTo",),
               lambda place: [rule(place, exportTo=["."]), virtual_service(place, route(place, "v2"))], _SPREAD, only("v2")),
    _simple("ROUND_ROBIN", _even),
    _simple("UNSPECIFIED", lambda answers: Seen(Verdict.ALTERED, "strict turns") if _strict_turns(answers).verdict is Verdict.IGNORED else _accepted_spread(answers)),
    _simple("LEAST_REQUEST", _accepted_spread),
    _simple("LEAST_CONN", _strict_turns),
    _simple("RANDOM", _strict_turns),
    _simple("PASSTHROUGH", _strict_turns),
    _hash("header", "httpHeaderName", {"httpHeaderName": "x-user"}, _keys("x-user"), _sticky),
    _hash("cookie", "httpCookie", {"httpCookie": {"name": "user", "ttl": "0s"}}, _keys("cookie", "user={}"), _sticky),
    _hash("source-ip", "useSourceIp", {"useSourceIp": True}, _SPREAD, _one_pod),
    _hash("query", "httpQueryParameterName", {"httpQueryParameterName": "user"}, (Call("Call?user=a", count=24),), _one_pod),
    _hash("ring-size", "minimumRingSize", {"httpHeaderName": "x-user", "minimumRingSize": 2048}, _keys("x-user"), _sticky),
    _hash("ring-huge", "ringHash.minimumRingSize", {"httpHeaderName": "x-user", "ringHash": {"minimumRingSize": 8388609}}, _keys("x-user"), _sticky),
    _hash("ring-small", "ringHash.minimumRingSize", {"httpHeaderName": "x-user", "ringHash": {"minimumRingSize": 2048}}, _keys("x-user"), _sticky),
    _hash("maglev", "maglev", {"httpHeaderName": "x-user", "maglev": {}}, _keys("x-user"), _sticky),
    _locality("distribute", "distribute", {"distribute": [{"from": "r1/*", "to": {"r1/*": 20, "r2/*": 80}}]}, _distributed),
    _locality("failover", "failover", {"failover": [{"from": "r1", "to": "r2"}]}, only("v1")),
    _locality("priority", "failoverPriority", {"failoverPriority": ["topology.kubernetes.io/region"]}, only("v1")),
    _locality("disabled", "enabled", {"enabled": False}, lambda answers: Seen(
        Verdict.SUPPORTED if versions(answers[0]) == {"v1", "v2"} else Verdict.IGNORED, words(answers[0]))),
    ClientCase("dr-max-requests", (f"{_POLICY}.connectionPool.http.http2MaxRequests",),
               _v1({"connectionPool": {"http": {"http2MaxRequests": 1}}}), (Call("Slow", parallel=6),), _limited),
    ClientCase("dr-max-pending", (f"{_POLICY}.connectionPool.http.http1MaxPendingRequests",),
               _v1({"connectionPool": {"http": {"http1MaxPendingRequests": 1}}}), (Call("Slow", parallel=6),), _limited),
    ClientCase("dr-max-connections", (f"{_POLICY}.connectionPool.tcp.maxConnections",),
               _v1({"connectionPool": {"tcp": {"maxConnections": 1}}}), _SPREAD, _one_pod),
    _tls("mutual", "tls.mode.ISTIO_MUTUAL", {"tls": _MUTUAL}, secure=True, judge=_mutual),
    _tls("disable", "tls.mode.DISABLE", {"tls": {"mode": "DISABLE"}}, secure=False, judge=_in_plaintext),
    _tls("simple", "tls.mode.SIMPLE", {"tls": {"mode": "SIMPLE"}}, secure=False),
    _tls("mutual-files", "tls.mode.MUTUAL", {"tls": {"mode": "MUTUAL", "clientCertificate": "/etc/a.pem", "privateKey": "/etc/a.key", "caCertificates": "/etc/ca.pem"}}, secure=False),
    _tls("unset", "tls.mode.unset", {"loadBalancer": {"simple": "ROUND_ROBIN"}}, secure=False),
    _tls("port", "portLevelSettings", {"tls": {"mode": "DISABLE"}, "portLevelSettings": [{"port": {"number": 7070}, "tls": _MUTUAL}]}, secure=True, judge=_mutual, needs_tls=True),
    _tls("port-without", "portLevelSettings.noTls", {"tls": _MUTUAL, "portLevelSettings": [{"port": {"number": 7070}, "loadBalancer": {"simple": "ROUND_ROBIN"}}]}, secure=False),
    _tls("sni", "tls.sni", {"tls": _MUTUAL | {"sni": "other.example.com"}}, secure=True, judge=_no_effect),
    _tls("names", "tls.subjectAltNames", {"tls": _MUTUAL | {"subjectAltNames": ["spiffe://cluster.local/ns/other/sa/nobody"]}}, secure=True, judge=_no_effect),
    _secure("subset", "DestinationRule.subsets.trafficPolicy",
            lambda place: [
                rule(place, subsets=[{"name": "v1", "labels": {"version": "v1"}, "trafficPolicy": {"tls": _MUTUAL}}]),
                virtual_service(place, route(place)),
            ], _mutual, needs_tls=True),
    ClientCase("backend-tls", ("BackendTLSPolicy.spec",), _backend_tls, (Call(count=4),), plaintext),
)  # fmt: skip
