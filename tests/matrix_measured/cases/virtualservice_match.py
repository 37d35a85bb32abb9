"""VirtualService: hosts, gateways and everything that chooses a route."""

from dataclasses import replace
from typing import Any

from matrix_measured.case import (
    Answers,
    Call,
    ClientCase,
    Manifest,
    Place,
    Seen,
    route,
    rule,
    to,
    virtual_service,
)
from matrix_measured.judges import ok, only, steered, versions, without_effect, words, works
from proxyless.matrix.verdict import Verdict

_MATCH = "VirtualService.http.match"


def _when(match: dict[str, Any]) -> Any:
    """A route to v2 for a match, and one to v1 for the rest."""

    def objects(place: Place) -> list[Manifest]:
        return [rule(place), virtual_service(place, route(place, "v2", match=[match]), route(place))]

    return objects


def _match(name: str, row: str, match: dict[str, Any], yes: list[Call], no: list[Call]) -> ClientCase:
    return ClientCase(f"vs-{name}", (f"{_MATCH}.{row}",), _when(match), (*yes, *no), steered(len(yes)))


def _header(name: str, row: str, wanted: dict[str, Any], yes: list[str], no: list[str | None]) -> ClientCase:
    def calls(values: list[Any]) -> list[Call]:
        return [Call(headers={} if value is None else {"x-user": value}) for value in values]

    return _match(name, row, {"headers": {"x-user": wanted}}, calls(list(yes)), calls(list(no)))


def _without(name: str, row: str, wanted: dict[str, Any], other: list[Call]) -> ClientCase:
    """The route is meant for calls that lack the header or have another value."""
    yes = [Call(), *other]
    return _match(name, row, {"withoutHeaders": {"x-user": wanted}}, yes, [Call(headers={"x-user": "jason"})])


def _everywhere(**spec: Any) -> Any:
    """All to v2."""

    def made(place: Place) -> list[Manifest]:
        return [rule(place), virtual_service(place, route(place, "v2"), **spec)]

    return made


def _foreign(place: Place, export: list[str]) -> Manifest:
    """A VirtualService for the case's host that lives in another namespace."""
    found = virtual_service(place, route(place, "v2"), exportTo=export)
    found["metadata"]["namespace"] = "matrix-away"
    return found


def _no_default(answers: Answers) -> Seen:
    matching, rest = answers
    text = f"matching: {words(matching)}; other: {words(rest)}"
    fine = all(map(ok, matching)) and versions(rest) == {"UNAVAILABLE"}
    return Seen(Verdict.SUPPORTED if fine else Verdict.IGNORED if all(map(ok, rest)) else Verdict.BREAKS, text)


def _as_without(answers: Answers) -> Seen:
    """For a field that only Envoy's statistics would show: routes work as they do without it."""
    seen = steered(1)(answers)
    return Seen(Verdict.IGNORED, f"no effect on calls: {seen.text}") if seen.verdict is Verdict.SUPPORTED else seen


_TEN = (Call(count=12),)

CASES = (
    ClientCase("vs-hosts-full", ("VirtualService.hosts.registered",), _everywhere(), _TEN, only("v2")),
    ClientCase(
        "vs-hosts-short", ("VirtualService.hosts.registered",),
        lambda place: [rule(place), virtual_service(place, route(place, "v2"), hosts=[place.host])], _TEN, only("v2"),
    ),
    ClientCase(
        "vs-hosts-wildcard", ("VirtualService.hosts.registered",),
        lambda place: [rule(place), virtual_service(place, route(place, "v2"), hosts=[f"*wildcard.{place.namespace}.svc.cluster.local"])],
        _TEN, only("v2"),
    ),
    ClientCase(
        "vs-hosts-unknown", ("VirtualService.hosts.unregistered",),
        lambda place: [rule(place), virtual_service(place, route(place, "v2"), hosts=["nowhere.example.com"])],
        (Call(target=lambda _: "xds:///nowhere.example.com:7070"),), works(),
    ),
    ClientCase("vs-gateways-mesh", ("VirtualService.gateways.mesh",), _everywhere(gateways=["mesh"]), _TEN, only("v2")),
    ClientCase(
        "vs-gateways-named", ("VirtualService.gateways.namedOnly",),
        _everywhere(gateways=["matrix/front"]), (Call(count=24),), without_effect,
    ),
    ClientCase(
        "vs-export-all", ("VirtualService.exportTo",),
        lambda place: [rule(place), _foreign(place, ["*"])], _TEN, only("v2"),
    ),
    ClientCase(
        "vs-export-own", ("VirtualService.exportTo",),
        lambda place: [rule(place), _foreign(place, ["."])], (Call(count=24),),
        lambda answers: Seen(
            Verdict.SUPPORTED if versions(answers[0]) == {"v1", "v2"} else Verdict.IGNORED,
            f"not exported to the client: {words(answers[0])}",
        ),
    ),
    ClientCase(
        "vs-order", ("VirtualService.http.order",),
        lambda place: [
            rule(place),
            virtual_service(
                place,
                route(place, "v2", match=[{"uri": {"prefix": "/proxyless.lab.Echo/"}}]),
                route(place, "v1", match=[{"uri": {"exact": "/proxyless.lab.Echo/Call"}}]),
                route(place, "v1"),
            ),
        ],
        _TEN, only("v2"),
    ),
    ClientCase(
        "vs-no-default", ("VirtualService.http.noDefault",),
        lambda place: [rule(place), virtual_service(place, route(place, "v2", match=[{"uri": {"exact": "/proxyless.lab.Echo/A"}}]))],
        (Call("A"), Call("B")), _no_default,
    ),
    ClientCase(
        "vs-http-name", ("VirtualService.http.name",),
        lambda place: [rule(place), virtual_service(place, route(place, "v2", name="named"))], _TEN, only("v2"),
    ),
    ClientCase(
        "vs-match-name", ("VirtualService.http.match.name",), _when({"name": "named", "uri": {"exact": "/proxyless.lab.Echo/A"}}),
        (Call("A"), Call("B")), steered(1),
    ),
    ClientCase(
        "vs-stat-prefix", (f"{_MATCH}.statPrefix",), _when({"statPrefix": "counted", "uri": {"exact": "/proxyless.lab.Echo/A"}}),
        (Call("A"), Call("B")), _as_without,
    ),
    _match("uri-exact", "uri.exact", {"uri": {"exact": "/proxyless.lab.Echo/A"}}, [Call("A")], [Call("B"), Call("AA"), Call("a")]),
    _match("uri-prefix", "uri.prefix", {"uri": {"prefix": "/proxyless.lab.Echo/Get"}}, [Call("GetOne"), Call("Get")], [Call("One"), Call("get")]),
    _match("uri-regex", "uri.regex", {"uri": {"regex": "/proxyless.lab.Echo/(Get|List).*"}}, [Call("GetOne"), Call("ListAll")], [Call("One"), Call("xGet")]),
    _match(
        "uri-nocase", "ignoreUriCase", {"uri": {"exact": "/proxyless.lab.Echo/call"}, "ignoreUriCase": True},
        [Call("CALL"), Call("Call")], [Call("Other")],
    ),
    _header("header-exact", "headers.exact", {"exact": "jason"}, ["jason"], [None, "mark", "jasons"]),
    _header("header-prefix", "headers.prefix", {"prefix": "ja"}, ["jason", "ja"], [None, "mark"]),
    _header("header-regex", "headers.regex", {"regex": "ja.*n"}, ["jason"], [None, "jasons", "mark"]),
    _header("header-present", "headers.present", {}, ["jason"], [None]),
    _match("header-host", "headers.neverSent", {"headers": {"host": {"prefix": "vs-header-host"}}}, [Call()], []),
    _match("header-user-agent", "headers.neverSent", {"headers": {"user-agent": {"regex": ".*grpc.*"}}}, [Call()], []),
    _match("header-colon-method", "headers.neverSent", {"headers": {":method": {"exact": "POST"}}}, [Call()], []),
    _match("header-grpc-timeout", "headers.neverSent", {"headers": {"grpc-timeout": {"regex": ".+"}}}, [Call()], []),
    replace(_match(
        "header-bin", "headers.neverSent", {"headers": {"x-token-bin": {"regex": ".+"}}},
        [Call(headers={"x-token-bin": "abcd"})], [],
    ), languages=("go",)),  # the other echo programs pass text alone, which their libraries refuse under such a key
    _without("without-exact", "withoutHeaders.exact", {"exact": "jason"}, [Call(headers={"x-user": "mark"})]),
    _without("without-prefix", "withoutHeaders.prefix", {"prefix": "jas"}, [Call(headers={"x-user": "mark"})]),
    _without("without-regex", "withoutHeaders.regex", {"regex": "ja.*"}, [Call(headers={"x-user": "mark"})]),
    _without("without-present", "withoutHeaders.absent", {}, []),
    _match("scheme", "scheme", {"scheme": {"exact": "http"}}, [Call()], []),
    _match("method", "method", {"method": {"exact": "POST"}}, [Call()], []),
    _match("authority", "authority", {"authority": {"prefix": "vs-authority"}}, [Call()], []),
    _match("port", "port", {"port": 7070}, [Call()], []),
    ClientCase(
        "vs-port-other", (f"{_MATCH}.port",), _when({"port": 9999}), (Call(count=4),),
        lambda answers: Seen(
            Verdict.SUPPORTED if versions(answers[0]) == {"v1"} else Verdict.IGNORED, f"another port: {words(answers[0])}"
        ),
    ),
    _match("source-labels", "sourceLabels", {"sourceLabels": {"role": "client"}}, [Call()], []),
    ClientCase(
        "vs-source-labels-other", (f"{_MATCH}.sourceLabels",), _when({"sourceLabels": {"role": "other"}}), (Call(count=4),),
        lambda answers: Seen(
            Verdict.SUPPORTED if versions(answers[0]) == {"v1"} else Verdict.IGNORED, f"other labels: {words(answers[0])}"
        ),
    ),
    _match("source-namespace", "sourceNamespace", {"sourceNamespace": "matrix"}, [Call()], []),
    _match("match-gateways", "gateways", {"gateways": ["mesh"]}, [Call()], []),
    _match("query", "queryParams", {"queryParams": {"user": {"exact": "jason"}}}, [Call("Call?user=jason")], [Call()]),
    ClientCase(
        "vs-host-other", ("VirtualService.http.route.destination.host",),
        lambda place: [virtual_service(place, {"route": [{"destination": {"host": f"mirror.{place.namespace}.svc.cluster.local"}}]})],
        _TEN, only("mirror"),
    ),
    ClientCase(
        "vs-host-unknown", ("VirtualService.http.route.destination.host.unknown",),
        lambda place: [virtual_service(place, {"route": [{"destination": {"host": "nowhere.example.com"}}]})],
        (Call(),), works(),
    ),
    ClientCase("vs-subset", ("VirtualService.http.route.destination.subset",), _everywhere(), _TEN, only("v2")),
    ClientCase(
        "vs-subset-undefined", ("VirtualService.http.route.destination.subset.undefined",),
        lambda place: [rule(place), virtual_service(place, route(place, "v9"))], (Call(),), works(),
    ),
    ClientCase(
        "vs-dest-port", ("VirtualService.http.route.destination.port.number",),
        lambda place: [
            rule(place),
            virtual_service(place, {"route": [to(place, "v2", destination={"port": {"number": 7070}})]}),
        ],
        (Call(target=lambda place: f"xds:///{place.full}:17171"),), only("v2"),
    ),
)  # fmt: skip
