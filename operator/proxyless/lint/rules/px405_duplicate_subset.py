"""PX405: of two subsets with one name istiod keeps the first, and drops the other with its labels and policy."""

from collections.abc import Iterator

from proxyless.lint.destinations import caller_condition, destination_rules, host_of_rule
from proxyless.lint.gates import is_contested
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.world import World
from proxyless.mesh.age import ages_known
from proxyless.mesh.merge import MergedRule, SubsetSource
from proxyless.model.finding import Severity
from proxyless.model.resource import Resource, mapping, sequence


def check(subject: Resource, world: World) -> Iterator[Hit]:
    """One hit per subset that loses against one of the same name, in another rule or in this one."""
    host = host_of_rule(subject, world)
    if not is_contested(subject, world) and not _repeats(subject):
        return
    condition = caller_condition(subject, world)
    if condition is None:
        return
    yield from _within(subject, condition)
    for merged in destination_rules(world, host).merged(subject.namespace, host):
        for lost in merged.duplicates:
            kept = merged.subset(lost.name)
            if lost.rule is subject and kept is not None:
                yield _hit(lost, kept, merged, condition)


def _hit(lost: SubsetSource, kept: SubsetSource, merged: MergedRule, condition: str) -> Hit:
    same = lost.labels == kept.labels
    harm = "this one is dropped" if same else f"calls go to {_words(kept)} instead of {_words(lost)}"
    order = "" if ages_known(*merged.rules) else " (ages are not known here; the oldest rule keeps the name)"
    return Hit(
        (*lost.path, "name"),
        f"{kept.rule.ref} has a subset {lost.name} for the same host and comes first: {harm}{order}.",
        severity=Severity.INFO if same else None,
        applies=condition,
        related=(kept.rule.ref,),
        deny=False,
    )


def _words(subset: SubsetSource) -> str:
    return ", ".join(f"{key}={value}" for key, value in subset.labels.items()) or "all pods"


def _repeats(subject: Resource) -> bool:
    names = [str(mapping(entry).get("name", "")) for entry in sequence(subject.spec.get("subsets"))]
    return len(names) != len(set(names))


def _within(subject: Resource, condition: str) -> Iterator[Hit]:
    seen: set[str] = set()
    for index, entry in enumerate(sequence(subject.spec.get("subsets"))):
        name = str(mapping(entry).get("name", ""))
        if name in seen:
            message = f"This rule has a subset {name} twice; which of them counts is left to chance."
            yield Hit(("spec", "subsets", index, "name"), message, applies=condition)
        seen.add(name)


RULE = Rule(
    code="PX405",
    slug="duplicate-subset",
    summary="Two subsets of one host have the same name; one is dropped.",
    severity=Severity.WARNING,
    kinds=("DestinationRule",),
    check=check,
    needs=("subsets",),
    remedy="Give the subset another name, or keep one of the two.",
    evidence=("istio pilot/pkg/model/destination_rule.go mergeDestinationRule",),
    reads=("Service",),
)
