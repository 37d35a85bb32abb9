"""Where the model and istiod's answers differ on one mesh. Used by the replay and by the minimal faults."""

import json
from collections.abc import Iterator
from typing import Any

from mesh.effective.oracle.meshes import Told
from proxyless.mesh.effective.client import ClientClass, Target
from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.effective.routes import Route


def differences(said: Told, mesh: Mesh) -> Iterator[str]:
    """Every difference in listeners, short names, routes, clusters, endpoints and servers, in words."""
    for name, facts in said.clients.items():
        workload = said.workload(name)
        client = mesh.client(workload.namespace, workload.labels)
        for what, key, istiod, ours in _of_client(client, facts):
            if istiod != ours:
                yield f"{said.name}, {name}: {what} {key}: istiod says {json.dumps(istiod)}, the model {json.dumps(ours)}"
    for name, ports in said.servers.items():
        workload = said.workload(name)
        for port, istiod in ports.items():
            server = mesh.server(workload, int(port))
            ours = {"tls": server.tls, "chains": 1, "rbac": list(server.filters)} if server.listener else None
            if istiod != ours:
                yield f"{said.name}, {name}: server {port}: istiod says {json.dumps(istiod)}, the model {json.dumps(ours)}"


_Compared = tuple[str, str, Any, Any]


def _of_client(client: ClientClass, facts: dict[str, Any]) -> Iterator[_Compared]:
    for key, istiod in facts["listeners"].items():
        yield "listener", key, istiod, _target(client, key).listener
    for key, istiod in facts["shorts"].items():
        found = client.dialed(key)
        yield "short name", key, istiod, found.listener if found else None
    for key, istiod in facts["short_routes"].items():
        found = client.dialed(key)
        yield "routes of short name", key, istiod, f"outbound|{found.port}||{found.host}" if found else None
    for key, istiod in facts["routes"].items():
        yield "routes", key, istiod, _routes(_target(client, key))
    for key in dict.fromkeys((*facts["asked"], *facts["clusters"])):
        yield "cluster", key, _three(facts["clusters"].get(key)), _cluster(client, key)
    for key, istiod in facts["endpoints"].items():
        yield "endpoints", key, sorted(istiod), sorted(map(str, client.endpoints(key).items))


def _target(client: ClientClass, key: str) -> Target:
    host, _, port = key.rpartition(":")
    return client.target(host, int(port))


def _routes(target: Target) -> dict[str, Any]:
    found = target.virtual_host
    return {
        "hosts": len(target.routed.hosts),
        "vh": f"{found.domain}:{target.port}" if found is not None else None,
        "routes": [_route(route) for route in found.routes] if found is not None else None,
    }


def _route(route: Route) -> dict[str, Any]:
    told: dict[str, Any] = {"name": route.name}
    if route.root:
        told |= {"config": route.root, "kind": "virtual-service"}
    told |= {"path": route.match.path, "headers": sorted(route.match.headers)}
    if route.action:
        return told | {"action": route.action}
    return told | {"clusters": [[item.name, item.weight] for item in route.clusters], "timeout": route.timeout}


def _three(cluster: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if cluster is None else {key: cluster[key] for key in ("tls", "lb", "max")}


def _cluster(client: ClientClass, name: str) -> dict[str, Any] | None:
    found = client.cluster(name)
    return {"tls": found.tls, "lb": found.lb, "max": found.max_requests} if found.exists else None
