"""Finds the objects that affect one call, what rules find in them for this client, and what its library rejects."""

from collections.abc import Iterator, Sequence

from proxyless.lint.engine import run
from proxyless.lint.libraries import library
from proxyless.lint.rules import for_objects
from proxyless.lint.select import Selection
from proxyless.lint.why.question import Question
from proxyless.lint.world import World
from proxyless.matrix.verdict import Radius, Verdict
from proxyless.mesh.effective.client import Target
from proxyless.mesh.pair import Party
from proxyless.mesh.workload import environment_of
from proxyless.model.client import Client
from proxyless.model.finding import Finding, Notice, Severity
from proxyless.model.path import FieldPath, show
from proxyless.model.record import NamedTuple
from proxyless.model.resource import WORKLOADS, Resource

_OF_SERVERS = ("AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication")
"""Kinds that servers read: judged by the servers' libraries, all others by the client's."""
_OF_OTHERS = ("PX6", "PX7")
"""Hundreds of the rules that bear on calls of others than gRPC libraries."""
_SERVERS = 8
"""Workloads behind a host of which findings are told."""
_ENTRY = 3
"""Steps of the path of one route, ``spec.http[0]``."""


class Objects(NamedTuple):
    """Objects that affect the call, each once."""

    client: tuple[Resource, ...]
    """The client and what it reads: Services, routes, rules, Sidecar, Namespace."""
    server: tuple[Resource, ...]
    """Policies of the servers, and the servers."""


class Rejected(NamedTuple):
    """A field for which the client's library certainly refuses what istiod sends."""

    resource: Resource
    path: FieldPath
    words: str


def objects(question: Question) -> Objects:
    """All objects that decided something, or were shadowed by one that did."""
    client = dict.fromkeys(_of_client(question))
    server = dict.fromkeys(item for item in _of_servers(question) if item not in client)
    return Objects(tuple(client), tuple(server))


def _of_client(question: Question) -> Iterator[Resource]:
    yield question.workload.resource
    namespace = question.world.get("Namespace", "", question.workload.namespace)
    if namespace is not None:
        yield namespace
    if question.client.sidecar.sidecar is not None:
        yield question.client.sidecar.sidecar
    if question.target is not None:
        yield from _of_target(question, question.target)


def _of_target(question: Question, target: Target) -> Iterator[Resource]:
    if target.hidden is not None and target.hidden.resource is not None:
        yield target.hidden.resource
    if target.seen is not None:
        yield target.seen.registered.resource
    routed = target.virtual_host.routing if target.virtual_host is not None else None
    for routing in (routed, *target.routed.shadowed, *target.routed.skipped):
        if routing is not None:
            yield routing.resource
    yield from (item.route.resource for item in question.tried if item.route.resource is not None)
    for cluster in map(question.client.cluster, target.cluster_names):
        if cluster.seen is not None:
            yield cluster.seen.registered.resource
        for answer in (cluster.answer, *cluster.shadowed):
            yield from answer.rule.rules if answer is not None else ()


def _of_servers(question: Question) -> Iterator[Resource]:
    servers = {end.server.workload: end.server for end in question.ends if end.server is not None}
    for workload, server in list(servers.items())[:_SERVERS]:
        yield workload.resource
        if server.peer.source is not None:
            yield server.peer.source
        yield from question.policies_around(workload)


def findings(
    question: Question, found: Objects, selection: Selection
) -> tuple[tuple[Finding, ...], tuple[Notice, ...]]:
    """What rules say of the objects as far as it concerns this client and these servers, the worst first; and defects of ours."""
    refs = {item.ref for item in (*found.client, *found.server)}
    servers = {end.server.workload for end in question.ends if end.server is not None}
    sides = (
        (found.client, (question.library,)),
        (found.server, tuple(dict.fromkeys(map(question.world.client_of, servers)))),
    )
    kept: dict[tuple[object, ...], Finding] = {}
    broken: list[Notice] = []
    for subjects, libraries in sides:
        if not subjects:
            continue
        world = _narrowed(question.world, libraries) if libraries else question.world
        report = run(for_objects(subjects, world, selection), world, subjects, selection)
        broken += (item for item in report.notices if item.internal)
        for item in report.findings:
            near = not item.related or not refs.isdisjoint(item.related)
            if (near or item.ref.kind in WORKLOADS) and _is_told(question, item):
                kept[item.code, item.ref, item.path] = item
    return tuple(sorted(kept.values(), key=lambda item: -item.severity)), tuple(broken)


def _narrowed(world: World, libraries: tuple[Client, ...]) -> World:
    """The same world in which these libraries alone are in use."""
    found = World(world.snapshot, world.settings._replace(clients=libraries), world.matrix, world.memory)
    found.__dict__["clients"] = libraries  # as if it had been asked before
    return found


def _is_told(question: Question, finding: Finding) -> bool:
    """Whether a finding has to do with this call: not, where it is mere information on a server, or on another route or subset.

    Of an Envoy or a pod without xDS only those on servers' policies and on mixed meshes.
    """
    if question.caller is not Party.PROXYLESS and finding.code[:3] not in _OF_OTHERS:
        return False
    if finding.severity is Severity.INFO and finding.ref.kind in WORKLOADS and finding.ref != question.workload.ref:
        return False
    entry = finding.path[:_ENTRY]
    if finding.severity is Severity.ERROR or len(entry) < _ENTRY or entry[1] not in ("http", "rules", "subsets"):
        return True
    if entry[1] == "subsets":
        used = (end.cluster.subset for end in question.ends if end.cluster is not None)
        return any(item is not None and (item.rule.ref, item.path) == (finding.ref, entry) for item in used)
    routes = [item for item in question.tried if item.route.resource is not None]
    own = [item for item in routes if item.route.resource is not None and item.route.resource.ref == finding.ref]
    return not own or any(item.reached and item.route.path == entry for item in own)


def rejected(question: Question) -> Rejected | None:
    """The first field, of all routes and rules that the client gets, that its library certainly rejects."""
    world, client = question.world, question.library
    if client.language is None or question.target is None or question.target.virtual_host is None:
        return None
    for resource in _read_by(question):
        for item in world.matrix.fields(resource.kind, resource.body):
            answers = world.matrix.judge(
                item.row, item.path, item.value, resource.body,
                istio=world.settings.istio, client=client, environment=environment_of(question.workload),
            )  # fmt: skip
            worst = answers[0] if answers else None
            if worst is None or worst.verdict is not Verdict.REJECTED or worst.applies:
                continue
            if worst.radius in (Radius.HOST, Radius.PORT, Radius.CLIENT):
                words = f"{library(client)} rejects what istiod sends for {show(item.path)}"
                return Rejected(resource, item.path, words)
    return None


def _read_by(question: Question) -> Sequence[Resource]:
    """Objects that became routes and clusters of this call."""
    target = question.target
    found: dict[Resource, None] = {}
    for item in question.tried:
        if item.route.resource is not None:
            found[item.route.resource] = None
    for name in target.cluster_names if target is not None else ():
        answer = question.client.cluster(name).answer
        if answer is not None:
            found.update(dict.fromkeys(answer.rule.rules))
    return tuple(found)
