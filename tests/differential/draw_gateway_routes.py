"""Generates HTTPRoutes and GRPCRoutes whose parent is a Service or ServiceEntry: producer and consumer routes."""

from typing import Any

from differential.draw import OTHER, SVC, A, B, Draw

_VERSION = "gateway.networking.k8s.io/v1"
_GRANT = "gateway.networking.k8s.io/v1beta1"


def draw_gateway_routes(draw: Draw) -> None:
    """None in most meshes, so that VirtualServices are also seen alone."""
    services = [host.name for host in draw.hosts if ".svc." in host.name]
    entries = [item["metadata"] for _, item in draw.objects if item["kind"] == "ServiceEntry"]
    for _ in range(draw.likely({0: 55, 1: 20, 2: 15, 3: 10})):
        _route(draw, draw.one(("HTTPRoute", "GRPCRoute")), services, entries)
    if draw.chance(0.15):
        _grant(draw)


def _route(draw: Draw, kind: str, services: list[str], entries: list[dict[str, Any]]) -> None:
    parent, where = draw.one(services).split(".")[:2]
    space = where if draw.chance(0.5) else draw.one((SVC, A, B, OTHER))
    parents = [_parent(draw, parent, where, own=space)]
    if draw.chance(0.15):
        other, there = draw.one(services).split(".")[:2]
        if (other, there) != (parent, where):  # refused without a sectionName
            parents.append(_parent(draw, other, there, own=space))
    if entries and draw.chance(0.12):
        entry = draw.one(entries)
        parents = [
            {
                "group": "networking.istio.io",
                "kind": "ServiceEntry",
                "name": entry["name"],
                "namespace": entry["namespace"],
            }
        ]
        space = entry["namespace"] if draw.chance(0.6) else space
    rules = [_rule(draw, kind, space) for _ in range(draw.likely({1: 50, 2: 40, 3: 10}))]
    spec: dict[str, Any] = {"parentRefs": parents, "rules": rules}
    if draw.chance(0.1):
        spec["hostnames"] = ["other.x0.example"]
    draw.add(kind, space, spec, version=_VERSION, name=draw.name("http" if kind == "HTTPRoute" else "grpc"))


def _parent(draw: Draw, name: str, where: str, *, own: str) -> dict[str, Any]:
    ports = next(host.ports for host in draw.hosts if host.name == f"{name}.{where}.svc.cluster.local")
    found: dict[str, Any] = {"group": "", "kind": "Service", "name": name}
    if where != own or draw.chance(0.5):
        found["namespace"] = where
    if draw.chance(0.45):
        found["port"] = draw.one(ports) if draw.chance(0.95) else 4321
    return found


def _rule(draw: Draw, kind: str, space: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"name": f"rule-{draw.number(1, 999)}"} if draw.chance(0.1) else {}
    if draw.chance(0.65):
        match = _http_match if kind == "HTTPRoute" else _grpc_match
        rule["matches"] = [match(draw) for _ in range(draw.likely({1: 70, 2: 30}))]
    if draw.chance(0.95):
        rule["backendRefs"] = [_backend(draw, space) for _ in range(draw.likely({1: 60, 2: 40}))]
    if draw.chance(0.1):
        change = {"set": [{"name": "x-set", "value": "1"}]}
        rule["filters"] = [{"type": "RequestHeaderModifier", "requestHeaderModifier": change}]
    elif kind == "HTTPRoute" and draw.chance(0.05):
        rule["filters"] = [{"type": "RequestRedirect", "requestRedirect": {"hostname": "moved.x0.example"}}]
        rule.pop("backendRefs", None)
    elif kind == "HTTPRoute" and draw.chance(0.05):
        path = {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/"}
        rule["filters"] = [{"type": "URLRewrite", "urlRewrite": {"path": path}}]
        rule["matches"] = [{"path": {"type": "PathPrefix", "value": "/echo.Echo"}}]
    elif draw.chance(0.05):
        rule["filters"] = [
            {"type": "RequestMirror", "requestMirror": {"backendRef": _backend(draw, space, weight=False)}}
        ]
    if kind == "HTTPRoute" and draw.chance(0.2):
        rule["timeouts"] = draw.one(
            ({"request": "2s"}, {"request": "2s", "backendRequest": "1s"}, {"backendRequest": "500ms"})
        )
    return rule


def _http_match(draw: Draw) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw.chance(0.6):
        found["path"] = draw.one(
            (
                {"type": "Exact", "value": "/echo.Echo/Say"},
                {"type": "PathPrefix", "value": "/echo.Echo"},
                {"type": "PathPrefix", "value": "/echo.Echo/"},
                {"type": "PathPrefix", "value": "/"},
                {"type": "RegularExpression", "value": "/echo.*"},
            )
        )
    if draw.chance(0.4):
        found["headers"] = [_header(draw, name) for name in draw.some(("x-user", "end-user"))]
    if draw.chance(0.1):
        found["method"] = "POST"
    if draw.chance(0.05):
        found["queryParams"] = [{"name": "q", "value": "1"}]
    return found


def _grpc_match(draw: Draw) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw.chance(0.6):
        found["method"] = draw.one(
            (
                {"service": "echo.Echo", "method": "Say"},
                {"service": "echo.Echo"},
                {"method": "Say"},
                {"type": "RegularExpression", "service": "echo.*"},
                {"type": "RegularExpression", "service": "echo.*", "method": "Sa."},
            )
        )
    if draw.chance(0.4) or not found:
        found["headers"] = [_header(draw, name) for name in draw.some(("x-user", "end-user"))]
    return found


def _header(draw: Draw, name: str) -> dict[str, Any]:
    if draw.chance(0.25):
        return {"type": "RegularExpression", "name": name, "value": "j.*"}
    return {"name": name, "value": "jo"}


def _backend(draw: Draw, space: str, *, weight: bool = True) -> dict[str, Any]:
    host = draw.one(draw.hosts)
    if ".svc." not in host.name:
        found: dict[str, Any] = {"group": "networking.istio.io", "kind": "Hostname", "name": host.name}
    else:
        name, where = host.name.split(".")[:2]
        found = {"name": name} | ({"namespace": where} if where != space or draw.chance(0.4) else {})
    if draw.chance(0.04):
        found["name"] = "nowhere"
    found["port"] = draw.one(host.ports) if draw.chance(0.95) else 1234
    return found | ({"weight": draw.one((0, 1, 5, 90))} if weight and draw.chance(0.5) else {})


def _grant(draw: Draw) -> None:
    kind = draw.one(("HTTPRoute", "GRPCRoute"))
    spec = {
        "from": [{"group": "gateway.networking.k8s.io", "kind": kind, "namespace": draw.one((A, B, OTHER))}],
        "to": [{"group": "", "kind": "Service"}],
    }
    draw.add("ReferenceGrant", SVC, spec, version=_GRANT, name=draw.name("grant"))
