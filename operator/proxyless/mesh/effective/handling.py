"""What a route does with a call besides choosing a cluster: deadline, retries, faults, what it hashes. Pure; asked by commands and tests.

gRPC takes all of it from the route. What is written but sent otherwise (codes of HTTP among ``retryOn``) is told as it is sent.
Source: ``applyHTTPRouteDestination``, ``TranslateFault``, ``HashForHTTPDestination`` and ``hashForService`` in istiod's
``pilot/pkg/networking/core/route/route.go``, ``ConvertPolicy`` in ``route/retry/retry.go``.
"""

from collections.abc import Callable, Iterator, Mapping

from proxyless.mesh.effective.routes import Route, duration
from proxyless.mesh.merge import MergedRule
from proxyless.model.record import NamedTuple
from proxyless.model.resource import mapping, sequence

RuleOf = Callable[[str], MergedRule | None]
"""The DestinationRule that a client gets for a host."""
_RETRIES = ("connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes", 2)
_CODES = "retriable-status-codes"
_HTTP_CODES = frozenset(
    (*range(100, 104), *range(200, 209), 226, *range(300, 306), 307, 308, *range(400, 419), *range(421, 427), 428, 429, 431, 451,
     *range(500, 509), 510, 511)
)  # fmt: skip
"""Status codes that have a name in HTTP; other numbers in ``retryOn`` stay words."""
_STATUS = (
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
    "UNAUTHENTICATED",
)  # fmt: skip
_HASHED = {
    "httpHeaderName": "header",
    "useSourceIp": "source",
    "httpCookie": "cookie",
    "httpQueryParameterName": "query",
}


class Retries(NamedTuple):
    """``retry_policy`` of a route."""

    conditions: str
    """Comma list; gRPC knows ``cancelled``, ``deadline-exceeded``, ``internal``, ``resource-exhausted`` and ``unavailable`` in it."""
    attempts: int
    """Retries after the first attempt."""
    each: str = ""
    """``perTryTimeout``, which gRPC ignores; empty: none."""


class Abort(NamedTuple):
    """A call that fails on purpose."""

    status: int
    """Of gRPC, or of HTTP where ``is_http``."""
    is_http: bool
    per_million: int | None
    """Share of calls; None: none is written, which gRPC takes as 0."""

    @property
    def code(self) -> str:
        """``UNAVAILABLE``, ``HTTP 503``."""
        return f"HTTP {self.status}" if self.is_http else _STATUS[self.status]


class Delay(NamedTuple):
    """A call that waits on purpose."""

    duration: str
    per_million: int


class RouteHandling(NamedTuple):
    """What one route does with calls."""

    deadline: str | None
    """``max_stream_duration``; ``0s``: none, ``None``: not sent (istiod's default route)."""
    retries: Retries | None
    """None: no retries."""
    abort: Abort | None = None
    delay: Delay | None = None
    hashes: tuple[str, ...] = ()
    """What is hashed where the cluster balances by hash: ``header x-user``, ``source`` ...; one for each destination that says so."""


def handling(route: Route, port: int, rule_of: RuleOf, retries: Mapping[str, object] | None = None) -> RouteHandling:
    """What a route of a listener's port does with calls.

    Args:
        route: as :class:`~proxyless.mesh.effective.client.Target` holds it.
        port: of the listener.
        rule_of: finds the DestinationRule of a host for the client.
        retries: ``defaultHttpRetryPolicy`` of the mesh, None for Istio's own.
    """
    if route.resource is None:
        hashed = _default_hash(route, port, rule_of)
        return RouteHandling(None, _retries(retries), hashes=(hashed,) if hashed else ())
    fault = mapping(route.body.get("fault"))
    abort, delay = _abort(mapping(fault.get("abort"))), _delay(mapping(fault.get("delay")))
    if route.action:
        return RouteHandling(None, None, abort, delay)
    own = route.body.get("retries")
    return RouteHandling(
        route.timeout,
        _retries(own if isinstance(own, dict) else retries),
        abort,
        delay,
        tuple(_hashes(route, rule_of)),
    )


def _retries(written: Mapping[str, object] | None) -> Retries | None:
    """None written: Istio's default. Without ``attempts``, or with 0, there are none."""
    if written is None:
        return Retries(*_RETRIES)
    attempts = written.get("attempts")
    if not isinstance(attempts, int) or attempts <= 0:
        return None
    each = duration(written["perTryTimeout"]) if written.get("perTryTimeout") is not None else ""
    return Retries(_conditions(str(written.get("retryOn") or "")), attempts, each)


def _conditions(written: str) -> str:
    """Codes of HTTP go to a list of their own, and a word stands for them."""
    if not written:
        return _RETRIES[0]
    parts = [part for text in written.split(",") if (part := text.strip())]
    words = [part for part in parts if not (part.isdecimal() and int(part) in _HTTP_CODES)]
    found = ",".join(words)
    return f"{found},{_CODES}" if len(words) < len(parts) and _CODES not in found else found


def _abort(written: Mapping[str, object]) -> Abort | None:
    share = written.get("percentage")
    percent = _per_million(mapping(share)) if isinstance(share, dict) else None
    http, grpc = written.get("httpStatus"), written.get("grpcStatus")
    if isinstance(http, int):
        return Abort(http, is_http=True, per_million=percent)
    if grpc is None:
        return None
    return Abort(_STATUS.index(str(grpc)) if grpc in _STATUS else 0, is_http=False, per_million=percent)


def _delay(written: Mapping[str, object]) -> Delay | None:
    if written.get("fixedDelay") is None:
        return None
    share, old = written.get("percentage"), written.get("percent")
    percent = _per_million(mapping(share)) if isinstance(share, dict) else 10_000 * old if isinstance(old, int) else 0
    return Delay(duration(written["fixedDelay"]), percent)


def _per_million(share: Mapping[str, object]) -> int:
    value = share.get("value")
    return int(value * 10_000) if isinstance(value, (int, float)) else 0


def _default_hash(route: Route, port: int, rule_of: RuleOf) -> str:
    """Of a Service's default route: the host level, unless the port's entry hashes."""
    policy = _policy(rule_of(route.clusters[0].name.rpartition("|")[2]))
    return _text(_of_port(policy, port)) or _text(_hash(policy))


def _hashes(route: Route, rule_of: RuleOf) -> Iterator[str]:
    """For each destination in order: its subset's port entry, its subset, the host's port entry, the host.

    Only a port that the destination itself names leads to a port entry.
    """
    for item in route.clusters:
        entries = sequence(route.body.get("route"))
        destination = mapping(mapping(entries[item.entry]).get("destination"))
        rule = rule_of(str(destination.get("host") or ""))
        number = mapping(destination.get("port")).get("number")
        name = destination.get("subset")
        subset = rule.subset(str(name)) if rule is not None and name else None
        narrow = mapping(subset.entry.get("trafficPolicy")) if subset is not None else {}
        wide = _policy(rule)
        places = (_of_port(narrow, number), _hash(narrow), _of_port(wide, number), _hash(wide))
        found = next((hashed for hashed in places if hashed is not None), None)
        if text := _text(found):
            yield text


def _policy(rule: MergedRule | None) -> dict[str, object]:
    return mapping(rule.policy.spec.get("trafficPolicy")) if rule is not None and rule.policy is not None else {}


def _hash(policy: Mapping[str, object]) -> dict[str, object] | None:
    found = mapping(policy.get("loadBalancer")).get("consistentHash")
    return found if isinstance(found, dict) else None


def _of_port(policy: Mapping[str, object], port: object) -> dict[str, object] | None:
    for entry in map(mapping, sequence(policy.get("portLevelSettings"))):
        if port and mapping(entry.get("port")).get("number") == port:
            return _hash(entry)
    return None


def _text(hashed: Mapping[str, object] | None) -> str:
    for key, word in _HASHED.items():
        value = (hashed or {}).get(key)
        if value is not None:
            name = mapping(value).get("name") if isinstance(value, dict) else value
            return word if key == "useSourceIp" else f"{word} {name}"
    return ""
