"""ServiceEntry and WorkloadEntry: fields of endpoints, and what an entry says of itself. `services` has the rest."""

from typing import Any

from matrix_measured.case import (
    Answers,
    Call,
    ClientCase,
    Judge,
    Manifest,
    Place,
    Seen,
    manifest,
    route,
    rule,
    virtual_service,
)
from matrix_measured.judges import ok, only, words, works
from proxyless.matrix.verdict import Verdict

_PORT = {"number": 7070, "name": "grpc", "protocol": "GRPC", "targetPort": 17070}
_ONE, _TWELVE = (Call(),), (Call(count=12),)


def _address(place: Place, name: str) -> str:
    """A pod's address by version, or a placeholder."""
    return str(place.fact(name)[0]) if place.facts else "10.0.0.1"


def _entry(place: Place, endpoints: list[dict[str, Any]], **spec: Any) -> Manifest:
    whole = {"hosts": [place.full], "resolution": "STATIC", "location": "MESH_INTERNAL", "ports": [_PORT]}
    return manifest("ServiceEntry", place.host, place, whole | ({"endpoints": endpoints} if endpoints else {}) | spec)


def _case(
    name: str, row: str, objects: Any, calls: tuple[Call, ...], judge: Judge, *, needs_tls: bool = False
) -> ClientCase:
    return ClientCase(
        f"se-{name}", (f"ServiceEntry.{row}",), objects, calls, judge, no_service=True, needs_tls=needs_tls
    )


def _plain(
    name: str, row: str, judge: Judge | None = None, endpoint: dict[str, Any] | None = None, **spec: Any
) -> ClientCase:
    """One endpoint of v1 and one more field."""

    def objects(place: Place) -> list[Manifest]:
        return [_entry(place, [{"address": _address(place, "v1")} | (endpoint or {})], **spec)]

    return _case(name, row, objects, _ONE, judge or works())


_OUTLIER = {"consecutive5xxErrors": 5, "interval": "10s"}
_NEAR, _FAR = "r1/z1", "r2/z2"


def _failover(place: Place) -> Manifest:
    policy = {"loadBalancer": {"localityLbSetting": {"enabled": True}}, "outlierDetection": _OUTLIER}
    return manifest("DestinationRule", place.host, place, {"host": place.full, "trafficPolicy": policy})


def _localities(place: Place) -> list[Manifest]:
    ends = [
        {"address": _address(place, name), "locality": where, "labels": {"version": name}}
        for name, where in (("v1", _NEAR), ("v2", _FAR))
    ]
    return [_entry(place, ends), _failover(place)]


def _other(place: Place) -> str:
    """A second host, which must not be reached."""
    return f"not-{place.host}.{place.namespace}.svc.cluster.local"


def _identities(place: Place, right: dict[str, Any], wrong: dict[str, Any], key: str) -> list[Manifest]:
    """Two hosts at the server under STRICT: one that expects its identity, one that expects another."""
    made: list[Manifest] = []
    for host, field in ((place.full, right), (_other(place), wrong)):
        endpoint = {"address": _address(place, "strict")} | (field if key == "endpoint" else {})
        entry = _entry(place, [endpoint], hosts=[host], **(field if key == "entry" else {}))
        name = host.partition(".")[0]
        entry["metadata"] = {"name": name, "namespace": place.namespace}
        policy = {"host": host, "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}}
        made += [entry, manifest("DestinationRule", name, place, policy)]
    return made


def _checked(answers: Answers) -> Seen:
    """The server whose identity is expected answers over TLS, the same under another name does not."""
    right, wrong = answers
    text = f"identity as expected: {words(right)}; another expected: {words(wrong)}"
    if not all(ok(result) and result["tls"] for result in right):
        return Seen(Verdict.BREAKS, text)
    return Seen(Verdict.IGNORED if any(map(ok, wrong)) else Verdict.SUPPORTED, text)


_BOTH = (Call(), Call(target=lambda place: f"xds:///{_other(place)}:7070"))


def _exported(place: Place) -> list[Manifest]:
    """From another namespace: one host for all, one for that namespace alone."""
    made = []
    for host, export in ((place.full, "*"), (_other(place), ".")):
        entry = _entry(place, [{"address": _address(place, "v1")}], hosts=[host], exportTo=[export])
        entry["metadata"] = {"name": host.partition(".")[0], "namespace": "matrix-away"}
        made.append(entry)
    return made


def _only_first(answers: Answers) -> Seen:
    text = f"exported: {words(answers[0])}; not exported: {words(answers[1])}"
    if not ok(answers[0][0]):
        return Seen(Verdict.BREAKS, text)
    return Seen(Verdict.IGNORED if ok(answers[1][0]) else Verdict.SUPPORTED, text)


def _workloads(
    row: str,
    one: dict[str, Any],
    two: dict[str, Any] | None,
    calls: tuple[Call, ...],
    judge: Judge,
    *more: Any,
) -> ClientCase:
    """A ServiceEntry that selects WorkloadEntries of its own, at v1 and, where ``two`` is given, at v2."""

    def objects(place: Place) -> list[Manifest]:
        made = [
            _entry(
                place,
                [],
                workloadSelector={"labels": {"app": place.host}},
                **({"ports": [_PORT | {"targetPort": 9}]} if "ports" in one else {}),
            )
        ]
        for version, spec in (("v1", one), ("v2", two)):
            if spec is not None:
                whole = {"address": _address(place, version), "labels": {"app": place.host, "version": version}} | spec
                made.append(manifest("WorkloadEntry", f"{place.host}-{version}", place, whole))
        return [*made, *(item(place) for item in more)]

    return ClientCase(f"we-{row}", (f"WorkloadEntry.{row}",), objects, calls, judge, no_service=True)


def _quarter(answers: Answers) -> Seen:
    share = sum(result.get("version") == "v2" for result in answers[0])
    if not all(map(ok, answers[0])):
        return Seen(Verdict.BREAKS, words(answers[0]))
    return Seen(
        Verdict.SUPPORTED if 36 <= share <= 56 else Verdict.IGNORED, f"weights 1 and 3: {share} of 60 to the second"
    )


def _identity_of(place: Place, account: str, host: str) -> list[Manifest]:
    name = host.partition(".")[0]
    entry = _entry(place, [], hosts=[host], workloadSelector={"labels": {"app": name}})
    entry["metadata"] = {"name": name, "namespace": place.namespace}
    spec = {"address": _address(place, "strict"), "labels": {"app": name}, "serviceAccount": account}
    policy = {"host": host, "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}}}
    return [entry, manifest("WorkloadEntry", name, place, spec), manifest("DestinationRule", name, place, policy)]


CASES = (
    _plain("addresses", "addresses", addresses=["192.0.2.10"]),
    _case("addresses-dialed", "addresses", lambda place: [_entry(place, [{"address": _address(place, "v1")}], addresses=["192.0.2.11"])],
          (Call(), Call(target=lambda _: "xds:///192.0.2.11:7070")), lambda answers: Seen(
              Verdict.SUPPORTED if ok(answers[0][0]) and not ok(answers[1][0]) else Verdict.BREAKS,
              f"by name: {words(answers[0])}; by its address: {words(answers[1])}")),
    _plain("port-number", "ports.number"),
    _plain("port-name", "ports.name"),
    _plain("location", "location", location="MESH_EXTERNAL"),
    _case("dynamic-dns", "resolution.DYNAMIC_DNS", lambda place: [_entry(place, [], resolution="DYNAMIC_DNS", hosts=["*.dynamic.example.com"])],
          (Call(target=lambda _: "xds:///a.dynamic.example.com:7070"),), works()),
    _plain("endpoint-name", "endpoints.address.name", endpoint={"address": "mirror.matrix.svc.cluster.local"}, resolution="DNS"),
    _case("endpoint-locality", "endpoints.locality", _localities, _TWELVE, only("v1")),
    _case("endpoint-account", "endpoints.serviceAccount",
          lambda place: _identities(place, {"serviceAccount": "default"}, {"serviceAccount": "nobody"}, "endpoint"), _BOTH, _checked, needs_tls=True),
    _case("names", "subjectAltNames",
          lambda place: _identities(place, {"subjectAltNames": ["spiffe://cluster.local/ns/matrix/sa/default"]},
                                    {"subjectAltNames": ["spiffe://cluster.local/ns/matrix/sa/nobody"]}, "entry"), _BOTH, _checked, needs_tls=True),
    _case("export", "exportTo", _exported, _BOTH, _only_first),
    _workloads("address", {}, None, _ONE, works()),
    _workloads("ports", {"ports": {"grpc": 17070}}, None, _ONE, works()),
    _workloads("labels", {}, {}, _TWELVE, only("v2"), rule, lambda place: virtual_service(place, route(place, "v2"))),
    _workloads("locality", {"locality": _NEAR}, {"locality": _FAR}, _TWELVE, only("v1"), _failover),
    _workloads("weight", {"weight": 1}, {"weight": 3}, (Call(count=60),), _quarter),
    ClientCase("we-account", ("WorkloadEntry.serviceAccount",),
               lambda place: [*_identity_of(place, "default", place.full), *_identity_of(place, "nobody", _other(place))],
               _BOTH, _checked, no_service=True, needs_tls=True),
)  # fmt: skip
