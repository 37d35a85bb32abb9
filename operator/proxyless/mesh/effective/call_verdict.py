"""What happens to the calls of one class of clients to one host and port. Pure; asked by commands and rules.

Follows what istiod sends: listener, routes, clusters, endpoints, and at each endpoint the server's side. Authorization is
not judged here, since it depends on the method: ``Server.policies`` names who has a say.
"""

from collections.abc import Callable, Iterator
from enum import Enum

from proxyless.mesh.effective.client import ClientClass, Target
from proxyless.mesh.effective.clusters import Cluster
from proxyless.mesh.effective.endpoints import Endpoint
from proxyless.mesh.effective.hosts import VirtualHost
from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.effective.routes import Route
from proxyless.mesh.effective.servers import Server
from proxyless.mesh.pair import OWN_TLS, PairOutcome, Party, client_sends, outcome
from proxyless.mesh.pair import PairServer as Side
from proxyless.mesh.peer import TLS_MODE, Speaks
from proxyless.mesh.workload import GATEWAY, Workload
from proxyless.model.path import FieldPath, show
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource

Parties = Callable[[Workload], Party | None]
"""What a workload is; None: not known."""


class Fate(Enum):
    """What happens to calls."""

    __hash__ = object.__hash__  # as Framework

    ENCRYPTED = "works with mTLS"
    PLAINTEXT = "plaintext"
    FAILS = "fails: UNAVAILABLE"
    UNKNOWN = "not decided"


class Because(NamedTuple):
    """A reason, and the field that decides."""

    words: str
    resource: Resource | None = None
    path: FieldPath = ()

    def __str__(self) -> str:
        if self.resource is None:
            return self.words
        where = f" {show(self.path)}" if self.path else ""
        return f"{self.words} ({self.resource.ref}{where})"


class Way(NamedTuple):
    """One way that calls can take."""

    fate: Fate
    because: Because
    route: Route | None = None
    cluster: Cluster | None = None
    endpoint: Endpoint | None = None
    server: Server | None = None


class CallVerdict(NamedTuple):
    """What happens to the calls of a client to a target: every way that they can take, and what all come to."""

    ways: tuple[Way, ...]

    @property
    def fates(self) -> tuple[Fate, ...]:
        """Each fate once, in the order of the ways."""
        return tuple(dict.fromkeys(way.fate for way in self.ways))

    @property
    def worst(self) -> Way:
        """The way that decides: a failing one, else one that is not decided, else plaintext."""
        order = (Fate.FAILS, Fate.UNKNOWN, Fate.PLAINTEXT, Fate.ENCRYPTED)
        return min(self.ways, key=lambda way: order.index(way.fate))

    @property
    def text(self) -> str:
        """``works with mTLS``, ``plaintext``, ``fails: UNAVAILABLE, …``, ``fails for some calls: …``, ``not decided: …``."""
        worst = self.worst
        match worst.fate:
            case Fate.FAILS if len(self.fates) > 1:
                return f"fails for some calls: UNAVAILABLE, {worst.because.words}"
            case Fate.FAILS:
                return f"{worst.fate.value}, {worst.because.words}"
            case Fate.UNKNOWN:
                return f"{worst.fate.value}: {worst.because.words}"
            case Fate.PLAINTEXT if len(self.fates) > 1:
                return "plaintext for some calls"
            case _:
                return str(worst.fate.value)


def verdict(mesh: Mesh, client: ClientClass, target: Target, party_of: Parties) -> CallVerdict:
    """What happens to calls of these clients to a target."""
    return CallVerdict(tuple(_ways(mesh, client, target, party_of)))


def _ways(mesh: Mesh, client: ClientClass, target: Target, party_of: Parties) -> Iterator[Way]:
    if target.hidden is not None:
        why = target.hidden
        fate = Fate.UNKNOWN if why.is_unknown else Fate.FAILS
        yield Way(fate, Because(why.reason, why.resource, why.path))
        return
    if target.virtual_host is None:
        yield Way(Fate.FAILS, no_routes(target))
        return
    ways = list(_of_routes(mesh, client, target.virtual_host, party_of))
    fates = {way.fate for way in ways}
    for rival in target.routed.rivals:
        if {way.fate for way in _of_routes(mesh, client, rival, party_of)} != fates:
            one, other = target.virtual_host.routing, rival.routing
            if one is not None and other is not None:
                words = f"neither {one.resource.ref} nor {other.resource.ref} has a creation time; the older one counts"
                yield Way(Fate.UNKNOWN, Because(words, other.resource, ("metadata", "creationTimestamp")))
                return
    yield from ways


def _of_routes(mesh: Mesh, client: ClientClass, found: VirtualHost, party_of: Parties) -> Iterator[Way]:
    judged: dict[str, list[Way]] = {}
    for route in found.routes:
        if not route.clusters:
            what = f"is a {route.action.replace('_', ' ')}" if route.action else "has no destination"
            yield Way(Fate.FAILS, Because(f"route {route.name!r} {what}", route.resource, route.path), route)
        for item in route.clusters:
            if item.name not in judged:
                judged[item.name] = list(ways_of_cluster(mesh, client, item.name, party_of))
            for way in judged[item.name]:
                because = way.because
                if because.resource is None and way.cluster is not None and not way.cluster.exists:
                    because = because._replace(resource=route.resource, path=item.path)
                yield way._replace(route=route, because=because)


def no_routes(target: Target) -> Because:
    """Why a listener has no routes."""
    seen = target.seen
    port = seen.port(target.port) if seen is not None else None
    if seen is None or port is None:
        return Because("no routes are sent")
    resource = seen.registered.resource
    if not port.has_routes:
        return Because(f"port {target.port} is {port.protocol}, so no routes are sent", resource, port.path)
    return Because(f"{resource.ref} comes in without its routes", seen.source, seen.path)


def ways_of_cluster(mesh: Mesh, client: ClientClass, name: str, party_of: Parties) -> Iterator[Way]:
    """What happens to calls that a route sends to a cluster."""
    cluster = client.cluster(name)
    if not cluster.exists:
        fate = Fate.FAILS if cluster.exists is False else Fate.UNKNOWN
        yield Way(fate, Because(f"{cluster.reason}: there is no cluster {name}"), cluster=cluster)
        return
    if cluster.tls is None:
        setting = cluster.tls_setting
        words = f"the TLS mode {cluster.policy.tls_mode!r} is not known"
        if cluster.rivals and cluster.answer is not None:
            names = " nor ".join(str(item.ref) for item in (cluster.answer.rule.decider, *cluster.rivals))
            words = f"neither {names} has a creation time; the older one's trafficPolicy counts"
        where = (setting.rule, setting.path) if setting is not None else (None, ())
        yield Way(Fate.UNKNOWN, Because(words, *where), cluster=cluster)
        return
    endpoints = client.endpoints(name)
    if not endpoints.items:
        words = f"{endpoints.unknown} are not known" if endpoints.unknown else f"{name} has no endpoints"
        resource = cluster.seen.registered.resource if cluster.seen is not None else None
        fate = Fate.UNKNOWN if endpoints.unknown else Fate.FAILS
        yield Way(fate, Because(words, resource), cluster=cluster)
    told: set[object] = set()
    for endpoint in endpoints.items:
        way = way_to(mesh, cluster, endpoint, party_of)
        key = (way.fate, way.because)
        if key not in told:
            told.add(key)
            yield way


def way_to(mesh: Mesh, cluster: Cluster, endpoint: Endpoint, party_of: Parties, caller: Party = Party.PROXYLESS) -> Way:
    """What happens to calls through a cluster to one of its endpoints; ``caller``: what the client is."""
    workload = endpoint.workload
    if workload is None:
        return _outside(cluster, endpoint)
    server = mesh.server(workload, endpoint.port)
    party = party_of(workload)
    if party is None:
        words = f"whether {workload.ref} has a sidecar, an agent or neither is not known"
        if GATEWAY in workload.templates:
            words = (
                f"what the gateway {workload.ref} takes on port {endpoint.port} is not computed, its Gateways say it"
            )
        return Way(Fate.UNKNOWN, Because(words, workload.resource), None, cluster, endpoint, server)
    mode, setting = cluster.policy.tls_mode, cluster.tls_setting
    if caller is Party.ENVOY and mode in OWN_TLS and setting is not None:
        words = f"whether {workload.ref} takes the certificates of the author's own ({mode})"
        return Way(Fate.UNKNOWN, Because(words, setting.rule, (*setting.path, "mode")), None, cluster, endpoint, server)
    side = Side(party, server.peer.mode, labeled=workload.labels.get(TLS_MODE) == "istio")
    fate = {
        PairOutcome.ENCRYPTED: Fate.ENCRYPTED,
        PairOutcome.PLAINTEXT: Fate.PLAINTEXT,
        PairOutcome.FAILS: Fate.FAILS,
    }[outcome(caller, mode, side)]
    return Way(fate, _pair(cluster, server, fate, side, caller), None, cluster, endpoint, server)


def _outside(cluster: Cluster, endpoint: Endpoint) -> Way:
    entry = cluster.seen.registered.resource if cluster.seen is not None else endpoint.source
    external = entry.kind == "ServiceEntry" and entry.spec.get("location", "MESH_EXTERNAL") == "MESH_EXTERNAL"
    if not cluster.tls and external:
        words = "the client sends plaintext to what is outside the mesh"
        return Way(Fate.PLAINTEXT, Because(words, entry, ("spec", "location")), None, cluster, endpoint)
    words = f"what answers at {endpoint} is not known"
    return Way(Fate.UNKNOWN, Because(words, endpoint.source, endpoint.path), None, cluster, endpoint)


def _pair(cluster: Cluster, server: Server, fate: Fate, side: Side, caller: Party) -> Because:
    """Both sides in words; the field named is the one that would have to change, the client's where it sends plaintext."""
    mode = server.peer.mode.value
    encrypted = client_sends(caller, cluster.policy.tls_mode, side) is Speaks.TLS
    setting = cluster.tls_setting
    what = "mTLS" if encrypted else "plaintext"
    words = f"the client speaks {what}, {server.workload.ref} is {side.party.value} and {mode}"
    if encrypted and fate is Fate.FAILS:
        return Because(words, server.peer.source or server.workload.resource, server.peer.path)
    if caller is Party.AMBIENT:
        return Because(f"{words}; a ztunnel reads no DestinationRule", server.peer.source, server.peer.path)
    if caller is Party.PLAIN:
        return Because(f"{words}; it is outside the mesh", server.peer.source, server.peer.path)
    if setting is not None:
        return Because(words, setting.rule, (*setting.path, "mode"))
    if caller is Party.ENVOY and side.party is Party.PROXYLESS:
        label = "has" if side.labeled else "lacks"
        words = f"{words}: by automatic mTLS, which goes by the pod label {TLS_MODE}: istio, and the pod {label} it"
        return Because(words, server.peer.source or server.workload.resource, server.peer.path)
    if encrypted or fate is not Fate.FAILS:
        return Because(words)
    if cluster.answer is None:
        return Because(f"{words}, and no DestinationRule asks for ISTIO_MUTUAL", server.peer.source, server.peer.path)
    return Because(f"{words}, and this rule sets no TLS", cluster.answer.rule.decider, ("spec", "trafficPolicy"))
