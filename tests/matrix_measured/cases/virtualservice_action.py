"""VirtualService: what happens to a call once its route is chosen."""

from typing import Any

from matrix_measured.case import Answers, Call, ClientCase, Manifest, Place, Seen, route, rule, to, virtual_service
from matrix_measured.judges import ok, steered, versions, words, works
from proxyless.matrix.verdict import Verdict

_HTTP = "VirtualService.http"


def _with(subset: str = "v1", **more: Any) -> Any:
    """One route for everything, with more fields."""

    def objects(place: Place) -> list[Manifest]:
        return [rule(place), virtual_service(place, route(place, subset, **more))]

    return objects


def _seen(condition: bool, text: str, otherwise: Verdict = Verdict.IGNORED) -> Seen:
    return Seen(Verdict.SUPPORTED if condition else otherwise, text)


def _answered(judge: Any) -> Any:
    """Calls that are not answered break; else the judge decides."""

    def judged(answers: Answers) -> Seen:
        results = [result for group in answers for result in group]
        return judge(results) if all(map(ok, results)) else Seen(Verdict.BREAKS, words(results))

    return judged


def _share(low: int, high: int) -> Any:
    def judge(answers: Answers) -> Seen:
        number = sum(result.get("version") == "v2" for result in answers[0])
        if not all(map(ok, answers[0])):
            return Seen(Verdict.BREAKS, words(answers[0]))
        return _seen(low <= number <= high, f"{number} of {len(answers[0])} to v2")

    return judge


def _header(key: str, value: str | None) -> Any:
    """Whether the server saw a header with a value, or not at all for None."""
    return _answered(
        lambda results: _seen(
            results[0]["headers"].get(key) == value, f"server saw {key}={results[0]['headers'].get(key, 'nothing')}"
        )
    )


def _redirect(name: str, row: str, redirect: dict[str, Any]) -> ClientCase:
    def objects(place: Place) -> list[Manifest]:
        return [
            rule(place),
            virtual_service(
                place, {"match": [{"uri": {"exact": "/proxyless.lab.Echo/Old"}}], "redirect": redirect}, route(place)
            ),
        ]

    return ClientCase(f"vs-redirect-{name}", (f"{_HTTP}.redirect.{row}",), objects, (Call("Old"), Call("New")), works())


def _path(name: str, row: str, rewrite: dict[str, Any], wanted: str) -> ClientCase:
    def judge(results: Any) -> Seen:
        return _seen(results[0]["method"] == wanted, f"server saw {results[0]['method']}")

    return ClientCase(
        f"vs-rewrite-{name}", (f"{_HTTP}.rewrite.{row}",), _with(rewrite=rewrite), (Call("Old"),), _answered(judge)
    )


def _timeout(name: str, text: str, seconds: float) -> ClientCase:
    """A stream that would go on: when does the deadline end it?"""

    def judge(answers: Answers) -> Seen:
        quick, stream = next(filter(ok, answers[0]), answers[0][0]), answers[1][0]
        text = f"unary: {words([quick])}; stream of {stream.get('messages', 0)} messages ended by {stream['code']} after {stream['seconds']:.1f} s"
        if not ok(quick):
            return Seen(Verdict.BREAKS, text)
        if stream["seconds"] > 5.5:
            return Seen(Verdict.IGNORED, text)
        return _seen(abs(stream["seconds"] - seconds) < 0.5, text, Verdict.ALTERED)

    return ClientCase(
        f"vs-timeout-{name}",
        (f"{_HTTP}.timeout",),
        _with(timeout=text),
        (Call(timeout=6, count=3), Call("AStream", timeout=6)),
        judge,
    )


def _retries(name: str, row: str, method: str, judge: Any, **retries: Any) -> ClientCase:
    more = {"retries": retries} if retries else {}
    return ClientCase(
        f"vs-retry-{name}", (f"{_HTTP}.retries.{row}",), _with("v2", **more), (Call(method, timeout=20),), judge
    )


def _succeeds(answers: Answers) -> Seen:
    result = answers[0][0]
    return _seen(ok(result), f"answered at attempt {result['attempt']}" if ok(result) else words([result]))


def _altered_if_failing(answers: Answers) -> Seen:
    result = answers[0][0]
    text = f"answered at attempt {result['attempt']}" if ok(result) else words([result])
    return _seen(ok(result), text, Verdict.ALTERED)


def _fails_at_once(answers: Answers) -> Seen:
    result = answers[0][0]
    return _seen(not ok(result) and "attempt 1 of" in result["error"], words([result]))


def _backoff(answers: Answers) -> Seen:
    result = answers[0][0]
    return _seen(ok(result) and result["seconds"] > 0.3, f"{words([result])} after {result['seconds']:.2f} s")


def _per_try(answers: Answers) -> Seen:
    result = answers[0][0]
    return _seen(not ok(result) or result["attempt"] > 1, f"{words([result])} after {result['seconds']:.2f} s")


def _delay(low: int, high: int) -> Any:
    def judge(answers: Answers) -> Seen:
        slow = sum(result["seconds"] > 1.8 for result in answers[0])
        return _seen(low <= slow <= high, f"{slow} of {len(answers[0])} were delayed")

    return judge


def _abort(code: str, low: int, high: int) -> Any:
    def judge(answers: Answers) -> Seen:
        number = sum(result.get("code") == code for result in answers[0])
        others = [result for result in answers[0] if not ok(result) and result["code"] != code]
        text = f"{number} of {len(answers[0])} ended with {code}" + (f", others: {words(others)}" if others else "")
        return Seen(Verdict.BREAKS, text) if others else _seen(low <= number <= high, text)

    return judge


def _fault(name: str, rows: tuple[str, ...], fault: dict[str, Any], count: int, judge: Any) -> ClientCase:
    return ClientCase(
        f"vs-fault-{name}",
        tuple(f"{_HTTP}.fault.{row}" for row in rows),
        _with(fault=fault),
        (Call(count=count),),
        judge,
    )


_FULL, _HALF = {"value": 100}, {"value": 50}


def _mirror(name: str, row: str, **more: Any) -> ClientCase:
    def objects(place: Place) -> list[Manifest]:
        target = {"host": f"mirror.{place.namespace}.svc.cluster.local"}
        fields: dict[str, Any] = {
            key: (target if value == "TARGET" else [{"destination": target}] if value == "TARGETS" else value)
            for key, value in more.items()
        }
        return [rule(place), virtual_service(place, route(place, **fields))]

    def judge(results: Any) -> Seen:
        return _seen(results[0]["mirrored"] > 0, f"the mirror saw {results[0]['mirrored']} of {len(results)} calls")

    return ClientCase(
        f"vs-mirror-{name}", (f"{_HTTP}.{row}",), objects, (Call(count=10),), _answered(judge), counts="mirror"
    )


CASES = (
    ClientCase(
        "vs-weight", (f"{_HTTP}.route.weight",),
        lambda place: [rule(place), virtual_service(place, {"route": [to(place, "v1", weight=20), to(place, "v2", weight=80)]})],
        (Call(count=200),), _share(138, 180),
    ),
    ClientCase(
        "vs-weight-zero", (f"{_HTTP}.route.weight",),
        lambda place: [rule(place), virtual_service(place, {"route": [to(place, "v1", weight=0), to(place, "v2", weight=100)]})],
        (Call(count=20),), _share(20, 20),
    ),
    ClientCase(
        "vs-route-headers", (f"{_HTTP}.route.headers",),
        lambda place: [rule(place), virtual_service(place, {"route": [to(place, headers={"request": {"set": {"x-set": "here"}}})]})],
        (Call(),), _header("x-set", "here"),
    ),
    ClientCase("vs-headers-set", (f"{_HTTP}.headers",), _with(headers={"request": {"set": {"x-set": "here"}}}), (Call(),), _header("x-set", "here")),
    ClientCase(
        "vs-headers-remove", (f"{_HTTP}.headers",), _with(headers={"request": {"remove": ["x-gone"]}}),
        (Call(headers={"x-gone": "still here"}),), _header("x-gone", None),
    ),
    ClientCase(
        "vs-headers-authority", (f"{_HTTP}.headers.request.set.authority",),
        _with(headers={"request": {"set": {":authority": "other.example.com"}}}), (Call(),),
        _answered(lambda results: _seen(results[0]["authority"] == "other.example.com", f"server saw {results[0]['authority']}")),
    ),
    _redirect("uri", "uri", {"uri": "/proxyless.lab.Echo/New"}),
    _redirect("authority", "authority", {"authority": "mirror.matrix.svc.cluster.local"}),
    _redirect("port", "port", {"port": 7071}),
    _redirect("derive", "derivePort", {"derivePort": "FROM_REQUEST_PORT", "uri": "/proxyless.lab.Echo/New"}),
    _redirect("scheme", "scheme", {"scheme": "https"}),
    _redirect("prefix", "prefixRewrite", {"prefixRewrite": "/proxyless.lab.Echo/New"}),
    _redirect("code", "redirectCode", {"uri": "/proxyless.lab.Echo/New", "redirectCode": 307}),
    ClientCase(
        "vs-direct-response", (f"{_HTTP}.directResponse",),
        lambda place: [
            rule(place),
            virtual_service(
                place, {"match": [{"uri": {"exact": "/proxyless.lab.Echo/Old"}}], "directResponse": {"status": 404}}, route(place)
            ),
        ],
        (Call("Old"), Call("New")), works(),
    ),
    ClientCase(
        "vs-delegate", (f"{_HTTP}.delegate",),
        lambda place: [
            rule(place),
            virtual_service(place, {"match": [{"uri": {"prefix": "/proxyless.lab.Echo/"}}], "delegate": {"name": "delegated"}}),
            {
                "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
                "metadata": {"name": "delegated", "namespace": place.namespace},
                "spec": {"http": [route(place, "v2", match=[{"uri": {"exact": "/proxyless.lab.Echo/A"}}]), route(place)]},
            },
        ],
        (Call("A"), Call("B")), steered(1),
    ),
    _path("uri", "uri", {"uri": "/proxyless.lab.Echo/New"}, "/proxyless.lab.Echo/New"),
    _path(
        "regex", "uriRegexRewrite", {"uriRegexRewrite": {"match": "/proxyless.lab.Echo/Old", "rewrite": "/proxyless.lab.Echo/New"}},
        "/proxyless.lab.Echo/New",
    ),
    ClientCase(
        "vs-rewrite-authority", (f"{_HTTP}.rewrite.authority",), _with(rewrite={"authority": "other.example.com"}), (Call(),),
        _answered(lambda results: _seen(results[0]["authority"] == "other.example.com", f"server saw {results[0]['authority']}")),
    ),
    _timeout("short", "0.5s", 0.5),
    _timeout("one", "1s", 1),
    _timeout("long", "3s", 3),
    _retries("attempts", "attempts", "Fail-UNAVAILABLE-2", _succeeds, attempts=3, retryOn="unavailable"),
    _retries("attempts-many", "attempts", "Fail-UNAVAILABLE-6", _altered_if_failing, attempts=8, retryOn="unavailable"),
    _retries("zero", "attempts.zero", "Fail-UNAVAILABLE-1", _fails_at_once, attempts=0),
    _retries("unset", "unset", "Fail-UNAVAILABLE-2", _succeeds),
    _retries("per-try", "perTryTimeout", "Slow", _per_try, attempts=2, perTryTimeout="0.2s", retryOn="unavailable,cancelled"),
    _retries("on-grpc", "retryOn.grpcStatuses", "Fail-RESOURCE_EXHAUSTED-1", _succeeds, attempts=2, retryOn="resource-exhausted"),
    _retries("on-internal", "retryOn.grpcStatuses", "Fail-INTERNAL-1", _succeeds, attempts=2, retryOn="internal,cancelled"),
    _retries("on-5xx", "retryOn.others", "Fail-UNAVAILABLE-1", _succeeds, attempts=2, retryOn="5xx"),
    _retries("on-connect", "retryOn.others", "Fail-UNAVAILABLE-1", _succeeds, attempts=2, retryOn="connect-failure,reset"),
    _retries("backoff", "backoff", "Fail-UNAVAILABLE-3", _backoff, attempts=4, backoff="0.5s", retryOn="unavailable"),
    _fault("delay", ("delay.fixedDelay",), {"delay": {"fixedDelay": "2s", "percentage": _FULL}}, 3, _delay(3, 3)),
    _fault("delay-half", ("delay.percentage",), {"delay": {"fixedDelay": "2s", "percentage": _HALF}}, 20, _delay(3, 17)),
    _fault("delay-old", ("delay.percent",), {"delay": {"fixedDelay": "2s", "percent": 100}}, 3, _delay(3, 3)),
    _fault("delay-bare", ("delay.fixedDelay",), {"delay": {"fixedDelay": "2s"}}, 3, _delay(3, 3)),
    _fault("delay-growing", ("delay.exponentialDelay",), {"delay": {"exponentialDelay": "2s", "percentage": _FULL}}, 3, _delay(3, 3)),
    _fault("abort-http", ("abort.httpStatus",), {"abort": {"httpStatus": 403, "percentage": _FULL}}, 3, _abort("PERMISSION_DENIED", 3, 3)),
    _fault("abort-grpc", ("abort.grpcStatus",), {"abort": {"grpcStatus": "RESOURCE_EXHAUSTED", "percentage": _FULL}}, 3, _abort("RESOURCE_EXHAUSTED", 3, 3)),
    _fault("abort-half", ("abort.percentage",), {"abort": {"grpcStatus": "DATA_LOSS", "percentage": _HALF}}, 60, _abort("DATA_LOSS", 16, 44)),
    _fault("abort-bare", ("abort.grpcStatus",), {"abort": {"grpcStatus": "DATA_LOSS"}}, 3, _abort("DATA_LOSS", 3, 3)),
    _fault("abort-bare-http", ("abort.httpStatus",), {"abort": {"httpStatus": 403}}, 3, _abort("PERMISSION_DENIED", 3, 3)),
    _fault("abort-http2", ("abort.http2Error",), {"abort": {"http2Error": "CANCEL", "percentage": _FULL}}, 3, _abort("CANCELLED", 3, 3)),
    _mirror("mirror", "mirror", mirror="TARGET"),
    _mirror("mirrors", "mirrors", mirrors="TARGETS"),
    _mirror("percent-old", "mirrorPercent", mirror="TARGET", mirrorPercent=100),
    _mirror("percent-oldest", "mirror_percent", mirror="TARGET", mirror_percent=100),
    _mirror("percentage", "mirrorPercentage", mirror="TARGET", mirrorPercentage={"value": 100}),
    ClientCase(
        "vs-cors", (f"{_HTTP}.corsPolicy",), _with(corsPolicy={"allowOrigins": [{"exact": "https://example.com"}]}), (Call(),),
        works(),
    ),
    ClientCase(
        "vs-tcp", ("VirtualService.tcp",),
        lambda place: [rule(place), virtual_service(place, tcp=[{"route": [to(place, "v2")]}])], (Call(count=24),),
        lambda answers: _seen(versions(answers[0]) == {"v2"}, words(answers[0])),
    ),
    ClientCase(
        "vs-tls", ("VirtualService.tls",),
        lambda place: [
            rule(place),
            virtual_service(place, tls=[{"match": [{"port": 7070, "sniHosts": [place.full]}], "route": [to(place, "v2")]}]),
        ],
        (Call(count=24),), lambda answers: _seen(versions(answers[0]) == {"v2"}, words(answers[0])),
    ),
)  # fmt: skip
