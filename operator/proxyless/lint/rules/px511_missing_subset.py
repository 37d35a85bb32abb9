"""PX511: a destination's subset that the client's effective DestinationRule does not have: a cluster that never arrives."""

from collections.abc import Iterator, Mapping

from proxyless.lint.destinations import destination_rules, dials
from proxyless.lint.not_known import NotKnown
from proxyless.lint.routes import mesh_routes, of_routes, reaches_clients, weighted
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.destination import Answer
from proxyless.mesh.host import covers, service_of
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per destination whose subset some client namespace does not know."""
    if not reaches_clients(subject, world):
        return
    missing: NotKnown | None = None
    for path, host, subset in _named(subject, world):
        try:
            yield from _judge(path, host, subset, subject, world)
        except NotKnown as unknown:
            missing = unknown
    if missing is not None:
        raise missing


def _named(subject: Resource, world: World) -> Iterator[tuple[FieldPath, str, str]]:
    """Destinations with a subset that get calls: path of the subset, full host, name."""
    for path, route in mesh_routes(subject):
        entries = weighted(path, route)
        for here, entry in entries:
            destination = mapping(entry.get("destination"))
            subset = destination.get("subset")
            if subset and not (len(entries) > 1 and entry.get("weight") == 0):
                yield (
                    (*here, "destination", "subset"),
                    world.fqdn(str(destination.get("host", "")), subject.namespace),
                    str(subset),
                )


def _judge(path: FieldPath, host: str, subset: str, subject: Resource, world: World) -> Iterator[Hit]:
    behind = service_of(host, world.settings.domain)
    home = behind.namespace if behind else subject.namespace
    world.seen("DestinationRule")
    rules = destination_rules(world)
    for client in _clients(subject, home, world):
        best = rules.effective(host, service_namespace=home, client_namespace=client)
        if best is not None and best.rule.subset(subset):
            continue
        answers = rules.answers(host, service_namespace=home, client_namespace=client)
        if answers and answers[0].rule.subset(subset):
            continue
        if not answers:
            if not world.knows("DestinationRule", home):
                raise NotKnown("DestinationRule", home)
            message = (
                f"No DestinationRule of {host} defines subset {subset}: calls that go there fail with UNAVAILABLE."
            )
            doubt = (
                ""
                if world.complete("DestinationRule")
                else f"none in the cluster defines subset {subset} of {host} either"
            )
            yield Hit(path, message, applies=doubt, deny=False)
        else:
            yield _hit(path, subset, client, answers)
        return


def _hit(path: FieldPath, subset: str, client: str, answers: tuple[Answer, ...]) -> Hit:
    rule = answers[0].rule.rules[0]
    names = ", ".join(item.name for item in answers[0].rule.subsets) or "none"
    message = f"{rule.ref} has no subset {subset} (it has {names}): calls that go there fail with UNAVAILABLE."
    related = [rule.ref]
    shadowed = next((answer for answer in answers[1:] if answer.rule.subset(subset)), None)
    if shadowed is not None:
        hidden = shadowed.rule.rules[0].ref
        related.append(hidden)
        message = f"For clients in {client} {rule.ref} hides {hidden}, which has subset {subset}: calls that go there fail with UNAVAILABLE."
    return Hit(path, message, related=tuple(related), deny=False)


def _clients(subject: Resource, home: str, world: World) -> list[str]:
    """Namespaces that are taken to follow the route: those that dial its hosts, else the service's own."""
    dialing = world.once(_dialing)
    found: set[str] = set()
    for host in sequence(subject.spec.get("hosts")):
        full = world.fqdn(str(host), subject.namespace)
        if "*" in full:
            found.update(name for target, names in dialing.items() if covers(full, target) for name in names)
        else:
            found.update(dialing.get(full, ()))
    return sorted(found) or [home]


def _dialing(world: World) -> Mapping[str, frozenset[str]]:
    """Hosts that workloads dial, with the workloads' namespaces."""
    found: dict[str, set[str]] = {}
    for target, workloads in dials(world).items():
        found.setdefault(target.host, set()).update(workload.namespace for workload in workloads)
    return {host: frozenset(names) for host, names in found.items()}


RULE = Rule(
    code="PX511",
    slug="missing-subset",
    summary="A route goes to a subset that the client's DestinationRule does not define.",
    severity=Severity.ERROR,
    kinds=("VirtualService",),
    gate=reaches_clients,
    check=of_routes(check),
    needs=("subset",),
    remedy="Define the subset in the DestinationRule that the clients get, or remove it from the route.",
    evidence=("matrix istio VirtualService spec.http[].route[].destination.subset", "failure mode E1"),
    reads=("DestinationRule", "Service"),
)
