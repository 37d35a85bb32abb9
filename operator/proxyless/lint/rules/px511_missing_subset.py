"""PX511: a destination's subset that the client's effective DestinationRule does not have: a cluster that never arrives."""

from collections.abc import Iterator

from proxyless.lint.destinations import callers_of, destination_rules
from proxyless.lint.not_known import NotKnown
from proxyless.lint.routes import mesh_routes, of_routes, reaches_clients, weighted
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.destination import Answer
from proxyless.mesh.host import service_of
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Resource, mapping, sequence

_Named = tuple[FieldPath, str, str]
"""Path of a destination's subset, the full host, the subset's name."""


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per destination whose subset some client namespace does not know."""
    if not reaches_clients(subject, world):
        return
    missing: NotKnown | None = None
    fine: set[tuple[str, str]] = set()  # routes name the same subset again and again
    dialing = _dialing(subject, world)
    for named in _named(subject, world):
        if named[1:] in fine:
            continue
        try:
            hits = list(_judge(named, dialing, subject, world))
        except NotKnown as unknown:
            missing = unknown
            continue
        if not hits:
            fine.add(named[1:])
        yield from hits
    if missing is not None:
        raise missing


def _named(subject: Resource, world: World) -> Iterator[_Named]:
    """Destinations with a subset that get calls."""
    for path, _ in mesh_routes(subject):
        entries = weighted(subject, path)
        for here, entry in entries:
            destination = mapping(entry.get("destination"))
            subset = destination.get("subset")
            if subset and not (len(entries) > 1 and entry.get("weight") == 0):
                yield (
                    (*here, "destination", "subset"),
                    world.fqdn(str(destination.get("host", "")), subject.namespace),
                    str(subset),
                )


def _judge(named: _Named, dialing: list[str], subject: Resource, world: World) -> Iterator[Hit]:
    """A subset as namespaces see it that dial the route's hosts; where none is known, as the service's own does."""
    path, host, subset = named
    behind = service_of(host, world.settings.domain)
    home = behind.namespace if behind else subject.namespace
    rules = destination_rules(world, host)
    for client in dialing or [home]:
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


def _dialing(subject: Resource, world: World) -> list[str]:
    """Namespaces that are known to dial the hosts of a route."""
    hosts = (world.fqdn(str(host), subject.namespace) for host in sequence(subject.spec.get("hosts")))
    return sorted({workload.namespace for host in hosts for workload in callers_of(world, host)})


RULE = Rule(
    code="PX511",
    slug="missing-subset",
    summary="A route goes to a subset that the client's DestinationRule does not define.",
    severity=Severity.ERROR,
    kinds=("VirtualService",),
    gate=reaches_clients,
    check=of_routes(check),
    by_value=True,
    needs=("subset",),
    remedy="Define the subset in the DestinationRule that the clients get, or remove it from the route.",
    evidence=("matrix istio VirtualService spec.http[].route[].destination.subset", "failure mode E1"),
    reads=("DestinationRule", "Service"),
)
