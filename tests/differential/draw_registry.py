"""Generates what clients can dial: Services with EndpointSlices and Pods, ServiceEntries, WorkloadEntries; and the clients."""

from typing import Any

from differential.draw import OTHER, ROOT, SPACES, SVC, A, B, Draw
from differential.mesh import Client, Host, Server

MAIN = (7070, "grpc", None)
_PORTS: tuple[tuple[int, str | None, str | None], ...] = (
    (80, "http", None),
    (80, "grpc", None),
    (7070, "foo", "grpc"),
    (7070, "grpc-main", None),
    (7071, "foo2", None),
    (7072, None, None),
    (7072, None, "grpc"),
    (8080, "http", None),
    (8081, "http-x", "tcp"),
    (8082, "bar", "kubernetes.io/h2c"),
    (8083, "http2", None),
    (8084, "grpc-web", None),
    (8089, "web", "http2"),
    (8090, "ws", "kubernetes.io/ws"),
    (8091, "grpcx", None),
    (3306, "mysql", None),
    (9000, "tcp-x", None),
    (9090, "tcp", None),
    (9443, "https", None),
    (9444, "tls", None),
)
_PROTOCOLS = (
    (7070, "grpc", "GRPC"),
    (8080, "http", "HTTP"),
    (8083, "h2", "HTTP2"),
    (9090, "tcp", "TCP"),
    (9443, "tls", "TLS"),
)
_ACCOUNTS = ("default", "sa-echo", "sa-beta")
UNDECLARED = 5555


def draw_registry(draw: Draw) -> None:
    """Services first: everything else speaks of them."""
    _service(draw, "echo", SVC, [MAIN] if draw.chance(0.5) else _ports(draw))
    for name, spaces, share in (("beta", (SVC, A), 0.35), ("echo", (A, B), 0.2), ("gamma", (OTHER, ROOT), 0.08)):
        if draw.chance(share):
            space = draw.one(spaces)
            _service(draw, f"x0-{name}" if space == ROOT else name, space, [MAIN] if draw.chance(0.3) else _ports(draw))
    for number in (1, 2):
        if draw.chance(0.3):
            _service_entry(draw, f"se{number}.x0.example", draw.one(SPACES))
    if draw.chance(0.04):
        _service_entry(draw, f"echo.{SVC}.svc.cluster.local", draw.one(SPACES))
    if draw.chance(0.05):
        _wildcard_entry(draw)
    if draw.chance(0.04):
        _external_name(draw)


def draw_clients(draw: Draw) -> None:
    """At least one in each of two namespaces, with labels that selectors may or may not match."""
    spaces = [SVC, *draw.some((A, B, OTHER), 1, 3)]
    for space in spaces:
        for number in range(2 if draw.chance(0.3) else 1):
            _client(draw, space, f"cli{number}")
    if draw.chance(0.1):
        _client(draw, ROOT, "x0-cli0")


def _client(draw: Draw, space: str, name: str) -> None:
    labels = {"app": draw.one(("cli", "cli", "other", "beta")), "tier": draw.one("xy")}
    draw.clients.append(Client(space, name, labels, draw.address()))


def _ports(draw: Draw) -> list[tuple[int, str | None, str | None]]:
    found: dict[int, tuple[int, str | None, str | None]] = {}
    for port in [MAIN, *draw.some(_PORTS, 1, 2)] if draw.chance(0.5) else draw.some(_PORTS, 1, 3):
        found.setdefault(port[0], port)
    several = len(found) > 1
    return [(number, name or ("plain" if several else None), protocol) for number, name, protocol in found.values()]


def _service(draw: Draw, name: str, space: str, ports: list[tuple[int, str | None, str | None]]) -> None:
    entries: list[dict[str, Any]] = []
    for number, label, protocol in ports:
        entry: dict[str, Any] = {"port": number, "protocol": "TCP"}
        entry |= {"name": label} if label else {}
        entry |= {"appProtocol": protocol} if protocol else {}
        match draw.likely({"same": 40, "other": 20, "named": 30, "absent": 10}):
            case "same":
                entry["targetPort"] = number
            case "other":
                entry["targetPort"] = number + 10000
            case "named":
                entry["targetPort"] = "main"
            case _:
                pass
        entries.append(entry)
    spec: dict[str, Any] = {"ports": entries, "selector": {"app": name}}
    if draw.chance(0.08):
        spec["clusterIP"] = "None"
    notes = {}
    if draw.chance(0.25):
        notes["networking.istio.io/exportTo"] = draw.one((".", "*", "~", A, f"{A},{B}", f".,{B}", OTHER))
    draw.add("Service", space, spec, version="v1", name=name, annotations=notes)
    draw.hosts.append(Host(f"{name}.{space}.svc.cluster.local", tuple(entry["port"] for entry in entries)))
    if draw.chance(0.06):
        _selected_entry(draw, name, space, entries)
    _pods(draw, name, space, entries)


def _pods(draw: Draw, app: str, space: str, entries: list[dict[str, Any]]) -> None:
    slices: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {}
    same_main = draw.one((7070, 18888))
    for number in range(draw.likely({1: 25, 2: 60, 3: 10, 0: 5})):
        version = f"v{1 + number % 2}"
        labels = {"app": app, "version": version}
        labels |= {"security.istio.io/tlsMode": "istio"} if draw.chance(0.15) else {}
        main = same_main if draw.chance(0.85) else 18889
        name, account, address = f"{app}-{version}{'b' if number > 1 else ''}", draw.one(_ACCOUNTS), draw.address()
        ports = [
            {"port": port, "protocol": "TCP", "name": entry.get("name", "")}
            for entry in entries
            if (port := main if entry.get("targetPort") == "main" else entry.get("targetPort", entry["port"]))
        ]
        targets = tuple(sorted({UNDECLARED, main, *(port["port"] for port in ports), entries[0]["port"]}))
        draw.servers.append(Server(space, name, labels, address, account, targets))
        _pod(draw, draw.servers[-1], main)
        ready = draw.chance(0.93)
        endpoint = {
            "addresses": [address],
            "conditions": {"ready": ready, "serving": ready, "terminating": False},
            "targetRef": {"kind": "Pod", "name": name, "namespace": space},
        }
        slices.setdefault(str(ports), (ports, []))[1].append(endpoint)
    for number, (ports, endpoints) in enumerate(slices.values()):
        draw.add(
            "EndpointSlice", space, None, version="discovery.k8s.io/v1", name=f"{app}-eps{number or ''}",
            labels={"kubernetes.io/service-name": app}, addressType="IPv4", endpoints=endpoints, ports=ports,
        )  # fmt: skip


def _pod(draw: Draw, server: Server, main: int) -> None:
    spec = {
        "containers": [{"name": "app", "image": "localhost/app:1", "ports": [{"containerPort": main, "name": "main"}]}],
        "serviceAccountName": server.account,
        "nodeName": "n1",
    }
    status = {
        "phase": "Running",
        "podIP": server.address,
        "podIPs": [{"ip": server.address}],
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    draw.add(
        "Pod", server.namespace, spec, version="v1", name=server.name, labels=server.labels, status=status,
        annotations={"inject.istio.io/templates": "grpc-agent"},
    )  # fmt: skip


def _service_entry(draw: Draw, host: str, space: str) -> None:
    ports: list[dict[str, Any]] = [
        {"number": number, "name": name, "protocol": protocol}
        | ({"targetPort": number + 10000} if draw.chance(0.15) else {})
        for number, name, protocol in draw.some(_PROTOCOLS, 1, 2)
    ]
    spec: dict[str, Any] = {
        "hosts": [host],
        "location": draw.one(("MESH_INTERNAL", "MESH_EXTERNAL")),
        "ports": ports,
        "resolution": draw.likely({"STATIC": 80, "DNS": 12, "NONE": 8}),
    } | draw.export(own=space)
    if draw.chance(0.15):
        spec["subjectAltNames"] = [f"spiffe://cluster.local/ns/{space}/sa/extern"]
    match spec["resolution"]:
        case "STATIC" if draw.chance(0.5):
            spec["workloadSelector"] = {"labels": {"app": draw.likely({"vm": 8, "echo": 1})}}
            _workload_entries(draw, space, ports)
        case "STATIC":
            spec["endpoints"] = [_endpoint(draw, draw.address(), version, ports) for version in ("v1", "v2")]
        case "DNS" if draw.chance(0.5):
            spec["endpoints"] = [_endpoint(draw, "db.x0.example", "v1", ports)]
    draw.add("ServiceEntry", space, spec)
    if not any(known.name == host for known in draw.hosts):
        draw.hosts.append(Host(host, tuple(sorted(entry["number"] for entry in ports))))


def _endpoint(draw: Draw, address: str, version: str, ports: list[dict[str, Any]]) -> dict[str, Any]:
    entry: dict[str, Any] = {"address": address, "labels": {"app": "vm", "version": version}}
    entry |= {"ports": {draw.one(ports)["name"]: 7777}} if draw.chance(0.15) else {}
    entry |= {"serviceAccount": "vm"} if draw.chance(0.2) else {}
    return entry | ({"weight": 5} if draw.chance(0.1) else {})


def _workload_entries(draw: Draw, space: str, ports: list[dict[str, Any]]) -> None:
    for version in ("v1", "v2"):
        where = space if draw.chance(0.85) else draw.one(SPACES)
        draw.add("WorkloadEntry", where, _endpoint(draw, draw.address(), version, ports))


def _selected_entry(draw: Draw, app: str, space: str, entries: list[dict[str, Any]]) -> None:
    """A WorkloadEntry that a Service selects, with ports of its own or without."""
    spec: dict[str, Any] = {"address": draw.address(), "labels": {"app": app, "version": "v1"}, "serviceAccount": "vm"}
    if draw.chance(0.5):
        spec["ports"] = {draw.one((entries[0].get("name") or "plain", "main")): 7777}
    draw.add("WorkloadEntry", space, spec)


def _wildcard_entry(draw: Draw) -> None:
    """A ServiceEntry for a wildcard; clients dial a host that it covers."""
    port = {"number": 7070, "name": "grpc", "protocol": "GRPC"}
    spec = {"hosts": ["*.wild.x0.example"], "location": "MESH_EXTERNAL", "ports": [port], "resolution": "NONE"}
    draw.add("ServiceEntry", draw.one(SPACES), spec | draw.export(own=""))
    draw.hosts.append(Host("a.wild.x0.example", (7070,)))


def _external_name(draw: Draw) -> None:
    target = draw.one((f"echo.{SVC}.svc.cluster.local", "far.x0.example"))
    spec = {
        "type": "ExternalName",
        "externalName": target,
        "ports": [{"port": 7070, "name": "grpc", "protocol": "TCP"}],
    }
    draw.add("Service", A, spec, version="v1", name="alias")
    draw.hosts.append(Host(f"alias.{A}.svc.cluster.local", (7070,)))
