"""PX526: routes for or to a host that istiod does not know, or not for these clients: no listener, or no cluster."""

from collections.abc import Iterator

from proxyless.lint.affected_clients import affected_clients, related_clients
from proxyless.lint.destinations import entries_by_host, services_by_host, services_by_name
from proxyless.lint.in_effect import ROUTING
from proxyless.lint.not_known import NotKnown
from proxyless.lint.route_calls import CalledHost, RoutedCall, routed_calls
from proxyless.lint.route_gates import may_lose_calls
from proxyless.lint.routes import of_routes, reaches_clients
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.effective.clusters import Cluster, Name, parse
from proxyless.mesh.effective.hidden import hidden
from proxyless.mesh.effective.indexes import parent_hosts
from proxyless.mesh.effective.registry import Registered
from proxyless.mesh.host import ServiceHost, service_of
from proxyless.mesh.service import host_of
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath, get, show
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, Resource, mapping, sequence

_FAIL = "fail with UNAVAILABLE"


class _Lost(NamedTuple):
    """A destination that is no cluster of a class of clients."""

    path: FieldPath
    reason: str
    remedy: str
    related: tuple[Ref, ...]
    doubt: str


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per host that no Service has, and per destination and reason for which it is no cluster of some clients."""
    if not reaches_clients(subject, world):
        return
    missing: NotKnown | None = None
    groups: dict[tuple[FieldPath, str], list[tuple[_Lost, CalledHost]]] = {}
    try:
        yield from of_routes(_hosts)(subject, world)
    except NotKnown as unknown:
        missing = unknown
    for item in routed_calls(subject, world):
        try:
            for lost in _destinations(subject, item, world):
                groups.setdefault((lost.path, lost.reason), []).append((lost, item.call))
        except NotKnown as unknown:
            missing = unknown
    for found in groups.values():
        yield _hit([lost for lost, _ in found], [call for _, call in found])
    if missing is not None:
        raise missing


def _hosts(subject: Resource, world: World) -> Iterator[Hit]:
    """Hosts of the cluster that no Service and no ServiceEntry has."""
    missing = ""
    for path, written, host in _named(subject, world):
        behind = service_of(host, world.settings.domain)
        if behind is None or host in services_by_host(world) or host in entries_by_host(world):
            continue
        other = _elsewhere(written, behind, world)
        if not world.knows("Service", behind.namespace) and other is None:
            missing = behind.namespace
            continue
        remedy = "" if other is None else f"Write `{host_of(other, world.settings.domain)}`."
        yield Hit(
            path,
            f"There is no Service {behind.name} in namespace {behind.namespace}: xds:/// targets of that name never resolve.",
            remedy if subject.kind == "VirtualService" else "",
            related=() if other is None else (other.ref,),
            applies=_only_if_none(f"{behind.namespace}/{behind.name}", world),
        )
    if missing:
        raise NotKnown("Service", missing)


def _named(subject: Resource, world: World) -> Iterator[tuple[FieldPath, str, str]]:
    """Hosts that an object is for: field, text and full name."""
    for index, written in enumerate(sequence(subject.spec.get("hosts"))):
        yield ("spec", "hosts", index), str(written), world.fqdn(str(written), subject.namespace)
    for index, reference in enumerate(map(mapping, sequence(subject.spec.get("parentRefs")))):
        for host in parent_hosts(reference, subject, world):
            yield (
                ("spec", "parentRefs", index, "name"),
                "." if reference.get("namespace") else str(reference["name"]),
                host,
            )


def _elsewhere(written: str, behind: ServiceHost, world: World) -> Resource | None:
    """A Service of another namespace that a short name may be meant for, where its own has none as far as is known."""
    return None if "." in written else next(iter(services_by_name(world).get(behind.name)), None)


def _only_if_none(name: str, world: World) -> str:
    return "" if world.complete("Service") else f"the cluster has no Service {name} either"


class _Cluster(NamedTuple):
    """A destination as a class of clients gets it."""

    path: FieldPath
    """The destination, or the backend of a Gateway API route."""
    host_path: FieldPath
    port_path: FieldPath
    name: Name
    cluster: Cluster
    item: RoutedCall


def _destinations(subject: Resource, item: RoutedCall, world: World) -> Iterator[_Lost]:
    """Destinations that get calls and are no cluster of the clients, for another reason than their subset."""
    missing = ""
    for route in item.routes:
        for destination in route.clusters if route.resource is subject else ():
            name = parse(destination.name)
            if name is None or not name.host:
                continue
            cluster = item.call.client.cluster(destination.name)
            if cluster.exists or (cluster.seen is not None and (cluster.port is not None or not name.port)):
                continue
            asked = _Cluster(*_fields(subject, destination.path), name, cluster, item)
            if not item.call.client.scope.registry.of(name.host):
                behind = service_of(name.host, world.settings.domain)
                other = _elsewhere(_written(asked, subject), behind, world) if behind is not None else None
                if _full(name.host, world) or cluster.exists is False or other is not None:
                    yield _nobody(asked, subject, other, world)
                    continue
                missing = behind.namespace if behind else missing
            else:
                yield _not_for_them(asked, subject)
    if missing:
        raise NotKnown("Service", missing)


def _fields(subject: Resource, path: FieldPath) -> tuple[FieldPath, FieldPath, FieldPath]:
    """Fields of a destination: as a whole, host and port."""
    if subject.kind != "VirtualService":
        return path, (*path, "name"), (*path, "port")
    place = (*path, "destination")
    return place, (*place, "host"), (*place, "port", "number")


def _written(asked: _Cluster, subject: Resource) -> str:
    """The host as it is written; of a backend that names its namespace no short name."""
    entry = mapping(get(subject.body, asked.path))
    return "." if entry.get("namespace") else str(entry.get("host") or entry.get("name") or "")


def _full(host: str, world: World) -> str:
    """The full name of a known Service of which a host is the beginning."""
    full = f"{host}.svc.{world.settings.domain}"
    return full if full in services_by_host(world) else ""


def _nobody(asked: _Cluster, subject: Resource, other: Resource | None, world: World) -> _Lost:
    """A host that no known object has."""
    host = asked.name.host
    behind = service_of(host, world.settings.domain)
    if behind is not None:
        reason = f"There is no Service {behind.name} in namespace {behind.namespace}"
        remedy = "" if other is None else _of_other(other, subject, world)
        doubt = _only_if_none(f"{behind.namespace}/{behind.name}", world)
    else:
        full = _full(host, world)
        reason = f"No Service or ServiceEntry has the host {host}"
        remedy = f"Write `host: {full}`." if full else ""
        doubt = "" if world.complete("ServiceEntry") else f"no ServiceEntry has the host {host} either"
    return _Lost(asked.host_path, reason, remedy, (), " and ".join(filter(None, (asked.item.doubt, doubt))))


def _of_other(other: Resource, subject: Resource, world: World) -> str:
    """The Service of another namespace, as the subject would name it."""
    if subject.kind == "VirtualService":
        return f"Write `host: {host_of(other, world.settings.domain)}`."
    return f"Write `namespace: {other.namespace}` beside the name."


def _not_for_them(asked: _Cluster, subject: Resource) -> _Lost:
    """A host that is registered, and is hidden from the clients or has another port."""
    client, name, seen = asked.item.call.client, asked.name, asked.cluster.seen
    registered = client.scope.registry.of(name.host)
    known = registered[0] if seen is None else seen.registered
    if known.port(name.port) is None and (seen is not None or len(registered) == 1):
        return _port(asked, known, subject)
    why = hidden(client.scope, client.is_known, seen, name.host, name.port)
    related = dict.fromkeys((known.resource.ref, *([why.resource.ref] if why.resource is not None else [])))
    reason, remedy = why.reason, ""
    if why.resource is not None and why.path:
        reason += f" ({show(why.path)} of {why.resource.ref})"
        remedy = f"Let {show(why.path)} of {why.resource.ref} show {name.host} to these clients."
    return _Lost(asked.host_path, reason, remedy, tuple(related), asked.item.doubt)


def _port(asked: _Cluster, known: Registered, subject: Resource) -> _Lost:
    """A port that the host does not have: written, or meant by leaving it out."""
    ref, number, doubt = known.resource.ref, asked.name.port, asked.item.doubt
    ports = ", ".join(str(port.number) for port in known.ports) or "none"
    if "port" in mapping(get(subject.body, asked.path)):
        reason = f"{ref} has no port {number}, only {ports}"
        remedy = "Write the Service's port, not the container's."
        return _Lost(asked.port_path, reason, remedy, (ref,), doubt)
    reason = f"A destination without port means port {number} here, and {ref} has only {ports}"
    remedy = f"Write `port: {{number: {known.ports[0].number}}}` in the destination." if known.ports else ""
    return _Lost(asked.host_path, reason, remedy, (ref,), doubt)


def _hit(found: list[_Lost], calls: list[CalledHost]) -> Hit:
    first = found[0]
    doubt = "" if any(not item.doubt for item in found) else first.doubt
    message = f"{first.reason}: calls of {affected_clients(calls)} that go there {_FAIL}."
    related = (*first.related, *related_clients(calls))
    return Hit(first.path, message, first.remedy, applies=doubt, related=related, deny=False)


RULE = Rule(
    code="PX526",
    slug="destination-unknown",
    summary="A VirtualService, HTTPRoute or GRPCRoute is for, or routes to, a Service or port that does not exist for its clients.",
    severity=Severity.ERROR,
    kinds=("VirtualService", "HTTPRoute", "GRPCRoute"),
    gate=may_lose_calls,
    check=check,
    by_value=True,
    remedy="Create the Service, or correct the name; a short name means a Service of the VirtualService's own namespace.",
    evidence=(
        "matrix istio VirtualService spec.hosts[]",
        "matrix istio VirtualService spec.http[].route[].destination.host",
        "matrix istio HTTPRoute spec.rules[].backendRefs[]",
    ),
    reads=ROUTING,
)
