"""PX501, PX505, PX509 and PX520 as CEL: what routes ask of gRPC clients that makes calls fail or routes be rejected."""

from proxyless.export.cel import items, path, place, string, text
from proxyless.export.statement import Statement, StatementPart, nothing_known
from proxyless.export.statements.hosts import is_istiod
from proxyless.lint.clients import in_use, rejected, titles
from proxyless.model.client import Language


def _virtual_service(name: str, has: str, *groups: str) -> str:
    """Groups of places in a VirtualService, none where no client inside the mesh gets its routes.

    ``has``: what a route must have for any of it; most have not, and then nothing more is asked.
    """
    hosts = items(name, "spec", "hosts")
    istiods = f"({hosts}.size() > 0 && {hosts}.all(host, {is_istiod('host')}))"
    joined = ",\n".join(groups)
    any_has = f"{items(name, 'spec', 'http')}.exists(route, {has})"
    return f"!{any_has} || !{_for_mesh(name, 'spec')} || {istiods} ? [] : [{joined}]"


def _for_mesh(holder: str, *steps: str) -> str:
    """Whether ``gateways`` of an object or of a match leaves clients inside the mesh in."""
    gateways = items(holder, *steps, "gateways")
    return f'({gateways}.size() == 0 || "mesh" in {gateways})'


def _http(name: str, condition: str, found: str) -> str:
    """CelPlaces in the entries of ``spec.http`` that clients inside the mesh get."""
    matches = items("route", "match")
    mine = f"({matches}.size() == 0 || {matches}.exists(entry, {_for_mesh('entry')}))"
    return f"{items(name, 'spec', 'http')}.transformList(i, route, {mine} && {condition}, {found})"


def _api_route(name: str, groups: str) -> str:
    """Groups of places in a Gateway API route, none where it is for no Service that mesh clients call."""
    namespace = string("parent", "namespace")
    istiod = is_istiod(string("parent", "name"), f'({namespace} != "" ? {namespace} : request.namespace)')
    kind = string("parent", "kind")
    reached = f'{kind} == "ServiceEntry" || ({kind} == "Service" && !{istiod})'
    return f"!{items(name, 'spec', 'parentRefs')}.exists(parent, {reached}) ? [] :\n{groups}"


def _rules(name: str, places: str) -> str:
    """One group of places for each rule of a Gateway API route."""
    return f"{items(name, 'spec', 'rules')}.transformList(i, rule, {places})"


def _filters(name: str, kind: str, says: str) -> str:
    """CelPlaces of the filters of a type, in rules and in their backends; a list holds at most one of these."""
    is_it = f'filter.?type.orValue("") == "{kind}"'
    here = place(path("spec", "rules", "$i", "filters", "$n"), "filter", text(says))
    rule = f"{items('rule', 'filters')}.transformList(n, filter, {is_it}, {here})"
    inner = f"{items('backend', 'filters')}.transformList(n, filter, {is_it}, n)[0]"
    there = place(
        f'{path("spec", "rules", "$i", "backendRefs", "$k", "filters")} + "[" + string({inner}) + "]"',
        f"{items('backend', 'filters')}.filter(filter, {is_it})[0]",
        text(says),
    )
    has = f"{items('backend', 'filters')}.exists(filter, {is_it})"
    backends = f"{items('rule', 'backendRefs')}.transformList(k, backend, {has}, {there})"
    return _api_route(name, _rules(name, f"{rule}\n+ {backends}"))


def _all_routes() -> str:
    return rejected(nothing_known())


def _rejecting() -> str:
    return titles(in_use(nothing_known(), (Language.JAVA, Language.NODE)))


def _redirect(what: str) -> str:
    return (
        f"gRPC clients cannot follow a {what}: every call that matches fails with UNAVAILABLE, "
        f"and {_rejecting()} clients reject {_all_routes()}."
    )


def _redirects(name: str) -> str:
    answer = "direct response, its status and body are not used"
    groups = [
        _http(name, f"has(route.{key})", place(path("spec", "http", "$i", key), f"route.{key}", text(_redirect(what))))
        for key, what in (("redirect", "redirect"), ("directResponse", answer))
    ]
    return _virtual_service(name, "has(route.redirect) || has(route.directResponse)", *groups)


def _api_redirects(name: str) -> str:
    return _filters(name, "RequestRedirect", _redirect("redirect"))


def _cors() -> str:
    return f"gRPC clients reject {_all_routes()} for a CORS policy: new pods cannot call, running ones get no more updates."


def _cors_policies(name: str) -> str:
    found = place(path("spec", "http", "$i", "corsPolicy"), "route.corsPolicy", text(_cors()))
    return _virtual_service(name, "has(route.corsPolicy)", _http(name, "has(route.corsPolicy)", found))


def _api_cors(name: str) -> str:
    return _filters(name, "CORS", _cors())


def _weights(name: str) -> str:
    entries = items("route", "route")
    none = f"{entries}.size() > 1 && {entries}.all(entry, entry.?weight.orValue(0) == 0)"
    written = f'({entries}.exists(entry, has(entry.weight)) ? "weight 0" : "no weight, which counts as 0")'
    says = (
        f'"All " + string({entries}.size()) + " destinations have " + {written} + '
        f"{text(f': gRPC clients reject {_all_routes()}.')}"
    )
    found = place(path("spec", "http", "$i", "route"), "route.route", says)
    return _virtual_service(name, none, _http(name, none, found))


def _api_weights(name: str) -> str:
    backends = items("rule", "backendRefs")
    none = (
        f'{items("rule", "filters")}.all(filter, filter.?type.orValue("") != "RequestRedirect") '
        f"&& {backends}.all(backend, backend.?weight.orValue(1) == 0)"
    )
    what = f'({backends}.size() > 0 ? "All backends have weight 0" : "The rule has no backend")'
    tail = f": calls that match fail with UNAVAILABLE, and {_rejecting()} clients reject {_all_routes()}."
    remedy = text("Give the rule a backend with a weight above 0.")
    written = "has(rule.backendRefs) ? dyn(rule.backendRefs) : dyn(null)"
    found = place(path("spec", "rules", "$i", "backendRefs"), written, f"{what} + {text(tail)}", remedy=remedy)
    rules = f"{items(name, 'spec', 'rules')}.transformList(i, rule, {none}, {found})"
    return _api_route(name, f"[{rules}]")


def _prefixes(name: str) -> str:
    value = 'entry.?path.?value.orValue("/")'
    is_prefix = f'entry.?path.?type.orValue("PathPrefix") == "PathPrefix" && {value} != "/"'
    says = f'{text(f"gRPC clients reject {_all_routes()} for the PathPrefix ")} + {value} + "."'
    remedy = text("Use Exact with the full method, RegularExpression, or a VirtualService with uri.prefix.")
    found = place(path("spec", "rules", "$i", "matches", "$n", "path"), "entry.path", says, remedy=remedy)
    return _api_route(name, _rules(name, f"{items('rule', 'matches')}.transformList(n, entry, {is_prefix}, {found})"))


def _services(name: str) -> str:
    service, method = string("entry", "method", "service"), string("entry", "method", "method")
    is_bare = f'{service} != "" && {method} == "" && entry.?method.?type.orValue("Exact") == "Exact"'
    head = text(f"gRPC clients reject {_all_routes()} for a match on the service ")
    says = f'{head} + {service} + " without a method."'
    found = place(path("spec", "rules", "$i", "matches", "$n", "method"), "entry.method", says)
    return _api_route(name, _rules(name, f"{items('rule', 'matches')}.transformList(n, entry, {is_bare}, {found})"))


_VIRTUAL_SERVICE, _HTTP, _GRPC = ("VirtualService",), ("HTTPRoute",), ("GRPCRoute",)
ALL = (
    Statement("PX501", (StatementPart(_VIRTUAL_SERVICE, _redirects), StatementPart(_HTTP, _api_redirects))),
    Statement("PX505", (StatementPart(_VIRTUAL_SERVICE, _cors_policies), StatementPart(_HTTP, _api_cors))),
    Statement("PX509", (StatementPart(_VIRTUAL_SERVICE, _weights), StatementPart((*_HTTP, *_GRPC), _api_weights))),
    Statement("PX520", (StatementPart(_HTTP, _prefixes), StatementPart(_GRPC, _services))),
)
