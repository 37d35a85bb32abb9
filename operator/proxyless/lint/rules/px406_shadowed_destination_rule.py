"""PX406: the nearest DestinationRule counts alone; what a farther one says of the host, mTLS and subsets, is gone."""

from collections.abc import Iterator

from proxyless.lint.clusters_called import Called, clusters_called
from proxyless.lint.destinations import caller_condition, destination_rules, host_of_rule, services_of_rule
from proxyless.lint.gates import is_contested
from proxyless.lint.in_effect import ROUTING
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.servers import named
from proxyless.lint.world import World
from proxyless.mesh.destination import CoveringRule
from proxyless.mesh.host import service_of
from proxyless.mesh.service import host_of
from proxyless.mesh.traffic import effective_policy
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit on a rule that hides another one and lacks its mTLS or its subsets: for real callers, else for its namespace."""
    condition = caller_condition(subject, world)
    if condition is None:
        return
    hosts = _hosts(subject, world)
    hits = [hit for host in hosts for hit in _for_callers(subject, host, clusters_called(host, world))]
    if not hits:
        guessed = (host for host in hosts if not clusters_called(host, world))
        hits = [hit for host in guessed for hit in _for_namespace(subject, host, condition, world)]
    if hits:
        worst = min(hits, key=lambda hit: hit.severity is not Severity.ERROR)
        yield worst._replace(
            related=tuple(dict.fromkeys((*worst.related, *(ref for hit in hits for ref in hit.related))))
        )


def _for_callers(subject: Resource, host: str, called: tuple[Called, ...]) -> Iterator[Hit]:
    mine = [
        item
        for item in called
        if item.cluster.answer is not None and item.cluster.answer.rule.decider is subject and item.cluster.shadowed
    ]
    for item in mine:
        cluster = item.cluster
        alike = [caller for other in mine if other.cluster.shadowed == cluster.shadowed for caller in other.callers]
        for hidden in cluster.shadowed:
            hit = _hit(host, cluster.answer, hidden, named(alike), cluster.name.port)
            if hit is not None:
                yield hit._replace(related=(*hit.related, *dict.fromkeys(caller.ref for caller in alike)))


def _for_namespace(subject: Resource, host: str, condition: str, world: World) -> Iterator[Hit]:
    if subject.namespace == world.settings.root_namespace:
        return
    home = service_of(host, world.settings.domain)
    answers = destination_rules(world, host).answers(
        host,
        service_namespace=home.namespace if home else subject.namespace,
        client_namespace=subject.namespace,
        labels=mapping(mapping(subject.spec.get("workloadSelector")).get("matchLabels")),
    )
    if not answers or answers[0].rule.decider is not subject:
        return
    for answer in answers[1:]:
        hit = _hit(host, answers[0], answer, f"clients in namespace {subject.namespace}", None)
        if hit is not None:
            yield hit._replace(applies=condition)


def _hosts(subject: Resource, world: World) -> list[str]:
    host = host_of_rule(subject, world)
    if "*" not in host:
        return [host]
    return [host_of(service, world.settings.domain) for service in services_of_rule(subject, world)]


def _hit(host: str, mine: CoveringRule | None, farther: CoveringRule, who: str, port: int | None) -> Hit | None:
    if mine is None:
        return None
    hidden = farther.rule
    mode = effective_policy(hidden, port=port).tls_mode
    loses_tls = mode == "ISTIO_MUTUAL" and not effective_policy(mine.rule, port=port).tls_mode
    names = [subset.name for subset in hidden.subsets if mine.rule.subset(subset.name) is None]
    if not loses_tls and not names:
        return None
    lost = [f"tls.mode {mode}"] if loses_tls else []
    lost += [f"subset{'s' if len(names) > 1 else ''} {', '.join(names)}"] if names else []
    harm = "calls are plaintext" if loses_tls else "routes to them fail"
    return Hit(
        ("spec", "host"),
        f"For {who} this rule hides {hidden.decider.ref} for {host} and inherits nothing: "
        f"it loses {' and '.join(lost)}, {harm}.",
        f"Repeat {' and '.join(lost)} of {hidden.decider.ref} here, or delete this rule.",
        severity=Severity.ERROR if loses_tls else None,
        related=(hidden.decider.ref,),
        deny=False,
    )


RULE = Rule(
    code="PX406",
    slug="shadowed-destination-rule",
    summary="A DestinationRule hides a farther one of the same host and lacks its mTLS or subsets.",
    severity=Severity.WARNING,
    kinds=("DestinationRule",),
    gate=is_contested,
    check=check,
    remedy="Repeat what the hidden rule says, or delete the nearer rule.",
    evidence=("istio pilot/pkg/model/push_context.go destinationRule",),
    reads=ROUTING,
)
