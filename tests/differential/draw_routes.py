"""Generates VirtualServices: hosts and exports, matches, destinations, delegates, and what a route does beside routing."""

from typing import Any

from differential.draw import OTHER, ROOT, SPACES, SVC, A, B, Draw, wildcard_of

_HEADERS: tuple[dict[str, str], ...] = ({"exact": "jo"}, {"prefix": "j"}, {"regex": "j.*"}, {})
_URIS = (
    {"exact": "/echo.Echo/Say"},
    {"prefix": "/echo.Echo/"},
    {"prefix": "/echo"},
    {"prefix": "/"},
    {"regex": "/echo.*"},
)


def draw_virtual_services(draw: Draw) -> None:
    """None to four, some with a delegate."""
    for _ in range(draw.likely({0: 20, 1: 30, 2: 25, 3: 15, 4: 10})):
        _virtual_service(draw)


def _virtual_service(draw: Draw) -> None:
    space = draw.likely({SVC: 40, A: 30, B: 12, OTHER: 12, ROOT: 6})
    name = draw.name("vs") if space != ROOT else f"x0-{draw.name('vs')}"
    spec: dict[str, Any] = {"hosts": _hosts(draw, space)} | draw.export(own=space)
    if draw.chance(0.2):
        spec["gateways"] = draw.one((["mesh"], ["gw"], ["gw", "mesh"], [f"{OTHER}/gw"]))
    if draw.chance(0.04):
        spec["tcp"] = [{"route": [{"destination": _destination(draw, space)}]}]
    spec["http"] = [_route(draw, f"{name}-r{number}", space) for number in range(draw.likely({1: 40, 2: 40, 3: 20}))]
    if draw.chance(0.18):
        spec["http"].insert(draw.number(0, len(spec["http"]) - 1), _delegating(draw, name, space))
    draw.add("VirtualService", space, spec, name=name)


def _hosts(draw: Draw, space: str) -> list[str]:
    host = draw.one(draw.hosts).name
    short = host.partition(".")[0]
    forms = {host: 55, wildcard_of(host): 8, "*.x0.example": 3, f"*.{SVC}.svc.cluster.local": 4}
    if ".svc." in host:
        forms[short if host.split(".")[1] == space or draw.chance(0.3) else host] = 20
        forms[f"{short}.{host.split('.')[1]}"] = 2
    found = [draw.likely(forms)]
    if "*" not in found[0] and draw.chance(0.15):  # Istio refuses a host beside a wildcard that covers it
        found.append("nowhere.x0.example" if draw.chance(0.3) else draw.one(draw.hosts).name)
    return list(dict.fromkeys(found))


def _route(draw: Draw, name: str, space: str) -> dict[str, Any]:
    route: dict[str, Any] = {"name": name}
    if draw.chance(0.6):
        route["match"] = [_match(draw) for _ in range(draw.likely({1: 75, 2: 25}))]
    match draw.likely({"route": 92, "redirect": 4, "directResponse": 4}):
        case "redirect":
            return route | {"redirect": {"uri": "/x"}}
        case "directResponse":
            return route | {"directResponse": {"status": 503}}
        case _:
            pass
    route["route"] = _shares(draw, space)
    return route | _beside(draw)


def _beside(draw: Draw) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw.chance(0.2):
        found["timeout"] = draw.one(("500ms", "1s", "2s"))
    if draw.chance(0.2):
        found["retries"] = draw.one(
            (
                {"attempts": 0},
                {"attempts": 3},
                {"attempts": 2, "retryOn": "unavailable"},
                {"attempts": 7, "retryOn": "5xx,cancelled"},
                {"attempts": 2, "retryOn": "unavailable,503", "perTryTimeout": "1s"},
            )
        )
    if draw.chance(0.15):
        abort: dict[str, Any] = draw.one(
            ({"grpcStatus": "UNAVAILABLE"}, {"httpStatus": 503}, {"grpcStatus": "NOT_FOUND"})
        )
        found["fault"] = {"abort": abort | {"percentage": {"value": draw.one((0.5, 10, 100))}}}
    if draw.chance(0.1):
        found.setdefault("fault", {})["delay"] = {"fixedDelay": "1s", "percentage": {"value": draw.one((1, 50))}}
    if draw.chance(0.05):
        found["rewrite"] = {"uri": "/y"}
    if draw.chance(0.05):
        found["headers"] = {"request": {"set": {"x-set": "1"}}}
    return found


def _match(draw: Draw) -> dict[str, Any]:
    found: dict[str, Any] = {}
    kinds = draw.some(
        (
            "uri",
            "uri",
            "headers",
            "headers",
            "withoutHeaders",
            "method",
            "port",
            "port",
            "sourceLabels",
            "sourceNamespace",
            "gateways",
        ),
        1,
        2,
    )
    for kind in kinds:
        match kind:
            case "uri":
                found |= {"uri": draw.one(_URIS)} | ({"ignoreUriCase": True} if draw.chance(0.1) else {})
            case "headers":
                found["headers"] = {draw.one(("x-user", "end-user")): draw.one(_HEADERS)}
            case "withoutHeaders":
                found["withoutHeaders"] = {"x-no": draw.one(({"exact": "1"}, {}))}
            case "method":
                found["method"] = {"exact": "POST"}
            case "port":
                found["port"] = draw.one([*draw.one(draw.hosts).ports, 4321, 7070])
            case "sourceLabels":
                found["sourceLabels"] = draw.one(({"app": "cli"}, {"app": "nobody"}, {"app": "cli", "tier": "x"}))
            case "sourceNamespace":
                found["sourceNamespace"] = draw.one(SPACES)
            case "gateways":
                found["gateways"] = draw.one((["mesh"], ["gw"], ["gw", "mesh"]))
            case _:
                raise AssertionError(kind)
    return found | ({"name": f"m{draw.number(0, 3)}"} if draw.chance(0.2) else {})


def _shares(draw: Draw, space: str) -> list[dict[str, Any]]:
    if draw.chance(0.6):
        share = {"destination": _destination(draw, space)}
        return [share | ({"weight": draw.one((0, 100, 7))} if draw.chance(0.3) else {})]
    weights = draw.one(((90, 10), (50, 50), (100, 0), (1, 7), (60, 30, 10)))
    return [{"destination": _destination(draw, space), "weight": weight} for weight in weights]


def _destination(draw: Draw, space: str) -> dict[str, Any]:
    host = draw.one(draw.hosts)
    name = host.name
    if ".svc." in name:
        short, where = name.split(".")[:2]
        forms = {name: 70, f"{short}.{where}": 4, f"{short}.{where}.svc": 2}
        forms[short if where == space else name] = 25
        name = draw.likely(forms)
    if draw.chance(0.03):
        name = draw.one(("nowhere", "nowhere.x0.example"))
    found: dict[str, Any] = {"host": name}
    if draw.chance(0.4):
        found["subset"] = draw.likely({"v1": 45, "v2": 40, "gone": 8, "all": 7})
    if draw.chance(0.5):
        found["port"] = {"number": draw.one(host.ports) if draw.chance(0.93) else 1234}
    return found


def _delegating(draw: Draw, name: str, space: str) -> dict[str, Any]:
    where = space if draw.chance(0.5) else draw.one(SPACES)
    child = f"x0-{draw.name('del')}" if where == ROOT else draw.name("del")
    if draw.chance(0.9):
        routes = [_route(draw, f"{child}-r{number}", where) for number in range(draw.number(1, 2))]
        draw.add("VirtualService", where, {"http": routes} | draw.export(own=where), name=child)
    route: dict[str, Any] = {"name": f"{name}-d", "delegate": {"name": child}}
    if where != space or draw.chance(0.3):
        route["delegate"]["namespace"] = where
    if draw.chance(0.5):
        route["match"] = [_match(draw) for _ in range(draw.number(1, 2))]
    return route
