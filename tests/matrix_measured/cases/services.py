"""Service, ServiceEntry, dial targets, and Gateway API routes of the mesh."""

from typing import Any

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
from matrix_measured.cases.entries import CASES as _ENTRIES
from matrix_measured.judges import hosts, ok, only, versions, words, works
from proxyless.matrix.verdict import Verdict

_PATIENT = (Call(),)


def _none(_: Place) -> list[Manifest]:
    return []


def _port(**changed: Any) -> dict[str, Any]:
    first = {"name": "grpc", "port": 7070, "targetPort": 17070} | changed
    return {"ports": [{key: value for key, value in first.items() if value is not None}]}


def _service(name: str, row: str, change: dict[str, Any], judge: Any, calls: tuple[Call, ...] = _PATIENT) -> ClientCase:
    return ClientCase(f"svc-{name}", (f"Service.{row}",), _none, calls, judge, service=change)


def _balanced(answers: Answers) -> Seen:
    """A headless Service leaves the choice of a pod to the caller; calls that reach several pods were balanced all the same."""
    if not all(map(ok, answers[0])):
        return Seen(Verdict.BREAKS, words(answers[0]))
    number = len(hosts(answers[0]))
    return Seen(Verdict.ALTERED if number > 1 else Verdict.SUPPORTED, f"balanced over {number} pods")


def _entry(
    name: str,
    row: str,
    judge: Any,
    *,
    addresses: bool = True,
    calls: tuple[Call, ...] = _PATIENT,
    port: dict[str, Any] | None = None,
    **spec: Any,
) -> ClientCase:
    def objects(place: Place) -> list[Manifest]:
        endpoint = {"address": place.fact("v1")[0] if place.facts else "10.0.0.1", "labels": {"version": "v1"}}
        whole = {
            "hosts": [place.full], "resolution": "STATIC", "location": "MESH_INTERNAL",
            "ports": [{"number": 7070, "name": "grpc", "protocol": "GRPC", "targetPort": 17070} | (port or {})],
        } | ({"endpoints": [endpoint]} if addresses else {})  # fmt: skip
        for key, value in spec.items():
            whole[key] = value(place) if callable(value) else value
        return [manifest("ServiceEntry", place.host, place, whole)]

    return ClientCase(f"se-{name}", (f"ServiceEntry.{row}",), objects, calls, judge, no_service=True)


def _dial(name: str, row: str, target: Any, judge: Any) -> ClientCase:
    return ClientCase(f"dial-{name}", (f"DialTarget.xds.{row}",), _none, (Call(target=target),), judge)


def _parent(place: Place) -> dict[str, Any]:
    return {"parentRefs": [{"group": "", "kind": "Service", "name": place.host, "port": 7070}]}


def _back() -> dict[str, Any]:
    return {"backendRefs": [{"name": "mirror", "port": 7070}]}


def _own(place: Place) -> dict[str, Any]:
    return {"backendRefs": [{"name": place.host, "port": 7070}]}


def _gateway(
    kind: str,
    name: str,
    row: str,
    rule_: dict[str, Any],
    yes: list[Call],
    *,
    no: tuple[Call, ...] = (),
    judge: Any = None,
) -> ClientCase:
    """A route of the mesh: what it matches goes to the mirror backend, the rest to the Service's own."""

    def objects(place: Place) -> list[Manifest]:
        rules = [_back() | rule_, *([_own(place)] if "matches" in rule_ else [])]
        return [manifest(kind, place.host, place, _parent(place) | {"rules": rules})]

    def steer(answers: Answers) -> Seen:
        matched = [result for group in answers[: len(yes)] for result in group]
        rest = [result for group in answers[len(yes) :] for result in group]
        text = f"meant to match: {words(matched)}" + (f"; not meant: {words(rest)}" if rest else "")
        if not all(map(ok, [*matched, *rest])):
            return Seen(Verdict.BREAKS, text)
        if versions(matched) == {"mirror"} and "mirror" not in versions(rest):
            return Seen(Verdict.SUPPORTED, text)
        return Seen(Verdict.ALTERED, text)

    return ClientCase(f"{kind[:4].lower()}-{name}", (f"{kind}.{row}",), objects, (*yes, *no), judge or steer)


_THREE_SECONDS = [Call(timeout=6), Call("AStream", timeout=6)]


def _ends_after_three(answers: Answers) -> Seen:
    """Whether calls work and a stream without end has one after three seconds."""
    stream = answers[1][0]
    text = f"stream ended by {stream.get('code')} after {stream['seconds']:.1f} s"
    if not ok(answers[0][0]):
        return Seen(Verdict.BREAKS, text)
    if abs(stream["seconds"] - 3) < 0.5:
        return Seen(Verdict.SUPPORTED, text)
    return Seen(Verdict.ALTERED if stream["seconds"] < 5.5 else Verdict.IGNORED, text)


def _modified(answers: Answers) -> Seen:
    """Whether the server saw a header that the route sets."""
    result = answers[0][0]
    if not ok(result):
        return Seen(Verdict.BREAKS, words(answers[0]))
    value = result["headers"].get("x-set", "no")
    return Seen(Verdict.IGNORED if value == "no" else Verdict.SUPPORTED, f"header set: {value}; {words(answers[0])}")


def _weighted(kind: str) -> Any:
    """One part of four to the Service's own backends, three to the mirror backend."""

    def objects(place: Place) -> list[Manifest]:
        shares = ((place.host, 1), ("mirror", 3))
        backends = [{"name": name, "port": 7070, "weight": weight} for name, weight in shares]
        return [manifest(kind, place.host, place, _parent(place) | {"rules": [{"backendRefs": backends}]})]

    return objects


def _three_quarters(answers: Answers) -> Seen:
    share = sum(result.get("version") == "mirror" for result in answers[0])
    fine = all(map(ok, answers[0])) and 44 <= share <= 75
    return Seen(Verdict.SUPPORTED if fine else Verdict.BREAKS, words(answers[0]))


_ECHO = {"service": "proxyless.lab.Echo"}

CASES = (
    _service("app-protocol-grpc", "ports.appProtocol.http", _port(name="other", appProtocol="grpc"), works()),
    _service("app-protocol-tcp", "ports.appProtocol.other", _port(name="other", appProtocol="tcp"), works()),
    _service("name-grpc", "ports.name.http", _port(name="grpc-main"), works()),
    _service("name-tcp", "ports.name.other", _port(name="tcp-main"), works()),
    _service("name-free", "ports.name.http", _port(name="main"), works()),
    _service("headless", "clusterIP.None", {"clusterIP": "None"}, _balanced, (Call(count=12),)),
    _service("external-name-outside", "type.ExternalName", {"type": "ExternalName", "externalName": "nowhere.example.com", "selector": None}, works()),
    _service("external-name", "type.ExternalName", {"type": "ExternalName", "externalName": "mirror.matrix.svc.cluster.local", "selector": None}, works()),
    _service("affinity", "sessionAffinity.ClientIP", {"sessionAffinity": "ClientIP"}, lambda answers: Seen(
        Verdict.IGNORED if len({result.get("hostname") for result in answers[0]}) > 1 else Verdict.SUPPORTED, words(answers[0])), (Call(count=12),)),
    _service("local", "internalTrafficPolicy.Local", {"internalTrafficPolicy": "Local"}, works()),
    _service("port-mysql", "ports.port.undeclared", {"ports": [{"name": "main", "port": 3306, "targetPort": 17070}]}, works(),
             (Call(target=lambda place: f"xds:///{place.full}:3306"),)),
    _service("export-none", "annotations.networking.istio.io/exportTo", {"metadata": {"annotations": {"networking.istio.io/exportTo": "~"}}},
             lambda answers: Seen(Verdict.IGNORED if ok(answers[0][0]) else Verdict.SUPPORTED, f"exported to nobody: {words(answers[0])}")),
    _service("distribution", "trafficDistribution", {"trafficDistribution": "PreferClose"}, works()),
    _entry("static", "resolution.STATIC", works()),
    _entry("host-exact", "hosts.exact", works()),
    _entry("target-port", "ports.targetPort", works()),
    _entry("protocol-http2", "ports.protocol.http", works(), port={"protocol": "HTTP2"}),
    _entry("protocol-tcp", "ports.protocol.other", works(), port={"protocol": "TCP", "name": "tcp"}),
    _entry("dns", "resolution.DNS", works(), resolution="DNS", endpoints=[{"address": "mirror.matrix.svc.cluster.local"}]),
    _entry("dns-round-robin", "resolution.DNS_ROUND_ROBIN", works(), resolution="DNS_ROUND_ROBIN", endpoints=[{"address": "mirror.matrix.svc.cluster.local"}]),
    _entry("none", "resolution.NONE", works(), addresses=False, resolution="NONE"),
    _entry("wildcard", "hosts.wildcard", works(), addresses=False, resolution="NONE", hosts=["*.wild.example.com"],
           calls=(Call(target=lambda _: "xds:///a.wild.example.com:7070"),)),
    _entry("endpoint-ip", "endpoints.address.ip", works()),
    _entry("endpoint-ports", "endpoints.ports", works(), port={"targetPort": 9},
           endpoints=lambda place: [{"address": place.fact("v1")[0] if place.facts else "10.0.0.1", "ports": {"grpc": 17070}}]),
    _entry("endpoint-weight", "endpoints.weight", lambda answers: Seen(
        Verdict.SUPPORTED if all(map(ok, answers[0])) and 36 <= sum(result.get("version") == "v2" for result in answers[0]) <= 56 else Verdict.IGNORED,
        words(answers[0])), calls=(Call(count=60),),
        endpoints=lambda place: [{"address": place.fact("v1")[0] if place.facts else "10.0.0.1", "weight": 1},
                                 {"address": place.fact("v2")[0] if place.facts else "10.0.0.2", "weight": 3}]),
    _entry("workload-selector", "workloadSelector", only("v2"), addresses=False, calls=(Call(count=12),),
           workloadSelector={"labels": {"app": "backend", "version": "v2"}}),
    ClientCase("se-endpoint-labels", ("ServiceEntry.endpoints.labels",), lambda place: [
        manifest("ServiceEntry", place.host, place, {
            "hosts": [place.full], "resolution": "STATIC", "location": "MESH_INTERNAL",
            "ports": [{"number": 7070, "name": "grpc", "protocol": "GRPC", "targetPort": 17070}],
            "endpoints": [{"address": place.fact(name)[0] if place.facts else "10.0.0.1", "labels": {"version": name}} for name in ("v1", "v2")],
        }), rule(place), virtual_service(place, route(place, "v2"))], (Call(count=12),), only("v2"), no_service=True),
    *_ENTRIES,
    _dial("full", "fqdn", lambda place: place.target, works()),
    _dial("short", "short", lambda place: f"xds:///{place.host}:7070", works()),
    _dial("short-svc", "short", lambda place: f"xds:///{place.host}.{place.namespace}.svc:7070", works()),
    _dial("no-port", "noPort", lambda place: f"xds:///{place.full}", works()),
    _dial("target-port", "notAServicePort", lambda place: f"xds:///{place.full}:17070", works()),
    _dial("dot", "notAServicePort", lambda place: f"xds:///{place.full}.:7070", works()),
    _gateway("GRPCRoute", "parent", "parentRefs.service", {}, [Call(count=4)]),
    _gateway("GRPCRoute", "method", "rules.matches.method.full", {"matches": [{"method": _ECHO | {"method": "A"}}]}, [Call("A")], no=(Call("B"),)),
    _gateway("GRPCRoute", "service", "rules.matches.method.serviceOnly", {"matches": [{"method": _ECHO}]}, [Call("A")]),
    _gateway("GRPCRoute", "header", "rules.matches.headers", {"matches": [{"headers": [{"name": "x-user", "value": "jason"}]}]}, [Call(headers={"x-user": "jason"})], no=(Call(),)),
    _gateway("GRPCRoute", "modify", "rules.filters.headersMirror",
             {"filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "x-set", "value": "here"}]}}]}, [Call()],
             judge=_modified),
    _gateway("GRPCRoute", "no-backend", "rules.backendRefs.none", {"backendRefs": []}, [Call()], judge=works()),
    ClientCase("grpc-weights", ("GRPCRoute.rules.backendRefs",), _weighted("GRPCRoute"), (Call(count=80),), _three_quarters),
    _gateway("HTTPRoute", "parent", "parentRefs.service", {}, [Call(count=4)]),
    _gateway("HTTPRoute", "prefix", "rules.matches.path.pathPrefix", {"matches": [{"path": {"type": "PathPrefix", "value": "/proxyless.lab.Echo"}}]}, [Call("A")]),
    _gateway("HTTPRoute", "exact", "rules.matches.path.full", {"matches": [{"path": {"type": "Exact", "value": "/proxyless.lab.Echo/A"}}]}, [Call("A")], no=(Call("B"),)),
    _gateway("HTTPRoute", "header", "rules.matches.headers", {"matches": [{"headers": [{"name": "x-user", "value": "jason"}]}]}, [Call(headers={"x-user": "jason"})], no=(Call(),)),
    _gateway("HTTPRoute", "method", "rules.matches.method", {"matches": [{"method": "POST"}]}, [Call()]),
    _gateway("HTTPRoute", "query", "rules.matches.queryParams", {"matches": [{"queryParams": [{"name": "user", "value": "jason"}]}]}, [Call("Call?user=jason")], no=(Call(),)),
    _gateway("HTTPRoute", "cors", "rules.filters.CORS", {"filters": [{"type": "CORS", "cors": {"allowOrigins": ["https://example.com"]}}]}, [Call()]),
    _gateway("HTTPRoute", "modify", "rules.filters.headersMirror",
             {"filters": [{"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "x-set", "value": "here"}]}}]}, [Call()],
             judge=_modified),
    _gateway("HTTPRoute", "backend-timeout", "rules.timeouts.backendRequest", {"timeouts": {"request": "9s", "backendRequest": "3s"}}, _THREE_SECONDS, judge=_ends_after_three),
    ClientCase("http-weights", ("HTTPRoute.rules.backendRefs",), _weighted("HTTPRoute"), (Call(count=80),), _three_quarters),
    _gateway("HTTPRoute", "redirect", "rules.filters.RequestRedirect", {"filters": [{"type": "RequestRedirect", "requestRedirect": {"hostname": "x.example.com"}}], "backendRefs": []}, [Call()], judge=works()),
    _gateway("HTTPRoute", "rewrite", "rules.filters.URLRewrite",
             {"filters": [{"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplaceFullPath", "replaceFullPath": "/proxyless.lab.Echo/New"}}}]}, [Call("Old")],
             judge=lambda answers: Seen(Verdict.SUPPORTED if answers[0][0].get("method", "").endswith("New") else Verdict.IGNORED if ok(answers[0][0]) else Verdict.BREAKS,
                                        f"server saw {answers[0][0].get('method', 'nothing')}; {words(answers[0])}")),
    _gateway("HTTPRoute", "timeout", "rules.timeouts.request", {"timeouts": {"request": "3s"}}, _THREE_SECONDS, judge=_ends_after_three),
)  # fmt: skip
