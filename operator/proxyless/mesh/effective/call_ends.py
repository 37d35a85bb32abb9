"""Enumerates how one call can end: every route, cluster and server that it can take, with the result at each. Pure; asked by ``lint.why``.

``call_verdict`` tells of all calls to a host and leaves authorization out; here is one call, so policies and faults have a say.
"""

from collections.abc import Callable, Iterator
from enum import Enum

from proxyless.mesh.effective.access import Access, Caller, access
from proxyless.mesh.effective.call import Call, Tried, tried
from proxyless.mesh.effective.call_verdict import Because, Fate, Parties, no_routes, way_to
from proxyless.mesh.effective.client import ClientClass, Target
from proxyless.mesh.effective.clusters import Cluster
from proxyless.mesh.effective.endpoints import Endpoint
from proxyless.mesh.effective.handling import Abort, handling
from proxyless.mesh.effective.mesh import Mesh
from proxyless.mesh.effective.routes import Route, WeightedCluster
from proxyless.mesh.effective.servers import Server
from proxyless.mesh.merge import MergedRule
from proxyless.mesh.pair import Party
from proxyless.mesh.workload import Workload
from proxyless.model.record import NamedTuple
from proxyless.model.resource import mapping
from proxyless.model.truth import Truth

_ALL = 1_000_000


class Code(Enum):
    """How a call ends, the worst first."""

    __hash__ = object.__hash__  # as Framework

    UNAVAILABLE = "unavailable"
    DENIED = "permission_denied"
    ABORTED = "aborted"
    UNKNOWN = "not_decided"
    PLAINTEXT = "plaintext"
    MTLS = "mtls"


_FATES = {
    Fate.ENCRYPTED: Code.MTLS,
    Fate.PLAINTEXT: Code.PLAINTEXT,
    Fate.FAILS: Code.UNAVAILABLE,
    Fate.UNKNOWN: Code.UNKNOWN,
}


class End(NamedTuple):
    """One way that the call can take, and how it ends there."""

    code: Code
    because: Because
    tried: Tried | None = None
    item: WeightedCluster | None = None
    cluster: Cluster | None = None
    endpoint: Endpoint | None = None
    server: Server | None = None
    access: Access | None = None
    """None: the call does not come so far, or nobody enforces policies there."""


class ClientCall(NamedTuple):
    """One call, and who makes it."""

    call: Call
    namespace: str
    account: str
    address: str
    authority: str
    """``host:port`` as dialed."""


class Sides(NamedTuple):
    """What the caller must add about workloads: which party each is, and whether it enforces policies."""

    party_of: Parties
    enforces: Callable[[Workload], Truth]
    """Whether a proxyless server's library enforces policies."""
    caller: Party = Party.PROXYLESS
    """What the client is."""


def routes_tried(target: Target, call: Call) -> tuple[Tried, ...]:
    """The routes of a target with what becomes of the call at each; none where there are no routes."""
    return tried(target.virtual_host.routes, call) if target.virtual_host is not None else ()


def ends(mesh: Mesh, client: ClientClass, target: Target, asked: ClientCall, sides: Sides) -> tuple[End, ...]:
    """All ends of a call to a target, in the order of the routes."""
    if target.hidden is not None:
        why = target.hidden
        code = Code.UNKNOWN if why.is_unknown else Code.UNAVAILABLE
        return (End(code, Because(why.reason, why.resource, why.path)),)
    if target.virtual_host is None:
        return (End(Code.UNAVAILABLE, no_routes(target)),)
    routes = routes_tried(target, asked.call)
    taking = [item for item in routes if item.takes is not Truth.NO]
    found = [end for item in taking for end in _Ends(mesh, client, target, asked, sides).of_route(item)]
    if not any(item.takes is Truth.YES for item in taking):
        found.append(_untaken(target, asked.call, routes, certain=not taking))
    return tuple(found)


def _untaken(target: Target, call: Call, routes: tuple[Tried, ...], *, certain: bool) -> End:
    """The call that no route takes."""
    last = routes[-1] if routes else None
    resource = last.route.resource if last is not None else None
    path = (last.route.match_path or last.route.path) if last is not None else ()
    if certain or not call.method:
        which = call.method or "methods that it does not name"
        return End(Code.UNAVAILABLE, Because(f"no route of {target.host}:{target.port} takes {which}", resource, path))
    return End(Code.UNKNOWN, Because("whether a route takes the call is not decided", resource, path))


class _Ends:
    """The ends of one call behind its routes."""

    def __init__(self, mesh: Mesh, client: ClientClass, target: Target, asked: ClientCall, sides: Sides) -> None:
        self._mesh = mesh
        self._client = client
        self._target = target
        self._asked = asked
        self._sides = sides

    def of_route(self, item: Tried) -> Iterator[End]:
        """What a route does, and the clusters that it sends the call to."""
        route = item.route
        abort = handling(route, self._target.port, self._rule, self._mesh.options.retries).abort
        if abort is not None and abort.per_million:
            yield End(Code.ABORTED, _aborted(route, abort), item)
            if abort.per_million >= _ALL:
                return
        if not route.clusters:
            what = f"is a {route.action.replace('_', ' ')}" if route.action else "has no destination"
            yield End(Code.UNAVAILABLE, Because(f"route {route.name!r} {what}", route.resource, route.path), item)
        for entry in route.clusters:
            yield from self._of_cluster(item, entry)

    def _rule(self, host: str) -> MergedRule | None:
        answer = self._client.cluster(f"outbound|{self._target.port}||{host}").answer
        return answer.rule if answer is not None else None

    def _of_cluster(self, item: Tried, entry: WeightedCluster) -> Iterator[End]:
        cluster = self._client.cluster(entry.name)
        start = End(Code.UNKNOWN, Because(""), item, entry, cluster)
        if not cluster.exists:
            code = Code.UNAVAILABLE if cluster.exists is False else Code.UNKNOWN
            because = Because(f"{cluster.reason}: there is no cluster {entry.name}", item.route.resource, entry.path)
            yield start._replace(code=code, because=because)
            return
        if cluster.tls is None:
            setting = cluster.tls_setting
            where = (setting.rule, setting.path) if setting is not None else (None, ())
            yield start._replace(because=Because(f"the TLS mode {cluster.policy.tls_mode!r} is not known", *where))
            return
        endpoints = self._client.endpoints(entry.name)
        if not endpoints.items:
            words = f"{endpoints.unknown} are not known" if endpoints.unknown else f"{entry.name} has no endpoints"
            code = Code.UNKNOWN if endpoints.unknown else Code.UNAVAILABLE
            subset = cluster.subset
            if subset is not None and not endpoints.unknown:
                yield start._replace(code=code, because=Because(words, subset.rule, (*subset.path, "labels")))
            else:
                resource = cluster.seen.registered.resource if cluster.seen is not None else None
                yield start._replace(code=code, because=Because(words, resource, ("spec", "selector")))
        for endpoint in endpoints.items:
            yield self._of_endpoint(start, cluster, endpoint)

    def _of_endpoint(self, start: End, cluster: Cluster, endpoint: Endpoint) -> End:
        way = way_to(self._mesh, cluster, endpoint, self._sides.party_of, self._sides.caller)
        found = start._replace(code=_FATES[way.fate], because=way.because, endpoint=endpoint, server=way.server)
        if way.server is None or found.code not in (Code.MTLS, Code.PLAINTEXT):
            return found
        said = self._access(way.server, identified=found.code is Code.MTLS)
        if said is None or said.allowed is Truth.YES:
            return found._replace(access=said)
        decider = said.decider
        where = (decider.policy, decider.said.path) if decider is not None else (None, ())
        code = Code.DENIED if said.allowed is Truth.NO else Code.UNKNOWN
        return found._replace(code=code, because=Because(said.words, *where), access=said)

    def _access(self, server: Server, *, identified: bool) -> Access | None:
        party = self._sides.party_of(server.workload)
        if party is Party.PLAIN:
            return None
        if party is Party.PROXYLESS and self._sides.enforces(server.workload) is Truth.NO:
            return None
        asked = self._asked
        caller = Caller(
            asked.call,
            asked.namespace,
            asked.account,
            self._mesh.options.trust_domain,
            identified,
            asked.authority,
            server.port,
            asked.address,
        )
        empty = party is Party.ENVOY
        policies = tuple(self._mesh.servers.policies(server.workload)) if empty else server.policies
        return access(policies, caller)


def _aborted(route: Route, abort: Abort) -> Because:
    share = (
        "every call" if (abort.per_million or 0) >= _ALL else f"{(abort.per_million or 0) / 10_000:g} % of the calls"
    )
    words = f"{abort.code}, the route's fault aborts {share}"
    return Because(words, route.resource, (*route.path, "fault", "abort"))


def account_of(workload: Workload) -> str:
    """Service account of a workload's pods."""
    return str(workload.spec.get("serviceAccountName") or workload.spec.get("serviceAccount") or "default")


def address_of(workload: Workload) -> str:
    """IP of a pod; empty for what makes pods."""
    return str(mapping(workload.resource.body.get("status")).get("podIP") or "")


class CallOutcome(NamedTuple):
    """The overall result of a call, from all its possible ends."""

    code: Code
    text: str
    """``works with mTLS``, ``plaintext``, ``fails: UNAVAILABLE, …``, ``fails for some calls: …``, ``not decided: …``."""
    end: End
    """The one that decides."""


def outcome(found: tuple[End, ...], call: Call) -> CallOutcome:
    """The verdict: what fails decides, then what is not known, then plaintext."""
    codes = {end.code for end in found}
    worst = min(found, key=lambda end: list(Code).index(end.code))
    unsure = next((end for end in found if end.tried is not None and end.tried.takes is Truth.UNKNOWN), None)
    if call.method and unsure is not None and unsure.tried is not None and len(codes) > 1:
        words = f"not decided: whether route {unsure.tried.route.name!r} takes the call: {unsure.tried.why}"
        return CallOutcome(Code.UNKNOWN, words, unsure)
    return CallOutcome(worst.code, text_of(worst.code, worst.because.words, some=len(codes) > 1), worst)


def text_of(code: Code, words: str, *, some: bool = False) -> str:
    """A verdict in words; ``some``: other calls, or other servers, fare better."""
    fails = "fails for some calls" if some else "fails"
    match code:
        case Code.UNAVAILABLE:
            return f"{fails}: UNAVAILABLE, {words}"
        case Code.DENIED:
            return f"{fails}: PERMISSION_DENIED, {words}"
        case Code.ABORTED:
            return f"{fails}: {words}"
        case Code.UNKNOWN:
            return f"not decided: {words}"
        case Code.PLAINTEXT:
            return "plaintext for some calls" if some else "plaintext"
        case Code.MTLS:
            return "works with mTLS"
