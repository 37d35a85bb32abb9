"""Objects of the kinds that statements speak of, drawn at random and accepted by the API server: for test_verdicts.

Half of what is drawn has the fault of the rule in question, at some place; the rest is near to it.
"""

from collections.abc import Callable
from random import Random
from typing import Any

Body = dict[str, Any]
WORKLOADS = {
    "Pod": "v1",
    "ReplicationController": "v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "ReplicaSet": "apps/v1",
    "Job": "batch/v1",
    "CronJob": "batch/v1",
}
HOSTS = ("echo", "echo.shop.svc.cluster.local", "istiod", "istiod.istio-system.svc.cluster.local", "api.example.com")
KEYS = (
    "request.auth.claims[groups]",
    "request.auth.principal",
    "request.headers[x-user]",
    "request.headers[grpc-timeout]",
    "request.headers[Grpc-Status]]",
    "request.headers[:scheme]",
    "request.headers[:schemes]",
    "connection.sni",
    "experimental.envoy.filters.network.mysql_proxy[a]",
    "source.ip",
    "é" * 90,
)
MODES = ("STRICT", "PERMISSIVE", "DISABLE", "UNSET")
PATHS = ("/echo.Echo/*", "/a/{*}", "/a/{**}/b", "/a/{b}", "*")


def _some(draw: Random, values: tuple[Any, ...], most: int = 3) -> list[Any]:
    return [draw.choice(values) for _ in range(draw.randint(1, most))]


def _perhaps(draw: Random, holder: Body, key: str, make: Callable[[], Any], chance: float = 0.5) -> None:
    if draw.random() < chance:
        holder[key] = make()


def peer_authentication(draw: Random) -> Body:
    spec: Body = {}
    _perhaps(draw, spec, "mtls", lambda: draw.choice([{}, *({"mode": mode} for mode in MODES)]), 0.9)
    _perhaps(draw, spec, "selector", lambda: draw.choice([{"matchLabels": {"app": "echo"}}, {"matchLabels": {}}, {}]))
    if spec.get("selector", {}).get("matchLabels"):
        levels = lambda: {str(port): draw.choice([{}, {"mode": draw.choice(MODES)}]) for port in _some(draw, (80, 81))}  # noqa: E731
        _perhaps(draw, spec, "portLevelMtls", levels)
    return _body("security.istio.io/v1", "PeerAuthentication", spec)


def destination_rule(draw: Random) -> Body:
    spec: Body = {"host": draw.choice(HOSTS)}
    _perhaps(draw, spec, "trafficPolicy", lambda: _traffic_policy(draw))
    subset = lambda number: {"name": f"v{number}"} | draw.choice([{}, {"trafficPolicy": _traffic_policy(draw)}])  # noqa: E731
    _perhaps(draw, spec, "subsets", lambda: [subset(number) for number in range(draw.randint(0, 3))])
    return _body("networking.istio.io/v1", "DestinationRule", spec)


def _traffic_policy(draw: Random) -> Body:
    policy = _with_tls(draw)
    port = lambda number: {"port": {"number": 80 + number}} | _with_tls(draw)  # noqa: E731
    _perhaps(draw, policy, "portLevelSettings", lambda: [port(number) for number in range(draw.randint(0, 2))])
    return policy


def _with_tls(draw: Random) -> Body:
    modes = ("DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL")
    return draw.choice([{}, {"tls": {}}, *({"tls": {"mode": mode}} for mode in modes)])


def virtual_service(draw: Random) -> Body:
    spec: Body = {}
    _perhaps(draw, spec, "hosts", lambda: _some(draw, HOSTS), 0.9)
    _perhaps(draw, spec, "gateways", lambda: _some(draw, ("mesh", "ingress"), 2), 0.4)
    _perhaps(draw, spec, "http", lambda: [_http(draw) for _ in range(draw.randint(0, 4))], 0.95)
    return _body("networking.istio.io/v1", "VirtualService", spec)


def _http(draw: Random) -> Body:
    route: Body = {}
    match = lambda: draw.choice([{}, {"gateways": ["ingress"]}, {"gateways": ["mesh", "b"]}, {"uri": {"prefix": "/"}}])  # noqa: E731
    _perhaps(draw, route, "match", lambda: [match() for _ in range(draw.randint(0, 2))])
    _perhaps(
        draw, route, "corsPolicy", lambda: draw.choice([{}, {"allowOrigins": [{"exact": draw.choice("ab")}]}]), 0.3
    )
    what = draw.randrange(4)
    if what == 0:
        route["redirect"] = draw.choice([{}, {"uri": "/v2"}, {"authority": "x"}])
    elif what == 1:
        route["directResponse"] = {"status": draw.choice([200, 503])}
    else:
        weight = lambda: draw.choice([{}, {"weight": 0}, {"weight": 0}, {"weight": 50}])  # noqa: E731
        route["route"] = [{"destination": {"host": draw.choice(HOSTS)}} | weight() for _ in range(draw.randint(1, 3))]
    return route


def _parents(draw: Random) -> list[Body]:
    kinds = (
        {"group": "", "kind": "Service", "name": "echo"},
        {"group": "", "kind": "Service", "name": "istiod", "namespace": "istio-system"},
        {"group": "networking.istio.io", "kind": "ServiceEntry", "name": "out"},
        {"name": "gateway"},
    )
    found = _some(draw, kinds, 2)
    return found if len({parent["name"] for parent in found}) == len(found) else found[:1]


def _backends(draw: Random, *types: str) -> list[Body]:
    def backend(number: int) -> Body:
        one: Body = {"name": f"echo-{number}", "port": 80}
        _perhaps(draw, one, "weight", lambda: draw.choice([0, 0, 1]))
        _perhaps(draw, one, "filters", lambda: _filters(draw, *types), 0.2)
        return one

    return [backend(number) for number in range(draw.randint(0, 3))]


def _filters(draw: Random, *types: str) -> list[Body]:
    made = {
        "RequestRedirect": {"requestRedirect": {"hostname": "a.example"}},
        "CORS": {"cors": {"allowOrigins": ["https://a.example"]}},
        "RequestHeaderModifier": {"requestHeaderModifier": {"set": [{"name": "x", "value": "y"}]}},
    }
    chosen = draw.sample(types, draw.randint(0, min(2, len(types))))
    return [{"type": name} | made[name] for name in chosen]


def http_route(draw: Random) -> Body:
    types = ("RequestRedirect", "CORS", "RequestHeaderModifier")

    def match() -> Body:
        one: Body = {}
        kinds = ("PathPrefix", "Exact", "RegularExpression")
        written = lambda: draw.choice([{}, {"value": "/a"}, *({"type": kind, "value": "/a"} for kind in kinds)])  # noqa: E731
        _perhaps(draw, one, "path", written, 0.8)
        return one

    def rule() -> Body:
        one: Body = {}
        _perhaps(draw, one, "matches", lambda: [match() for _ in range(draw.randint(0, 2))])
        _perhaps(draw, one, "filters", lambda: _filters(draw, *types), 0.3)
        _perhaps(draw, one, "backendRefs", lambda: _backends(draw, *types), 0.8)
        return one

    spec: Body = {"parentRefs": _parents(draw)}
    _perhaps(draw, spec, "rules", lambda: [rule() for _ in range(draw.randint(1, 3))], 0.9)
    return _body("gateway.networking.k8s.io/v1", "HTTPRoute", spec)


def grpc_route(draw: Random) -> Body:
    def match() -> Body:
        method = draw.choice(
            [
                {"service": "a.B"},
                {"service": "a.B", "method": "C"},
                {"method": "C"},
                {"type": "RegularExpression", "service": "a.B"},
            ]
        )
        return draw.choice([{}, {"method": method}])

    def rule() -> Body:
        one: Body = {}
        _perhaps(draw, one, "matches", lambda: [match() for _ in range(draw.randint(0, 2))])
        _perhaps(draw, one, "backendRefs", lambda: _backends(draw, "RequestHeaderModifier"), 0.8)
        return one

    spec: Body = {"parentRefs": _parents(draw)}
    _perhaps(draw, spec, "rules", lambda: [rule() for _ in range(draw.randint(0, 3))], 0.9)
    return _body("gateway.networking.k8s.io/v1", "GRPCRoute", spec)


def _targets(draw: Random, spec: Body) -> None:
    gateway = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "g"}
    spec.update(draw.choice([{}, {}, {}, {"targetRefs": [gateway]}, {"targetRef": gateway}, {"selector": {}}]))


def authorization_policy(draw: Random) -> Body:
    spec: Body = {}
    _perhaps(draw, spec, "action", lambda: draw.choice(["ALLOW", "DENY", "AUDIT", "CUSTOM"]), 0.8)
    if spec.get("action") == "CUSTOM":
        spec["provider"] = draw.choice([{"name": "authz"}, {}])
    _targets(draw, spec)
    _perhaps(draw, spec, "rules", lambda: [_rule(draw) for _ in range(draw.randint(0, 3))], 0.9)
    body = _body("security.istio.io/v1", "AuthorizationPolicy", spec)
    if draw.random() < 0.5:
        body["metadata"]["annotations"] = {"istio.io/dry-run": draw.choice(["true", "True", "false", ""])}
    return body


def _rule(draw: Random) -> Body:
    rule: Body = {}

    def source() -> Body:
        one: Body = {}
        for field in ("requestPrincipals", "notRequestPrincipals", "principals"):
            _perhaps(draw, one, field, lambda: _some(draw, ("a", "*"), 2), 0.3)
        return one

    def operation() -> Body:
        one: Body = {}
        for field in ("paths", "notPaths", "methods"):
            _perhaps(draw, one, field, lambda: _some(draw, PATHS, 2), 0.3)
        return one

    def when() -> Body:
        one: Body = {"key": draw.choice(KEYS)}
        for field in ("values", "notValues"):
            _perhaps(draw, one, field, lambda: _some(draw, ("a", "b"), 2))
        return one

    _perhaps(draw, rule, "from", lambda: [{"source": source()} for _ in range(draw.randint(1, 2))], 0.4)
    _perhaps(draw, rule, "to", lambda: [{"operation": operation()} for _ in range(draw.randint(1, 2))], 0.4)
    _perhaps(draw, rule, "when", lambda: [when() for _ in range(draw.randint(0, 2))])
    return rule


def request_authentication(draw: Random) -> Body:
    spec: Body = {}
    _targets(draw, spec)
    _perhaps(draw, spec, "jwtRules", lambda: [{"issuer": name} for name in _some(draw, ("a", "b"), 2)], 0.7)
    return _body("security.istio.io/v1", "RequestAuthentication", spec)


def workload(draw: Random) -> Body:
    kind = draw.choice(tuple(WORKLOADS))
    metadata: Body = {"labels": {"app": "echo"}}
    pod: Body = {"containers": [{"name": "echo", "image": "echo:1"}]}
    _perhaps(draw, pod, "hostNetwork", lambda: draw.choice([True, True, False]), 0.6)
    if draw.random() < 0.4:
        metadata["labels"]["proxyless.dev/inject"] = draw.choice(["true", "false", "yes", ""])
    held: Body = {}
    names = ("grpc-agent", "grpc-simple", "sidecar", "gateway", "own", "")
    _perhaps(draw, held, "inject.istio.io/templates", lambda: draw.choice([",", ", "]).join(_some(draw, names)), 0.7)
    _perhaps(draw, held, "proxyless.dev/inject", lambda: draw.choice(["true", "false"]), 0.3)
    if held:
        metadata["annotations"] = held
    template = {"metadata": metadata, "spec": pod}
    if kind == "Pod":
        body = {"apiVersion": "v1", "kind": kind, **template}
    else:
        body = {"apiVersion": WORKLOADS[kind], "kind": kind, "metadata": {}, "spec": _owner(kind, template)}
    if kind in ("Pod", "ReplicaSet", "Job", "ReplicationController") and draw.random() < 0.3:
        owner = {"apiVersion": "example.com/v1", "kind": "Maker", "name": "maker", "uid": "1"}
        body["metadata"]["ownerReferences"] = [owner | draw.choice([{}, {"controller": True}, {"controller": False}])]
    body["metadata"]["name"] = "drawn"
    return body


def _owner(kind: str, template: Body) -> Body:
    if kind in ("Job", "CronJob"):
        template["spec"]["restartPolicy"] = "Never"
        job = {"template": template}
        return job if kind == "Job" else {"schedule": "0 0 * * *", "jobTemplate": {"spec": job}}
    if kind == "ReplicationController":
        return {"selector": {"app": "echo"}, "template": template}
    spec = {"selector": {"matchLabels": {"app": "echo"}}, "template": template}
    return {**spec, "serviceName": "echo"} if kind == "StatefulSet" else spec


def _body(api_version: str, kind: str, spec: Body) -> Body:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "drawn"}, "spec": spec}


_ROUTES = (virtual_service, virtual_service, http_route)
DRAWN: dict[str, tuple[Callable[[Random], Body], ...]] = {
    "PX108": (workload,),
    "PX119": (workload,),
    "PX301": (peer_authentication,),
    "PX401": (destination_rule,),
    "PX501": _ROUTES,
    "PX505": _ROUTES,
    "PX509": (*_ROUTES, grpc_route),
    "PX520": (http_route, grpc_route),
    "PX602": (authorization_policy,),
    "PX605": (authorization_policy,),
    "PX606": (request_authentication, authorization_policy),
    "PX607": (authorization_policy,),
    "PX610": (authorization_policy,),
}
"""What is drawn for each rule."""
