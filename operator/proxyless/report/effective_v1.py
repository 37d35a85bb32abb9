"""What is in effect as JSON, schema version 1. Pure and deterministic; called by ``cli.effective``.

Within version 1 keys are only added. ``null`` is "not known", but where it says otherwise.

    version      1
    clients      [{namespace, name, kind, targets}]: proxyless workloads
    servers      [{namespace, name, port, listener, tls, policies, source}]: ports of proxyless workloads that a Service reaches
                 or a container declares; tls null without a listener; policies: AuthorizationPolicies that are enforced,
                 as "namespace/name"; source: the PeerAuthentication that decides, null for Istio's default

    target       {host, port, listener, route_source, routes, clusters, verdict, because}; host as dialed where a client dials
                 a short name; route_source: what routes the host, "namespace/name", null for the Service's default route
    route        {name, match {path, headers}, clusters [[name, weight]], source}, in the order in which they are sent; weight
                 null for a single destination, which is sent without one; source as route_source
    clusters     name to {exists, tls, lb, source, endpoints}: those that the routes name, the host's own and its subsets';
                 source: the DestinationRule that counts, null for none; endpoints "ip:port", and "kind/name:port" where the
                 address is not known
    verdict      "works with mTLS", "plaintext", "plaintext for some calls", "fails: ...", "fails for some calls: ...", "not
                 decided: ..."; of policies only what is certain for calls of any method
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from proxyless.mesh.effective.call_ends import Sides
from proxyless.mesh.effective.call_verdict import Because, Fate, verdict
from proxyless.mesh.effective.client import ClientClass, Target
from proxyless.mesh.effective.clusters import Cluster
from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.effective.routes import Route
from proxyless.mesh.effective.servers import Server
from proxyless.mesh.effective.stopped_calls import stopped
from proxyless.mesh.workload import Workload
from proxyless.model.path import FieldPath
from proxyless.model.resource import Origin, Resource

VERSION = 1


def document(clients: list[dict[str, Any]], servers: Iterable[Server], fields: "DecidingFields") -> dict[str, Any]:
    """The document as JSON values; ``fields`` notes what decides each value."""
    return {"version": VERSION, "clients": clients, "servers": [_server(item, fields) for item in servers]}


def text(values: dict[str, Any]) -> str:
    """The JSON text, with a newline at its end."""
    return json.dumps(values, indent=2) + "\n"


def client(workload: Workload, targets: list[dict[str, Any]]) -> dict[str, Any]:
    """One client with what it gets."""
    resource = workload.resource
    return {"namespace": resource.namespace, "name": resource.name, "kind": resource.kind, "targets": targets}


class DecidingFields:
    """The fields that decide values: text tells their lines, which are looked up in one go once all are known.

    Args:
        told: whether they are told at all; the JSON document of version 1 has none.
    """

    def __init__(self, *, told: bool) -> None:
        self._told = told
        self._open: list[tuple[dict[str, Any], Origin, FieldPath]] = []

    def mark(self, value: dict[str, Any], resource: Resource | None, path: FieldPath = ()) -> dict[str, Any]:
        """Note what decides a value; nothing where nothing written does, or it comes from no file."""
        if self._told and resource is not None and resource.origin is not None:
            self._open.append((value, resource.origin, path))
        return value

    def wanted(self) -> Iterator[tuple[Origin, FieldPath]]:
        """The fields of which lines are told."""
        return ((origin, path) for _, origin, path in self._open)

    def fill(self, lines: Mapping[tuple[Origin, FieldPath], tuple[int, int]]) -> None:
        """Give each value ``at``, file and line."""
        for value, origin, path in self._open:
            value["at"] = f"{origin.file}:{lines.get((origin, path), (origin.line, 0))[0]}"


class Targets:
    """Targets as JSON values, made once per class of clients and service account."""

    def __init__(self, mesh: Mesh, sides: Sides, fields: DecidingFields) -> None:
        self._mesh = mesh
        self._sides = sides
        self._fields = fields
        self._known: dict[tuple[ClientClass, str, str, int], dict[str, Any]] = {}

    def of(self, client: ClientClass, target: Target, account: str = "default", *, dialed: str = "") -> dict[str, Any]:
        """One target; ``account``: the client's service account, ``dialed``: the short name by which the client calls it."""
        key = (client, account, dialed or target.host, target.port)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = _target(
                client, target, self._judged(client, target, account), dialed, self._fields
            )
        return known

    def _judged(self, client: ClientClass, target: Target, account: str) -> tuple[str, Because]:
        """The verdict and why: whether calls reach a server, and if so whether a fault, a policy or no route stops them."""
        judged = verdict(self._mesh, client, target, self._sides.party_of)
        if judged.worst.fate in (Fate.ENCRYPTED, Fate.PLAINTEXT):
            found = stopped(self._mesh, client, target, account, self._sides)
            if found is not None:
                return found.text, found.end.because
        return judged.text, judged.worst.because


def _target(
    client: ClientClass, target: Target, judged: tuple[str, Because], dialed: str, fields: DecidingFields
) -> dict[str, Any]:
    found = target.virtual_host
    text, because = judged
    names = list(target.cluster_names)
    if target.listener:
        names += [str(item.name) for item in client.clusters_of(target.host, target.port)]
    made = {
        "host": dialed or target.host,
        "port": target.port,
        "listener": target.listener,
        "route_source": _named(found.routing.resource) if found is not None and found.routing is not None else None,
        "routes": [_route(route, fields) for route in found.routes] if found is not None else [],
        "clusters": {name: _cluster(client, client.cluster(name), fields) for name in dict.fromkeys(names)},
        "verdict": text,
        "because": str(because),
    }
    return fields.mark(made, because.resource, because.path)


def _route(route: Route, fields: DecidingFields) -> dict[str, Any]:
    made = {
        "name": route.name,
        "match": {"path": route.match.path, "headers": sorted(route.match.headers)},
        "clusters": [[item.name, item.weight] for item in route.clusters],
        "source": _source(route),
    }
    return fields.mark(made, route.resource, route.match_path or route.path)


def _source(route: Route) -> str | None:
    """The object that won the host: a delegate's route counts for its root."""
    if route.resource is None:
        return None
    return route.root if route.resource.kind == "VirtualService" else _named(route.resource)


def _cluster(client: ClientClass, cluster: Cluster, fields: DecidingFields) -> dict[str, Any]:
    name = str(cluster.name)
    setting = cluster.tls_setting or cluster.policy.taken_by.get("tls")
    decider = cluster.answer.rule.decider if cluster.answer is not None else None
    made = {
        "tls": cluster.tls,
        "lb": cluster.lb,
        "source": _named(decider),
        "endpoints": sorted(map(str, client.endpoints(name).items)),
        "exists": cluster.exists,
    }
    if setting is not None:
        return fields.mark(made, setting.rule, setting.path)
    return fields.mark(made, decider)


def _server(server: Server, fields: DecidingFields) -> dict[str, Any]:
    resource = server.workload.resource
    made = {
        "namespace": resource.namespace,
        "name": resource.name,
        "port": server.port,
        "listener": server.listener,
        "tls": server.tls if server.listener else None,
        "policies": [_named(item) for item in server.policies] if server.listener else [],
        "source": _named(server.peer.source),
    }
    return fields.mark(made, server.peer.source, server.peer.path)


def _named(resource: Resource | None) -> str | None:
    return f"{resource.namespace}/{resource.name}" if resource is not None else None
