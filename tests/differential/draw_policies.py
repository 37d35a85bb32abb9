"""Generates what decides about a cluster, a client's view and a server: DestinationRules, Sidecars, PeerAuthentications, AuthorizationPolicies."""

from typing import Any

from differential.draw import OTHER, ROOT, SPACES, SVC, A, B, Draw, wildcard_of

_SECURITY = "security.istio.io/v1"
_MUTUAL = {"mode": "MUTUAL", "clientCertificate": "/c", "privateKey": "/k", "caCertificates": "/r"}
_BALANCERS: tuple[dict[str, Any], ...] = (
    {"simple": "ROUND_ROBIN"},
    {"simple": "LEAST_REQUEST"},
    {"simple": "RANDOM"},
    {"simple": "PASSTHROUGH"},
    {"consistentHash": {"httpHeaderName": "x-user"}},
    {"consistentHash": {"useSourceIp": True}},
    {"consistentHash": {"httpHeaderName": "x-user", "ringHash": {"minimumRingSize": 64}}},
    {"consistentHash": {"httpHeaderName": "x-user", "maglev": {"tableSize": 65537}}},
)


def draw_policies(draw: Draw) -> None:
    """A few of each kind."""
    for _ in range(draw.likely({0: 15, 1: 30, 2: 25, 3: 20, 4: 10})):
        _destination_rule(draw)
    for _ in range(draw.likely({0: 55, 1: 25, 2: 15, 3: 5})):
        _sidecar(draw)
    for _ in range(draw.likely({0: 40, 1: 30, 2: 20, 3: 10})):
        _peer_authentication(draw)
    for _ in range(draw.likely({0: 65, 1: 20, 2: 15})):
        _authorization_policy(draw)


def _destination_rule(draw: Draw) -> None:
    space = draw.likely({SVC: 45, A: 20, B: 10, OTHER: 10, ROOT: 15})
    spec: dict[str, Any] = {"host": _rule_host(draw, space)}
    if draw.chance(0.15):
        spec["workloadSelector"] = {
            "matchLabels": draw.one(({"app": "cli"}, {"tier": "x"}, {"app": "cli", "tier": "y"}))
        }
    else:
        spec |= draw.export(own=space)
    if draw.chance(0.75):
        spec["trafficPolicy"] = _policy(draw)
    if draw.chance(0.6):
        spec["subsets"] = [_subset(draw, name) for name in draw.some(("v1", "v2", "all"), 1, 3)]
    draw.add("DestinationRule", space, spec, name=f"x0-{draw.name('dr')}" if space == ROOT else "")


def _rule_host(draw: Draw, space: str) -> str:
    host = draw.one(draw.hosts).name
    short = host.partition(".")[0]
    if space == ROOT:
        return draw.likely({host: 70, wildcard_of(host): 30})
    forms = {host: 60, wildcard_of(host): 8, "*.svc.cluster.local": 4, "*.local": 4, "*": 5}
    if ".svc." in host and host.split(".")[1] == space:
        forms[short] = 18
    return draw.likely(forms)


def _subset(draw: Draw, name: str) -> dict[str, Any]:
    labels = {
        "v1": {"version": "v1"},
        "v2": {"version": "v2"},
        "all": draw.one(({}, {"app": "echo"}, {"version": "v3"})),
    }[name]
    found: dict[str, Any] = {"name": name} | ({"labels": labels} if labels else {})
    return found | ({"trafficPolicy": _policy(draw)} if draw.chance(0.4) else {})


def _policy(draw: Draw) -> dict[str, Any]:
    found = _settings(draw)
    if draw.chance(0.35):
        numbers = draw.some([*{port for host in draw.hosts for port in host.ports}], 1, 2)
        found["portLevelSettings"] = [{"port": {"number": number}} | _settings(draw) for number in numbers]
    return found


def _settings(draw: Draw) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw.chance(0.6):
        found["tls"] = draw.likely({0: 50, 1: 20, 2: 15, 3: 10, 4: 5})
        found["tls"] = (
            {"mode": "ISTIO_MUTUAL"},
            {"mode": "DISABLE"},
            {"mode": "SIMPLE"},
            _MUTUAL,
            {"mode": "ISTIO_MUTUAL", "sni": "other.x0.example"},
        )[found["tls"]]
    if draw.chance(0.55):
        found["connectionPool"] = {"http": {"http2MaxRequests": draw.limit()}}
    if draw.chance(0.4):
        found["loadBalancer"] = draw.one(_BALANCERS)
    if draw.chance(0.12) or not found:
        found["outlierDetection"] = {"consecutive5xxErrors": 3}
    return found


def _sidecar(draw: Draw) -> None:
    space = draw.one(SPACES)
    spec: dict[str, Any] = {"egress": [_egress(draw) for _ in range(draw.likely({1: 75, 2: 25}))]}
    ports = [entry.get("port", {}).get("number") for entry in spec["egress"]]
    hosts = [host for entry in spec["egress"] for host in entry["hosts"]]
    if len(ports) != len({*ports}) or len(hosts) != len({*hosts}):
        spec["egress"] = spec["egress"][:1]  # Istio refuses two entries for a port, and a host twice
    spec["egress"].sort(key=lambda entry: "port" not in entry)
    if draw.chance(0.4):
        spec["workloadSelector"] = {"labels": draw.one(({"app": "cli"}, {"tier": "x"}, {"tier": "y"}))}
    if draw.chance(0.05):
        spec["outboundTrafficPolicy"] = {"mode": "REGISTRY_ONLY"}
    draw.add("Sidecar", space, spec)


def _egress(draw: Draw) -> dict[str, Any]:
    host = draw.one(draw.hosts).name
    space = host.split(".")[1] if ".svc." in host else draw.one(SPACES)
    forms = (
        "./*",
        "*/*",
        "~/*",
        f"{SVC}/*",
        f"{A}/*",
        f"{space}/*",
        f"{space}/{host}",
        f"*/{host}",
        f"./{host}",
        f"*/*.{SVC}.svc.cluster.local",
        "*/*.x0.example",
        f"{OTHER}/*",
    )
    hosts = draw.some(list(dict.fromkeys(forms)), 1, 2)
    if alone := {"~/*", "*/*"} & {*hosts}:
        hosts = sorted(alone)[:1]
    elif draw.chance(0.08):
        hosts = ["*/*", f"~{draw.one(SPACES)}/*"]
    entry: dict[str, Any] = {"hosts": hosts}
    if draw.chance(0.2):
        number = draw.one(draw.one(draw.hosts).ports)
        entry["port"] = {
            "number": number,
            "name": "x",
            "protocol": draw.likely({"GRPC": 3, "TCP": 3, "HTTP": 3, "HTTP_PROXY": 1}),
        }
    return entry


def _peer_authentication(draw: Draw) -> None:
    space = draw.likely({SVC: 70, A: 20, B: 10})
    modes = {"STRICT": 40, "PERMISSIVE": 20, "DISABLE": 20, "UNSET": 20}
    spec: dict[str, Any] = {"mtls": {"mode": draw.likely(modes)}} if draw.chance(0.9) else {}
    if draw.chance(0.55):
        spec["selector"] = {
            "matchLabels": draw.one(
                ({"app": "echo"}, {"version": "v1"}, {"app": "beta"}, {"app": "echo", "version": "v2"})
            )
        }
        if draw.chance(0.5):
            numbers = draw.some([7070, 18888, 17070, *draw.one(draw.hosts).ports])
            spec["portLevelMtls"] = {str(number): {"mode": draw.likely(modes)} for number in numbers}
    draw.add("PeerAuthentication", space, spec, version=_SECURITY, name=draw.name("peer"))


def _authorization_policy(draw: Draw) -> None:
    space = draw.likely({SVC: 75, A: 15, B: 10})
    spec: dict[str, Any] = {"action": draw.likely({"ALLOW": 50, "DENY": 35, "AUDIT": 15})} if draw.chance(0.9) else {}
    if draw.chance(0.5):
        spec["selector"] = {"matchLabels": draw.one(({"app": "echo"}, {"version": "v2"}, {"app": "beta"}))}
    elif draw.chance(0.1):
        spec["targetRefs"] = [{"group": "", "kind": "Service", "name": "echo"}]
    if draw.chance(0.85) or spec.get("action") == "DENY":  # Istio refuses a DENY without rules
        spec["rules"] = [_rule(draw) for _ in range(draw.number(1, 2))]
    draw.add("AuthorizationPolicy", space, spec, version=_SECURITY, name=draw.name("auth"))


def _rule(draw: Draw) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if draw.chance(0.5):
        source = draw.one(
            (
                {"principals": ["cluster.local/ns/x0-a/sa/default"]},
                {"namespaces": [A]},
                {"namespaces": [A, B], "notPrincipals": ["*/sa/evil"]},
                {"ipBlocks": ["10.0.0.0/8"]},
                {"notNamespaces": [B]},
            )
        )
        found["from"] = [{"source": source}]
    if draw.chance(0.6):
        operation = draw.one(
            (
                {"paths": ["/echo.Echo/Say"]},
                {"paths": ["/echo.Echo/*"]},
                {"ports": ["7070"]},
                {"ports": ["18888", "17070"]},
                {"notPaths": ["/echo.Echo/Say"]},
                {"methods": ["POST"]},
                {"hosts": ["echo"]},
            )
        )
        found["to"] = [{"operation": operation}]
    if draw.chance(0.2):
        found["when"] = [{"key": "request.headers[x-user]", "values": ["jo"]}]
    return found
