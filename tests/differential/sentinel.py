"""When istiod has taken up a batch: one object of each kind changes after all others, and the answers are watched for it.

istiod reads each kind in the order of its changes, so an answer that shows the last change of a kind has all before it.
"""

import time
from typing import Any

from differential.ask import ask
from differential.cluster import Cluster
from differential.mesh import Client, Host, Mesh, Object, Server
from lab.errors import LabError

_SPACE = "sentinel"
_HOST = f"steady.{_SPACE}.svc.cluster.local"
_SIDES = tuple(f"{side}.{_SPACE}.svc.cluster.local" for side in ("even", "odd"))
_SERVE = "10.99.255.1"
_SETTLE = 0.15
"""Seconds after the last sign: istiod waits up to 30 ms for more changes before it computes."""
_ISTIO, _SECURITY, _GATEWAY = "networking.istio.io/v1", "security.istio.io/v1", "gateway.networking.k8s.io/v1"


def settle(cluster: Cluster, number: int, *, timeout: float = 60.0) -> None:
    """Change the sentinels and wait until istiod's answers show each. ``number`` grows by one with each call of a run."""
    cluster.replace(_objects(number))
    if number > 1:
        cluster.remove([_pod(number - 1)])
    deadline = time.monotonic() + timeout
    mesh = _mesh(number)
    while missing := [name for name, seen in _signs(ask(cluster.xds, [mesh])[0], number).items() if not seen]:
        if time.monotonic() > deadline:
            raise LabError(f"istiod does not show within {timeout:g} s what was changed last: {', '.join(missing)}")
        time.sleep(0.05)
    time.sleep(_SETTLE)


def _mesh(number: int) -> Mesh:
    hosts = (
        Host(_HOST, (7070, _port(number))),
        *(Host(side, (7070,)) for side in _SIDES),
        Host(_entry(number), (7070,)),
    )
    clients = (
        Client(_SPACE, "plain", {"role": "plain"}, "10.99.255.2"),
        Client(_SPACE, "scoped", {"role": "scoped"}, "10.99.255.3"),
    )
    return Mesh(0, (), hosts, clients, (Server(_SPACE, "serve", {"app": "steady"}, _SERVE, "default", (7070,)),))


def _port(number: int) -> int:
    return 20000 + number % 20000


def _entry(number: int) -> str:
    return f"se-{number}.sentinel.example"


def _address(number: int, kind: int) -> str:
    return f"10.{kind}.{number // 250 % 250}.{number % 250}"


def _signs(answer: dict[str, Any], number: int) -> dict[str, bool]:
    plain, scoped = (answer["clients"][f"{_SPACE}/{name}"] for name in ("plain", "scoped"))
    server = answer["servers"][f"{_SPACE}/serve"]["7070"] or {"tls": None, "rules": []}
    routes = {target: (told["routes"] or [{}])[0] for target, told in plain["routes"].items()}
    subset = f"outbound|7070|v1|{_HOST}"
    return {
        "Service": plain["listeners"][f"{_HOST}:{_port(number)}"],
        "EndpointSlice, Pod": plain["endpoints"].get(subset) == [f"{_address(number, 97)}:7070"],
        "DestinationRule": plain["clusters"].get(subset, {}).get("max") == 1000 + number,
        "VirtualService": routes.get(f"{_HOST}:7070", {}).get("name") == f"r-{number}",
        "ServiceEntry": plain["listeners"][f"{_entry(number)}:7070"],
        "WorkloadEntry": plain["endpoints"].get(f"outbound|7070||{_entry(number)}") == [f"{_address(number, 98)}:7070"],
        "Sidecar": [scoped["listeners"][f"{side}:7070"] for side in _SIDES] == [number % 2 == 0, number % 2 == 1],
        "PeerAuthentication": server["tls"] is (number % 2 == 0),
        "AuthorizationPolicy": len([rule for rules in server["rules"] for rule in rules if "sentinel" in rule])
        == 1 + number % 2,
        "HTTPRoute": f"x-sign~string_match~exact:{number}" in routes.get(f"{_SIDES[0]}:7070", {}).get("headers", ()),
        "GRPCRoute": f"x-sign~string_match~exact:{number}" in routes.get(f"{_SIDES[1]}:7070", {}).get("headers", ()),
    }


def _object(kind: str, version: str, name: str, spec: Any = None, **more: Any) -> Object:
    metadata = {"name": name, "namespace": _SPACE} | ({"labels": more.pop("labels")} if "labels" in more else {})
    return (
        {"apiVersion": version, "kind": kind, "metadata": metadata}
        | ({"spec": spec} if spec is not None else {})
        | more
    )


def _service(name: str, *ports: int) -> Object:
    entries = [{"name": f"grpc-{port}", "port": port, "protocol": "TCP"} for port in ports]
    return _object("Service", "v1", name, {"ports": entries, "selector": {"app": name}})


def _pod(number: int, address: str = "", **labels: str) -> Object:
    address = address or _address(number, 97)
    status = {
        "phase": "Running",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    spec = {"containers": [{"name": "app", "image": "localhost/app:1"}], "nodeName": "n1"}
    return _object("Pod", "v1", f"pod-{number}", spec, labels={"version": "v1"} | labels, status=status)


def _objects(number: int) -> list[Object]:
    where = {"destination": {"host": _HOST, "subset": "v1", "port": {"number": 7070}}}
    headers = {"headers": [{"name": "x-sign", "value": str(number)}]}
    endpoint = {
        "addresses": [_address(number, 97)],
        "conditions": {"ready": True},
        "targetRef": {"kind": "Pod", "name": f"pod-{number}", "namespace": _SPACE},
    }

    def route(side: str) -> dict[str, Any]:
        to = {"name": side, "port": 7070}
        return {
            "parentRefs": [{"group": "", "kind": "Service", "name": side}],
            "rules": [{"matches": [headers], "backendRefs": [to]}],
        }

    def sidecar(role: str, host: str) -> Object:
        return _object(
            "Sidecar", _ISTIO, role, {"workloadSelector": {"labels": {"role": role}}, "egress": [{"hosts": [host]}]}
        )

    entry: dict[str, Any] = {
        "hosts": [_entry(number)],
        "location": "MESH_INTERNAL",
        "resolution": "STATIC",
        "workloadSelector": {"labels": {"app": "vm"}},
    }
    entry["ports"] = [{"number": 7070, "name": "grpc", "protocol": "GRPC"}]
    policy = {"connectionPool": {"http": {"http2MaxRequests": 1000 + number}}}
    subsets = [{"name": "v1", "labels": {"version": "v1"}}]
    rule = {"to": [{"operation": {"paths": ["/x.Y/Z"]}}]}
    mode = "STRICT" if number % 2 == 0 else "DISABLE"
    return [
        _pod(number),
        _pod(0, _SERVE, app="steady"),
        _service("steady", 7070, _port(number)),
        _service("even", 7070),
        _service("odd", 7070),
        _object(
            "EndpointSlice", "discovery.k8s.io/v1", "steady", labels={"kubernetes.io/service-name": "steady"},
            addressType="IPv4", endpoints=[endpoint], ports=[{"name": "grpc-7070", "port": 7070, "protocol": "TCP"}],
        ),
        _object("ServiceEntry", _ISTIO, "entry", entry),
        _object("WorkloadEntry", _ISTIO, "entry", {"address": _address(number, 98), "labels": {"app": "vm"}}),
        sidecar("plain", "./*"),
        sidecar("scoped", f"./{_SIDES[number % 2]}"),
        _object("DestinationRule", _ISTIO, "rule", {"host": _HOST, "trafficPolicy": policy, "subsets": subsets}),
        _object("VirtualService", _ISTIO, "routes", {"hosts": [_HOST], "http": [{"name": f"r-{number}", "route": [where]}]}),
        _object("PeerAuthentication", _SECURITY, "mode", {"mtls": {"mode": mode}}),
        _object("AuthorizationPolicy", _SECURITY, "deny", {"action": "DENY", "rules": [rule] * (1 + number % 2)}),
        _object("HTTPRoute", _GATEWAY, "http", route("even")),
        _object("GRPCRoute", _GATEWAY, "grpc", route("odd")),
    ]  # fmt: skip
