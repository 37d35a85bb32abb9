"""Rules of one HTTPRoute or GRPCRoute in the words of a VirtualService. Pure; used by ``gateway_routes``.

Each rule becomes one route per match. A rule that istiod cannot take makes it drop the whole object.
Source: ``convertHTTPRoute``, ``convertGRPCRoute``, ``createGRPCURIMatch`` and ``buildDestination`` in istiod's
``pilot/pkg/config/kube/gateway/conversion.go``.
"""

from collections.abc import Callable, Iterator, Mapping

from proxyless.mesh.effective.delegates import Match, ResolvedRoute
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence

_FILTERS = {
    "HTTPRoute": ("RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "RequestMirror", "URLRewrite",
                  "CORS"),
    "GRPCRoute": ("RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror"),
}  # fmt: skip
_PATHS = {"PathPrefix": "prefix", "Exact": "exact", "RegularExpression": "regex"}
WRITTEN = "written"
"""Key of an entry of ``route``: where in the rule its backend stands."""
_ROOT: dict[str, object] = {"path": {"type": "PathPrefix", "value": "/"}}
"""What the API server fills in where an HTTPRoute's rule or match names no path."""


Exists = Callable[[str, str, str], bool]
"""Whether an object of a kind is there, by namespace and name; for a ServiceEntry by one of its hosts."""


def rules_of(route: Resource, domain: str, exists: Exists) -> tuple[ResolvedRoute, ...]:
    """The routes of an object, one per match; none at all where one of its rules cannot be taken."""
    found: list[ResolvedRoute] = []
    for index, rule in enumerate(map(mapping, sequence(route.spec.get("rules")))):
        path = ("spec", "rules", index)
        made = _rule(route, rule, path, domain, exists)
        if made is None:
            return ()
        found += made
    return tuple(found)


def sort_key(rule: ResolvedRoute) -> tuple[object, ...]:
    """Order of Gateway API: exact before prefix before regex, the longer, with a method, with more headers; then as written."""
    if not rule.matches:
        return (1,)
    match = rule.matches[0].body
    kind, text = next(iter(mapping(match.get("uri")).items()), ("", ""))
    rank = {"exact": 3, "prefix": 2, "regex": 1}.get(kind, -1)
    return (
        0,
        -rank,
        -len(str(text)),
        match.get("method") is None,
        -len(mapping(match.get("headers"))),
        -len(mapping(match.get("queryParams"))),
    )


def _rule(
    route: Resource, rule: dict[str, object], path: FieldPath, domain: str, exists: Exists
) -> list[ResolvedRoute] | None:
    filters = [mapping(item) for item in sequence(rule.get("filters"))]
    if any(item.get("type") not in _FILTERS[route.kind] for item in filters):
        return None
    mirrors = [
        mapping(mapping(item.get("requestMirror")).get("backendRef")) for item in filters if item.get("requestMirror")
    ]
    mirrored = [item for item in mirrors if _can_be_mirrored_to(item, route, exists)]
    if route.kind == "GRPCRoute" and len(mirrored) < len(mirrors):
        return None
    body: dict[str, object] = {"name": rule.get("name") or f"{route.namespace}.{route.name}.{path[-1]}"}
    backends = [mapping(item) for item in sequence(rule.get("backendRefs"))]
    counted = [(index, item) for index, item in enumerate(backends) if _weight(item)]
    redirect = next((item for item in filters if item.get("type") == "RequestRedirect"), None)
    if redirect is not None:
        body["redirect"] = mapping(redirect.get("requestRedirect"))
    if not counted and redirect is None:
        body["directResponse"] = {"status": 500}
    destinations = [_destination(item, route, domain) for _, item in counted]
    if any(item is None for item in destinations):
        return None
    body["route"] = [
        {"destination": item, "weight": _weight(entry) if len(counted) > 1 else 0, WRITTEN: ("backendRefs", index)}
        for item, (index, entry) in zip(destinations, counted, strict=True)
    ]
    if mirrored:
        body["mirrors"] = [{"destination": _destination(item, route, domain)} for item in mirrored]
    timeouts = mapping(rule.get("timeouts"))
    timeout = (
        timeouts.get("request") if rule.get("retry") else timeouts.get("backendRequest") or timeouts.get("request")
    )
    if route.kind == "HTTPRoute" and timeout:
        body["timeout"] = timeout
    if isinstance(rule.get("retry"), dict):
        body["retries"] = {"attempts": mapping(rule["retry"]).get("attempts", 2)}
    return [ResolvedRoute(body, matches, route, path) for matches in _matches(route, rule, path)]


def _weight(backend: Mapping[str, object]) -> int:
    weight = backend.get("weight", 1)
    return weight if isinstance(weight, int) else 1


def _destination(backend: dict[str, object], route: Resource, domain: str) -> dict[str, object] | None:
    """Where calls go; an empty host is one that istiod calls ``UnknownService``, None one that spoils the object."""
    group, kind = str(backend.get("group") or ""), str(backend.get("kind") or "Service")
    name = str(backend.get("name"))
    if (group, kind) == ("networking.istio.io", "Hostname"):
        if backend.get("namespace"):
            return None
        host = name
    elif (group, kind) == ("", "Service"):
        if "." in name:
            return None
        host = f"{name}.{backend.get('namespace') or route.namespace}.svc.{domain}"
    else:
        return {}
    port = backend.get("port")
    return {"host": host, "port": {"number": port}} if isinstance(port, int) else None


def _can_be_mirrored_to(backend: Mapping[str, object], route: Resource, exists: Exists) -> bool:
    """Whether what calls are copied to is there, a host by a ServiceEntry of the route's own namespace: else a GRPCRoute is dropped."""
    group, kind = str(backend.get("group") or ""), str(backend.get("kind") or "Service")
    name, namespace = str(backend.get("name")), backend.get("namespace")
    if not isinstance(backend.get("port"), int):
        return False
    if (group, kind) == ("", "Service"):
        return "." not in name and exists("Service", str(namespace or route.namespace), name)
    if (group, kind) == ("networking.istio.io", "Hostname"):
        return not namespace and exists("ServiceEntry", route.namespace, name)
    return False


def _matches(route: Resource, rule: dict[str, object], path: FieldPath) -> Iterator[tuple[Match, ...]]:
    written = [mapping(item) for item in sequence(rule.get("matches"))]
    if not written and route.kind == "GRPCRoute":
        yield ()
    for index, match in enumerate(written or ([] if route.kind == "GRPCRoute" else [_ROOT])):
        body: dict[str, object] = {}
        uri = _grpc_path(match.get("method")) if route.kind == "GRPCRoute" else _http_path(match.get("path"))
        if uri:
            body["uri"] = uri
        for key, made in (("headers", "headers"), ("queryParams", "queryParams")):
            if match.get(key):
                body[made] = {str(mapping(item).get("name")): _text(mapping(item)) for item in sequence(match[key])}
        if route.kind == "HTTPRoute" and match.get("method"):
            body["method"] = {"exact": match["method"]}
        yield (Match(body, (*path, "matches", index) if written else path),)


def _text(item: dict[str, object]) -> dict[str, object]:
    return {"regex" if item.get("type") == "RegularExpression" else "exact": item.get("value")}


def _http_path(value: object) -> dict[str, object]:
    path = mapping(value)
    kind = _PATHS.get(str(path.get("type") or "PathPrefix"), "prefix")
    text = str(path.get("value") or "/")
    return {kind: text.removesuffix("/") if kind == "prefix" and text != "/" else text}


def _grpc_path(value: object) -> dict[str, object]:
    method = mapping(value)
    service, name = method.get("service"), method.get("method")
    if not service and not name:
        return {}
    if method.get("type") == "RegularExpression":
        return {"regex": f"/{service or '[^/]+'}/{name or '.+'}"}
    if not name:
        return {"prefix": f"/{service}/"}
    return {"exact": f"/{service}/{name}"} if service else {"regex": f"/[^/]+/{name}"}
