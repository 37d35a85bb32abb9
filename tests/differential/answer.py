"""The model's answers to the questions that istiod was asked, in the form of facts. Pure.

Every kind of object counts as given whole: what is not in the record does not exist.
"""

from typing import Any

from differential.compare import UNKNOWN
from differential.keep import Record
from differential.mesh import Client, Server
from proxyless.adapters.istio_text import settings_in
from proxyless.mesh.effective.client import ClientClass, Target
from proxyless.mesh.effective.clusters import Cluster
from proxyless.mesh.effective.handling import RouteHandling, handling
from proxyless.mesh.effective.identities import identities
from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.effective.routes import Route
from proxyless.mesh.effective.servers import action_of, rules_of
from proxyless.mesh.merge import MergedRule
from proxyless.mesh.workload import workload_of
from proxyless.model.kinds import KINDS
from proxyless.model.resource import resource
from proxyless.model.snapshot import Snapshot


def answer(record: Record) -> dict[str, Any]:
    """The same questions as the record's facts answer, answered by the model."""
    found = [item for body in record.objects if (item := resource(body)) is not None]
    maps = [body for body in record.objects if body["kind"] == "ConfigMap"]
    found += [item for body in maps for item in settings_in(body, "istio-system").resources]
    mesh = Mesh(Snapshot(found, complete=KINDS))
    told = record.facts["clients"]
    return {
        "clients": {client.key: _client(mesh, client, told[client.key], record) for client in record.mesh.clients},
        "servers": {server.key: _server(mesh, server) for server in record.mesh.servers},
    }


def _client(mesh: Mesh, client: Client, told: dict[str, Any], record: Record) -> dict[str, Any]:
    asking = mesh.client(client.namespace, client.labels)
    targets = {
        f"{host.name}:{port}": asking.target(host.name, port) for host in record.mesh.hosts for port in host.ports
    }
    shorts = {short: asking.dialed(short) for short in record.mesh.shorts}
    there = {short: found for short, found in shorts.items() if found is not None and found.listener}
    clusters = {name: found for name in told["asked"] if (found := _cluster(mesh, asking, name)) is not None}
    return {
        "listeners": {name: _known(target.listener) for name, target in targets.items()},
        "shorts": {name: found is not None and _known(found.listener) for name, found in shorts.items()},
        "short_routes": {name: f"outbound|{found.port}||{found.host}" for name, found in there.items()},
        "routes": {name: _routes(asking, target, mesh) for name, target in targets.items() if target.listener},
        "clusters": clusters,
        "endpoints": {name: _endpoints(asking, name) for name in clusters},
        "asked": told["asked"],
    }


def _known(answer: object) -> object:
    return UNKNOWN if answer is None else answer


def _routes(asking: ClientClass, target: Target, mesh: Mesh) -> dict[str, Any]:
    hosts, taking = target.routed.hosts, target.virtual_host
    if not hosts or taking is None:
        return {"hosts": 0, "vh": None, "routes": None}

    def rule_of(host: str) -> MergedRule | None:
        seen = asking.scope.service(host)
        if seen is None:
            return None
        found = mesh.destination_rules.effective(
            host, service_namespace=seen.registered.namespace, client_namespace=asking.namespace, labels=asking.labels
        )
        return found.rule if found is not None else None

    return {
        "hosts": len(hosts),
        "vh": f"{taking.shared_with or taking.domain}:{target.port}",
        "routes": [
            route_fact(item) | _handled(handling(item, target.port, rule_of, mesh.options.retries), item)
            for item in taking.routes
        ],
    }


def route_fact(route: Route) -> dict[str, Any]:
    """A route as istiod's answers have it, without what it does beside routing."""
    match = route.match
    found: dict[str, Any] = {"name": route.name, "path": match.path + (" any case" if match.ignores_case else "")}
    found["headers"] = list(match.headers)
    if match.query:
        found["query"] = [item.partition("~")[0] for item in match.query]
    if route.root:
        found |= {"config": route.root, "kind": "virtual-service"}
    if route.action:
        return found | {"action": route.action}
    return found | {"clusters": [[item.name, item.weight] for item in route.clusters] or [["", None]]}


def _handled(told: RouteHandling, route: Route) -> dict[str, Any]:
    """In the form of the protos."""
    found: dict[str, Any] = {} if route.action else {"timeout": told.deadline or "0s"}
    if told.deadline is not None:
        found["longest"] = {"maxStreamDuration": told.deadline}
    if told.retries:
        each = {"each": told.retries.each} if told.retries.each else {}
        found["retry"] = {"on": told.retries.conditions, "times": told.retries.attempts} | each
    if told.hashes:
        found["hash"] = [_hash(*item.split()) for item in told.hashes]
    fault: dict[str, Any] = {}
    if told.delay:
        fault["delay"] = {"fixedDelay": told.delay.duration, "percentage": _percent(told.delay.per_million)}
    if told.abort:
        share = {} if told.abort.per_million is None else {"percentage": _percent(told.abort.per_million)}
        fault["abort"] = {"httpStatus" if told.abort.is_http else "grpcStatus": told.abort.status} | share
    return found | ({"fault": fault} if fault else {})


def _hash(kind: str, name: str = "") -> dict[str, Any]:
    return {"header": {"headerName": name}} if kind == "header" else {"connectionProperties": {"sourceIp": True}}


def _percent(per_million: int) -> dict[str, Any]:
    return {"numerator": per_million, "denominator": "MILLION"}


def _cluster(mesh: Mesh, asking: ClientClass, name: str) -> dict[str, Any] | None:
    found = asking.cluster(name)
    if found.exists is False:
        return None
    return {"tls": _known(found.tls), "sans": _expected(mesh, found), "lb": found.lb, "max": found.max_requests}


def _expected(mesh: Mesh, found: Cluster) -> object:
    if not found.tls or found.seen is None:
        return []
    names = identities(found.seen.registered, mesh.registry, mesh.workloads, mesh.options.trust_domain)
    return UNKNOWN if names is None else list(names)


def _endpoints(asking: ClientClass, name: str) -> object:
    found = asking.endpoints(name)
    return UNKNOWN if found.unknown else sorted({f"{item.address}:{item.port}" for item in found.items})


def _server(mesh: Mesh, server: Server) -> dict[str, Any]:
    pod = mesh.snapshot.get("Pod", server.namespace, server.name)
    workload = workload_of(pod) if pod is not None else None
    if workload is None:
        return dict.fromkeys(map(str, server.ports))
    return {str(port): _port(mesh, workload, port) for port in server.ports}


def _port(mesh: Mesh, workload: Any, port: int) -> dict[str, Any] | None:
    found = mesh.server(workload, port)
    if not found.listener:
        return None
    rules = {
        action: [policy for policy in found.policies if action_of(policy) == action] for action in ("DENY", "ALLOW")
    }
    return {
        "tls": found.tls,
        "rbac": list(found.filters),
        "rules": [
            sorted(
                f"{policy.namespace}-{policy.name}-{place}"
                for policy in policies
                for place in range(len(rules_of(policy)))
            )
            for policies in rules.values()
            if policies
        ],
    }
