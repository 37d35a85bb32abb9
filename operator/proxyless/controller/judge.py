"""Findings of every object, kept up to date: after a change only what it touches is judged again. Pure.

A change of an object touches every object of a kind that has a rule which looks at the changed object's kind. Namespaces
and whatever holds pods touch everything, since they say who is proxyless. That is coarser than need be and never
misses: rules declare the kinds that they read, and a test holds them to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from proxyless.controller.gather import Gathered
from proxyless.lint.engine import run
from proxyless.lint.rule import Rule
from proxyless.lint.world import World
from proxyless.model.finding import Finding, Notice
from proxyless.model.resource import WORKLOADS, Ref, Resource, mapping

EVERYTHING = frozenset({"Namespace", "ProxylessMesh", "ProxylessPolicy", *WORKLOADS})
"""Kinds of which every rule may depend, declared or not."""


@dataclass(slots=True, frozen=True)
class Verdict:
    """What is known of one object."""

    generation: int | None
    """``metadata.generation`` that was judged."""
    findings: tuple[Finding, ...] = ()
    notices: tuple[Notice, ...] = ()
    suppressed: tuple[Finding, ...] = ()


@dataclass(slots=True, frozen=True)
class Judged:
    """All verdicts of one moment."""

    gathered: Gathered
    world: World
    verdicts: Mapping[Ref, Verdict]
    """Of every object that some rule looks at."""
    again: frozenset[Ref] = field(default_factory=frozenset)
    """Objects that this pass judged, or that went."""


def judge(
    rules: Sequence[Rule], gathered: Gathered, before: Judged | None = None, changed: Iterable[Ref] = ()
) -> Judged:
    """Verdicts of all objects.

    Args:
        rules: what is checked.
        gathered: the world.
        before: the last result; None: judge everything.
        changed: objects that came, went or changed since then.
    """
    world = World(gathered.snapshot, gathered.settings)
    started_from = {kind for rule in rules for kind in rule.kinds}
    changed = frozenset(changed)
    kinds = started_from
    kept: dict[Ref, Verdict] = {}
    if before is not None and gathered.same_frame(before.gathered):
        kinds = touched_kinds(rules, {ref.kind for ref in changed})
        kept = {ref: verdict for ref, verdict in before.verdicts.items() if ref.kind not in kinds}
    subjects = [item for kind in sorted(kinds) for item in gathered.snapshot.of_kind(kind)]
    fresh = _verdicts(rules, world, gathered, subjects)
    gone = frozenset(before.verdicts) - fresh.keys() - kept.keys() if before is not None else frozenset[Ref]()
    return Judged(gathered, world, {**kept, **fresh}, frozenset(fresh) | gone | changed)


def touched_kinds(rules: Iterable[Rule], changed: set[str]) -> set[str]:
    """Kinds of objects to judge again after objects of some kinds changed."""
    everything = not changed.isdisjoint(EVERYTHING)
    return {
        kind
        for rule in rules
        if everything or not changed.isdisjoint((*rule.kinds, *rule.reads))
        for kind in rule.kinds
    }


def _verdicts(
    rules: Sequence[Rule], world: World, gathered: Gathered, subjects: Sequence[Resource]
) -> dict[Ref, Verdict]:
    report = run(rules, world, subjects, gathered.selection)
    findings, suppressed = _grouped(report.findings), _grouped(report.suppressed)
    notices: dict[Ref, list[Notice]] = {}
    for notice in report.notices:
        if notice.ref is not None:
            notices.setdefault(notice.ref, []).append(notice)
    return {
        item.ref: Verdict(
            generation_of(item),
            tuple(findings.get(item.ref, ())),
            tuple(notices.get(item.ref, ())),
            tuple(suppressed.get(item.ref, ())),
        )
        for item in subjects
    }


def _grouped(findings: Iterable[Finding]) -> dict[Ref, list[Finding]]:
    groups: dict[Ref, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.ref, []).append(finding)
    return groups


def generation_of(item: Resource) -> int | None:
    """``metadata.generation``, None where the object has none."""
    generation = mapping(item.body.get("metadata")).get("generation")
    return generation if isinstance(generation, int) else None
