"""PX404: istiod merges DestinationRules of one host: subsets add up, but only the oldest trafficPolicy counts."""

from collections.abc import Iterator

from proxyless.lint.destinations import caller_condition, destination_rules, host_of_rule
from proxyless.lint.gates import is_contested
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.age import age_order, ages_known
from proxyless.mesh.merge import MergedRule
from proxyless.mesh.traffic import levels
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit on each rule that loses against another one of its namespace and host."""
    condition = caller_condition(subject, world)
    if condition is None:
        return
    host = host_of_rule(subject, world)
    merged = destination_rules(world, host).merged(subject.namespace, host)
    for rule in merged:
        if subject in rule.overruled and rule.policy is not None:
            yield _overruled(subject, rule.policy, rule, condition)
    alone = [rule for rule in merged if rule.selector is None]
    if any(subject in rule.rules for rule in alone[:-1]):
        yield _kept_apart(subject, alone[-1], condition)


def _overruled(subject: Resource, winner: Resource, merged: MergedRule, condition: str) -> Hit:
    order = f"that is {winner.ref}" if ages_known(*merged.rules) else _tie(winner)
    return Hit(
        ("spec", "trafficPolicy"),
        f"This trafficPolicy has no effect: of the rules for {merged.host} the oldest one counts, whole ({order}).",
        f"Move this trafficPolicy into {winner.ref} and delete it here; a second rule may add subsets only.",
        severity=Severity.ERROR if _has_tls(subject) else None,
        applies=condition,
        related=(winner.ref,),
    )


def _tie(winner: Resource) -> str:
    return f"ages are not known here; of rules of the same second {winner.ref} comes first, by name"


def _kept_apart(subject: Resource, youngest: MergedRule, condition: str) -> Hit:
    winner = max(youngest.rules, key=age_order)
    return Hit(
        ("spec", "host"),
        f"Clients in namespace {subject.namespace} do not get this rule: its exportTo differs from that of {winner.ref}, "
        "so the two are not merged and the younger counts alone.",
        f"Give both rules the same exportTo, or make one of them and {winner.ref}.",
        severity=Severity.ERROR if _has_tls(subject) else None,
        applies=condition,
        related=(winner.ref,),
    )


def _has_tls(rule: Resource) -> bool:
    return any(mapping(level.policy.get("tls")) for level in levels(rule))


RULE = Rule(
    code="PX404",
    slug="several-destination-rules",
    summary="Several DestinationRules of one namespace and host have a trafficPolicy; one of them counts.",
    severity=Severity.WARNING,
    kinds=("DestinationRule",),
    gate=is_contested,
    check=check,
    remedy="Make one DestinationRule of those with a trafficPolicy.",
    evidence=(
        "istio pilot/pkg/model/destination_rule.go mergeDestinationRule",
        "measured on Istio 1.31: differing exportTo keeps rules apart and the younger wins",
    ),
    reads=("Service",),
)
