"""PX511: a destination's subset that the client's effective DestinationRule does not have: a cluster that never arrives."""

from collections.abc import Iterator

from proxyless.lint.affected_clients import affected_clients, related_clients
from proxyless.lint.in_effect import ROUTING, mesh_of
from proxyless.lint.route_calls import CalledHost, RoutedCall, routed_calls
from proxyless.lint.route_gates import may_lose_calls
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.destination import CoveringRule
from proxyless.mesh.effective.clusters import Cluster, Name, parse
from proxyless.mesh.host import service_of
from proxyless.model.finding import Severity
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource


class _Missing(NamedTuple):
    """A subset that a class of clients does not get."""

    path: FieldPath
    """The destination's subset."""
    name: Name
    answers: tuple[CoveringRule, ...]
    """DestinationRules for the host that reach the client, the one that counts first."""
    doubt: str


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per destination whose subset some clients do not get, and per DestinationRule that they have instead."""
    groups: dict[tuple[object, ...], list[tuple[_Missing, CalledHost]]] = {}
    for item in routed_calls(subject, world):
        for found in _missing(subject, item, world):
            answer = found.answers[0].rule.decider.ref if found.answers else None
            groups.setdefault((found.path, answer), []).append((found, item.call))
    for found_by in groups.values():
        yield _hit([item for item, _ in found_by], [call for _, call in found_by])


def _missing(subject: Resource, item: RoutedCall, world: World) -> Iterator[_Missing]:
    client = item.call.client
    for route in item.routes:
        for destination in route.clusters if route.resource is subject else ():
            name = parse(destination.name)
            if name is None or not name.subset:
                continue
            cluster = client.cluster(destination.name)
            if cluster.exists or (cluster.seen is not None and cluster.port is None) or _is_hidden(cluster):
                continue
            answers = _answers(name, cluster, item.call, subject, world)
            if answers and answers[0].rule.subset(name.subset):
                continue
            doubt = item.doubt
            if not answers:
                more = _doubt(name, subject, world)
                doubt = " and ".join(filter(None, (doubt, more)))
            yield _Missing((*destination.path, "destination", "subset"), name, answers, doubt)


def _is_hidden(cluster: Cluster) -> bool:
    """Whether it is the host that does not exist for the client, which PX526 tells."""
    return cluster.seen is None and cluster.exists is False


def _answers(
    name: Name, cluster: Cluster, call: CalledHost, subject: Resource, world: World
) -> tuple[CoveringRule, ...]:
    return mesh_of(world).destination_rules.answers(
        name.host,
        service_namespace=cluster.seen.registered.namespace if cluster.seen else _home(name, subject, world),
        client_namespace=call.client.namespace,
        labels=call.client.labels,
    )


def _home(name: Name, subject: Resource, world: World) -> str:
    behind = service_of(name.host, world.settings.domain)
    return behind.namespace if behind else subject.namespace


def _doubt(name: Name, subject: Resource, world: World) -> str:
    """What is in doubt where no DestinationRule at hand is for the host: one that was not given may define the subset."""
    if world.complete("DestinationRule"):
        return ""
    if not world.knows("DestinationRule", _home(name, subject, world)):
        return f"no DestinationRule in the cluster defines subset {name.subset}: none was given"
    return f"none in the cluster defines subset {name.subset} of {name.host} either"


def _hit(found: list[_Missing], calls: list[CalledHost]) -> Hit:
    first = found[0]
    subset, who = first.name.subset, affected_clients(calls)
    related = [*related_clients(calls)]
    certain = any(not item.doubt for item in found)
    applies = "" if certain else first.doubt
    fails = f"calls of {who} that go there fail with UNAVAILABLE."
    if not first.answers:
        message = f"No DestinationRule of {first.name.host} defines subset {subset}: {fails}"
        return Hit(first.path, message, applies=applies, related=tuple(related), deny=False)
    rule = first.answers[0].rule
    shadowed = next((item.rule.decider.ref for item in first.answers[1:] if item.rule.subset(subset)), None)
    names = ", ".join(item.name for item in rule.subsets) or "none"
    message = f"{rule.decider.ref} has no subset {subset} (it has {names}): {fails}"
    if shadowed is not None:
        message = f"{rule.decider.ref} hides {shadowed}, which has subset {subset}: {fails}"
    rules = (rule.decider.ref, *filter(None, (shadowed,)))
    return Hit(first.path, message, applies=applies, related=(*rules, *related), deny=False)


RULE = Rule(
    code="PX511",
    slug="missing-subset",
    summary="A route goes to a subset that the client's DestinationRule does not define.",
    severity=Severity.ERROR,
    kinds=("VirtualService",),
    gate=may_lose_calls,
    check=check,
    by_value=True,
    needs=("subset",),
    remedy="Define the subset in the DestinationRule that the clients get, or remove it from the route.",
    evidence=("matrix istio VirtualService spec.http[].route[].destination.subset", "failure mode E1"),
    reads=ROUTING,
)
