"""Finds the objects that became one xDS resource of one workload, by the model of what is in effect. Pure; called by ``culprit``.

A resource that the workload does not get has none: an object of somebody else is never named for it.
"""

from collections.abc import Iterator

from proxyless.lint.in_effect import mesh_of
from proxyless.lint.nack.text import Rejection
from proxyless.lint.world import World
from proxyless.mesh.age import age_order, ages_known
from proxyless.mesh.effective import clusters
from proxyless.mesh.effective.client import ClientClass
from proxyless.mesh.workload import Workload, dialed
from proxyless.model.path import FieldPath
from proxyless.model.pattern import pattern
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource, mapping, sequence

INBOUND = "xds.istio.io/grpc/lds/inbound/"
"""How istiod names listeners of servers; address and port follow."""
_CONFIG = pattern(r'"/apis/[\w./-]{1,64}/namespaces/([\w.-]{1,253})/virtual-service/([\w.-]{1,253})"')
_ROUTE = pattern(r"\bvirtual_hosts\[(\d{1,4})\]\.routes\[(\d{1,4})\]")
_MATCH = pattern(r"\]\.match\b| contains invalid RouteMatch: ")
"""Words of C-core and Java for a fault in how a route matches."""
_POLICY = pattern(r"\bpolicies(?:\[|:\{key:\")([\w.-]{1,512}?)-(\d{1,4})[\]\"]")
_ADDRESS = pattern(r"(?:\bipv[46]:|(?<![\w.:]))(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]{2,45}\]):\d{1,5}\b")


class ResourcePart(NamedTuple):
    """A part of an object that is in a resource."""

    resource: Resource
    path: FieldPath


def carriers(world: World, workload: Workload, rejection: Rejection) -> tuple[ResourcePart, ...]:
    """The parts of objects in the rejected resource; of a resource without a name in all that it may be.

    Where the words name one of them, that one alone.
    """
    mesh = mesh_of(world)
    client = mesh.client(workload.namespace, workload.labels)
    found: list[ResourcePart] = []
    match rejection.kind:
        case "RouteConfiguration":
            for host, port in _hosts(client, workload, rejection.name):
                found += _of_routes(client, host, port, rejection.words)
        case "Cluster":
            for name in _clusters(client, workload, rejection.name):
                found += _of_cluster(client, name)
        case "ClusterLoadAssignment":
            for name in _clusters(client, workload, rejection.name):
                found += _of_endpoints(world, client, name, rejection.words)
        case "Listener":
            found += _of_server(world, workload, rejection)
            if not rejection.name.startswith(INBOUND):
                for host, port in _hosts(client, workload, rejection.name):
                    found += _of_routes(client, host, port, rejection.words)
        case _:
            pass  # of other types istiod sends none that an object decides
    return tuple(dict.fromkeys(found))


def _hosts(client: ClientClass, workload: Workload, name: str) -> Iterator[tuple[str, int]]:
    """Hosts and ports of a listener or of routes; those that the workload dials where no name is told."""
    parsed = clusters.parse(name)
    host, _, port = name.rpartition(":")
    if parsed is not None:
        yield parsed.host, parsed.port
    elif host and port.isdecimal() and not name.startswith(INBOUND):
        yield host, int(port)
    elif not name:
        for target in map(client.dialed, dialed(workload)):
            if target is not None:
                yield target.host, target.port


def _clusters(client: ClientClass, workload: Workload, name: str) -> Iterator[str]:
    if name:
        yield name
        return
    for host, port in _hosts(client, workload, name):
        yield from client.target(host, port).cluster_names


def _of_routes(client: ClientClass, host: str, port: int, words: str) -> Iterator[ResourcePart]:
    """Routes of a host; those of one object, or the one route, where the words point to it."""
    own = client.target(host, port).virtual_host
    routes = own.routes if own is not None else ()
    at = _ROUTE.search(words)
    if at is not None and at[1] == "0" and int(at[2]) < len(routes):
        routes = (routes[int(at[2])],)
    written = [item for item in routes if item.resource is not None]
    told = _CONFIG.search(words)
    if told is not None:
        written = [item for item in written if item.root == f"{told[1]}/{told[2]}"] or written
    in_match = _MATCH.search(words) is not None
    for item in written:
        if item.resource is not None:
            yield ResourcePart(item.resource, item.match_path if in_match and item.match_path else item.path)


def _of_cluster(client: ClientClass, name: str) -> Iterator[ResourcePart]:
    """Settings of DestinationRules that a cluster has; where there are none, what registers its host."""
    cluster = client.cluster(name)
    if not cluster.exists:
        return
    yield from (ResourcePart(item.rule, item.path) for item in cluster.policy.settings.values())
    if not cluster.policy.settings and cluster.seen is not None:
        yield ResourcePart(cluster.seen.registered.resource, ("spec",))


def _of_endpoints(world: World, client: ClientClass, name: str, words: str) -> Iterator[ResourcePart]:
    """What gives a cluster its endpoints; where the words tell an address, what has that one.

    Of several that have it the newest, which came second, if their ages are known.
    """
    cluster = client.cluster(name)
    if not cluster.exists or cluster.seen is None:
        return
    found = [ResourcePart(item.source, item.path) for item in client.endpoints(name).items]
    told = _ADDRESS.search(words)
    if told is not None:
        address = told[1].strip("[]")
        space = cluster.seen.registered.namespace
        same = list(_with_address(world, space, address, {item.resource for item in found}))
        if len(same) > 1 and ages_known(*(item.resource for item in same)):
            same = [max(same, key=lambda item: age_order(item.resource))]
        found = same or found
    yield from found


def _with_address(world: World, namespace: str, address: str, known: set[Resource]) -> Iterator[ResourcePart]:
    """WorkloadEntries and ServiceEntries of a namespace that write an address, those of the endpoints' labels alone."""
    labels = [mapping(item.spec.get("labels")) for item in known if item.kind == "WorkloadEntry"]
    for entry in world.snapshot.of_kind("WorkloadEntry", namespace):
        alike = any(_app(entry) == item.get("app") for item in labels)
        if entry.spec.get("address") == address and (entry in known or alike):
            yield ResourcePart(entry, ("spec", "address"))
    for item in known:
        if item.kind == "ServiceEntry":
            for index, endpoint in enumerate(map(mapping, sequence(item.spec.get("endpoints")))):
                if endpoint.get("address") == address:
                    yield ResourcePart(item, ("spec", "endpoints", index, "address"))


def _app(entry: Resource) -> object:
    return mapping(entry.spec.get("labels")).get("app")


def _of_server(world: World, workload: Workload, rejection: Rejection) -> Iterator[ResourcePart]:
    """Policies of a server's port; the rule that the words name."""
    mesh = mesh_of(world)
    number = rejection.name.rpartition(":")[2]
    if rejection.name and not (rejection.name.startswith(INBOUND) and number.isdecimal()):
        return
    ports = [int(number)] if rejection.name else mesh.servers.ports(workload)
    policies = dict.fromkeys(item for port in ports for item in mesh.server(workload, port).policies)
    told = {(match[1], int(match[2])) for match in _POLICY.finditer(rejection.words)}
    for policy in policies:
        rules = sequence(policy.spec.get("rules"))
        named = [index for index in range(len(rules)) if (f"{policy.namespace}-{policy.name}", index) in told]
        for index in named if told else range(len(rules)):
            yield ResourcePart(policy, ("spec", "rules", index))
