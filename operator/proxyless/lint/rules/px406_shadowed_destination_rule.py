"""PX406: the nearest DestinationRule counts alone; what a farther one says of the host, mTLS and subsets, is gone."""

from collections.abc import Iterator

from proxyless.lint.destinations import caller_condition, destination_rules, host_of_rule, services_of_rule
from proxyless.lint.gates import is_contested
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.host import service_of
from proxyless.mesh.merge import MergedRule
from proxyless.mesh.service import host_of
from proxyless.mesh.traffic import effective_policy
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit on a rule that hides another one and lacks its mTLS or its subsets."""
    condition = caller_condition(subject, world)
    if condition is None or subject.namespace == world.settings.root_namespace:
        return
    selector = mapping(mapping(subject.spec.get("workloadSelector")).get("matchLabels"))
    for host in _hosts(subject, world):
        home = service_of(host, world.settings.domain)
        answers = destination_rules(world, host).answers(
            host,
            service_namespace=home.namespace if home else subject.namespace,
            client_namespace=subject.namespace,
            labels=selector,
        )
        if not answers or answers[0].rule.decider is not subject:
            continue
        for answer in answers[1:]:
            hit = _hit(subject, host, answers[0].rule, answer.rule, condition)
            if hit is not None:
                yield hit
                return


def _hosts(subject: Resource, world: World) -> list[str]:
    host = host_of_rule(subject, world)
    if "*" not in host:
        return [host]
    return [host_of(service, world.settings.domain) for service in services_of_rule(subject, world)]


def _hit(subject: Resource, host: str, mine: MergedRule, hidden: MergedRule, condition: str) -> Hit | None:
    mode = effective_policy(hidden).tls_mode
    loses_tls = mode == "ISTIO_MUTUAL" and not effective_policy(mine).tls_mode
    names = [subset.name for subset in hidden.subsets if mine.subset(subset.name) is None]
    if not loses_tls and not names:
        return None
    lost = [f"tls.mode {mode}"] if loses_tls else []
    lost += [f"subset{'s' if len(names) > 1 else ''} {', '.join(names)}"] if names else []
    harm = "calls are plaintext" if loses_tls else "routes to them fail"
    return Hit(
        ("spec", "host"),
        f"For clients in namespace {subject.namespace} this rule hides {hidden.decider.ref} for {host} and inherits nothing: "
        f"it loses {' and '.join(lost)}, {harm}.",
        f"Repeat {' and '.join(lost)} of {hidden.decider.ref} here, or delete this rule.",
        severity=Severity.ERROR if loses_tls else None,
        applies=condition,
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
    reads=("Service",),
)
