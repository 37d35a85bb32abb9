"""Compares what istiod sends this client now with what was calculated. Pure: the answers come as JSON values from ``adapters.ads``.

A difference is an error of somebody: objects that istiod has not taken up, or that are not applied yet, or a fault of ours.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from proxyless.lint.why.question import Question
from proxyless.mesh.effective.client import Target
from proxyless.model.record import NamedTuple
from proxyless.model.resource import mapping, sequence


class Sent(NamedTuple):
    """Answers of istiod by name, as ``proxyless xds`` prints them."""

    listeners: Mapping[str, Any]
    routes: Mapping[str, Any]
    clusters: Mapping[str, Any]
    endpoints: Mapping[str, Any]


class Difference(NamedTuple):
    """One point in which both differ."""

    topic: str
    """``listener``, ``routes``, ``cluster``, ``tls``, ``endpoints``."""
    name: str
    calculated: str
    sent: str


def differences(question: Question, sent: Sent) -> tuple[Difference, ...]:
    """All points in which istiod's answers differ from what was calculated; what was not decided is left out."""
    target = question.target
    return () if target is None else tuple(_differences(question, target, sent))


def _differences(question: Question, target: Target, sent: Sent) -> Iterator[Difference]:
    there = question.dialed in sent.listeners
    if target.listener is not None and target.listener != there:
        yield Difference("listener", question.dialed, _is_there(target.listener), _is_there(there))
    if not (target.listener and there):
        return
    ours, theirs = _routes(target), _routes_sent(target, sent)
    if ours != theirs:
        yield Difference("routes", target.host, "; ".join(ours) or "none", "; ".join(theirs) or "none")
    for name in target.cluster_names:
        yield from _of_cluster(question, name, sent)


def _is_there(value: object) -> str:
    return "there" if value else "not there"


def _routes(target: Target) -> list[str]:
    if target.virtual_host is None:
        return []
    return [
        _route(route.name, [(item.name, item.weight) for item in route.clusters])
        for route in target.virtual_host.routes
    ]


def _routes_sent(target: Target, sent: Sent) -> list[str]:
    hosts = [mapping(host) for item in sent.routes.values() for host in sequence(mapping(item).get("virtual_hosts"))]
    names = {target.host, f"{target.host}:{target.port}"}
    own = next(
        (host for host in hosts if names & set(map(str, sequence(host.get("domains"))))), hosts[0] if hosts else {}
    )
    found = []
    for route in map(mapping, sequence(own.get("routes"))):
        action = mapping(route.get("route"))
        shares = sequence(mapping(action.get("weighted_clusters")).get("clusters"))
        weighted = [(str(item.get("name")), item.get("weight")) for item in map(mapping, shares)]
        single = [(str(action["cluster"]), None)] if action.get("cluster") else []
        found.append(_route(str(route.get("name") or ""), weighted or single))
    return found


def _route(name: str, clusters: list[tuple[str, Any]]) -> str:
    to = ", ".join(cluster if weight is None else f"{cluster} ({weight})" for cluster, weight in clusters)
    return f"{name or 'unnamed'} -> {to or 'no cluster'}"


def _of_cluster(question: Question, name: str, sent: Sent) -> Iterator[Difference]:
    cluster, there = question.client.cluster(name), mapping(sent.clusters.get(name))
    if cluster.exists is not None and cluster.exists != bool(there):
        yield Difference("cluster", name, _is_there(cluster.exists), _is_there(there))
    if not (cluster.exists and there):
        return
    tls = "transport_socket" in there
    if cluster.tls is not None and cluster.tls != tls:
        yield Difference("tls", name, _sends(cluster.tls), _sends(tls))
    endpoints = question.client.endpoints(name)
    if endpoints.unknown or any(not item.address for item in endpoints.items):
        return
    ours, theirs = sorted(map(str, endpoints.items)), sorted(_addresses(sent.endpoints.get(name)))
    if ours != theirs:
        yield Difference("endpoints", name, ", ".join(ours) or "none", ", ".join(theirs) or "none")


def _sends(tls: object) -> str:
    return "mTLS" if tls else "plaintext"


def _addresses(assignment: object) -> Iterator[str]:
    for locality in map(mapping, sequence(mapping(assignment).get("endpoints"))):
        for item in map(mapping, sequence(locality.get("lb_endpoints"))):
            place = mapping(mapping(mapping(item.get("endpoint")).get("address")).get("socket_address"))
            yield f"{place.get('address')}:{place.get('port_value')}"
