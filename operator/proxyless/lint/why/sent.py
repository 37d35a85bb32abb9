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


class Point(NamedTuple):
    """One thing that is calculated, and that istiod sends."""

    topic: str
    """``listener``, ``routes``, ``cluster``, ``tls``, ``endpoints``."""
    kind: str
    """Type of the resource that tells it, ``RouteConfiguration``."""
    resource: str
    """Name of that resource."""
    name: str
    """What it is about, for people."""
    calculated: str
    """Empty where it was not decided."""
    sent: str

    @property
    def differs(self) -> bool:
        """Whether istiod sends something else than was calculated."""
        return bool(self.calculated) and self.calculated != self.sent


def differences(question: Question, sent: Sent) -> tuple[Point, ...]:
    """All points in which istiod's answers differ from what was calculated; what was not decided is left out."""
    return tuple(point for point in points(question, sent) if point.differs)


def points(question: Question, sent: Sent) -> tuple[Point, ...]:
    """All points of one call, in the order in which a client asks for them. Nothing is behind a listener that is not there."""
    target = question.target
    return () if target is None else tuple(_points(question, target, sent))


def _points(question: Question, target: Target, sent: Sent) -> Iterator[Point]:
    there = question.dialed in sent.listeners
    calculated = "" if target.listener is None else _is_there(target.listener)
    yield Point("listener", "Listener", question.dialed, question.dialed, calculated, _is_there(there))
    if not (target.listener and there):
        return
    ours, theirs = _routes(target), _routes_sent(target, sent)
    named = next(iter(sent.routes), f"outbound|{target.port}||{target.host}")
    yield Point(
        "routes", "RouteConfiguration", named, target.host, "; ".join(ours) or "none", "; ".join(theirs) or "none"
    )
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


def _of_cluster(question: Question, name: str, sent: Sent) -> Iterator[Point]:
    cluster, there = question.client.cluster(name), mapping(sent.clusters.get(name))
    calculated = "" if cluster.exists is None else _is_there(cluster.exists)
    yield Point("cluster", "Cluster", name, name, calculated, _is_there(there))
    if not (cluster.exists and there):
        return
    tls = "" if cluster.tls is None else _sends(cluster.tls)
    yield Point("tls", "Cluster", name, name, tls, _sends("transport_socket" in there))
    endpoints = question.client.endpoints(name)
    known = not endpoints.unknown and all(item.address for item in endpoints.items)
    ours = (", ".join(sorted(map(str, endpoints.items))) or "none") if known else ""
    theirs = ", ".join(sorted(_addresses(sent.endpoints.get(name)))) or "none"
    yield Point("endpoints", "ClusterLoadAssignment", name, name, ours, theirs)


def _sends(tls: object) -> str:
    return "mTLS" if tls else "plaintext"


def _addresses(assignment: object) -> Iterator[str]:
    for locality in map(mapping, sequence(mapping(assignment).get("endpoints"))):
        for item in map(mapping, sequence(locality.get("lb_endpoints"))):
            place = mapping(mapping(mapping(item.get("endpoint")).get("address")).get("socket_address"))
            yield f"{place.get('address')}:{place.get('port_value')}"
