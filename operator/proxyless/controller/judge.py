"""Keeps the findings of every object up to date: after a change, only the objects that it can affect are judged again, in steps. Pure.

A change of an object touches every object of a kind that has a rule which looks at the changed object's kind. Namespaces
and whatever holds pods touch everything, since they say who is proxyless. That is coarser than need be and never
misses: rules declare the kinds that they read, and a test holds them to it. Rules that are asleep before and after touch nothing;
what runs in the pods of a server touches what speaks of its namespace. What stands near a change (its namespace, and
whoever names a host there) is judged first, so that its condition follows at once however large the mesh is.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from proxyless.controller.gather import Gathered
from proxyless.controller.hosts import concerned_namespaces, named_namespaces, speaks_of
from proxyless.lint.engine import run
from proxyless.lint.rule import Rule
from proxyless.lint.running import owner_of
from proxyless.lint.world import World
from proxyless.mesh.workload import dialed
from proxyless.model.finding import Finding, Notice
from proxyless.model.kinds import COUNTED, INNER
from proxyless.model.memory import Memory
from proxyless.model.resource import WORKLOADS, Ref, Resource, mapping

EVERYTHING = frozenset({"Namespace", "ProxylessMesh", "ProxylessPolicy", *INNER, *WORKLOADS})
"""Kinds of which every rule may depend, declared or not."""


@dataclass(slots=True, frozen=True)
class ObjectFindings:
    """Findings and notices about one object."""

    generation: int | None
    """``metadata.generation`` that was judged."""
    findings: tuple[Finding, ...] = ()
    notices: tuple[Notice, ...] = ()
    suppressed: tuple[Finding, ...] = ()


@dataclass(slots=True, frozen=True)
class Judged:
    """The findings of all objects at one moment."""

    gathered: Gathered
    world: World
    verdicts: Mapping[Ref, ObjectFindings]
    """Of every object that some rule looks at, once it was judged. Shared by the steps of a pass: whoever walks through it while
    the pass may go on in another thread copies it first."""
    concerned: frozenset[str] = frozenset()
    """Namespaces with proxyless workloads, or that are declared proxyless: what concerns them has a condition."""
    rechecked: frozenset[Ref] = field(default_factory=frozenset)
    """Objects that were judged in this step, or changed or deleted since the last one."""
    altered: frozenset[Ref] = field(default_factory=frozenset)
    """Those of them that changed themselves, are gone, or have other findings than before: only their status can differ."""
    whole: bool = True
    """Whether every object has a verdict, so that counts are true. False only before the end of the first pass."""


class Pass:
    """Judging what changes touch, in steps that share one world.

    Args:
        rules: what is checked.
        gathered: the world.
        before: the last result, whose verdicts stand until their objects are judged again; None: there is none.
        changed: objects that came, went or changed since then.
        owed: objects that an earlier pass left.
        unseen: :attr:`unseen` of that pass.
        everything: judge all objects, whatever changed.
        memory: the caller's, which lives from pass to pass.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        gathered: Gathered,
        before: Judged | None = None,
        changed: Iterable[Ref] = (),
        owed: Iterable[Ref] = (),
        *,
        unseen: Iterable[Ref] = (),
        everything: bool = False,
        memory: Memory | None = None,
    ) -> None:
        self._rules = rules
        self._gathered = gathered
        self._world = World(gathered.snapshot, gathered.settings, memory=memory)
        changed = frozenset(changed)
        counted: set[str] = set()
        kinds = {kind for rule in rules for kind in rule.kinds}
        if not everything and before is not None and gathered.same_frame(before.gathered):
            speaking = [rule for rule in rules if _speaks(rule, before.world) or _speaks(rule, self._world)]
            kinds = touched_kinds(speaking, {ref.kind for ref in changed}.difference(COUNTED))
            counted = touched_kinds(speaking, {ref.kind for ref in changed}.intersection(COUNTED)) - kinds
        old = before.verdicts if before is not None else {}
        self._verdicts = {ref: verdict for ref, verdict in old.items() if gathered.snapshot.get(*ref) is not None}
        gone = old.keys() - self._verdicts.keys()
        touched = [item for kind in sorted(kinds) for item in gathered.snapshot.of_kind(kind)]
        if counted:
            touched += self._around([ref for ref in changed if ref.kind in COUNTED], sorted(counted))
        near = self._near(touched, changed)
        self.todo: deque[Ref] = deque(dict.fromkeys((*near, *owed, *(item.ref for item in touched))))
        """What is still to be judged, in that order."""
        self.urgent = len(near)
        """How many of the first are near the change."""
        self._concerned = concerned_namespaces(self._world)
        same = before is not None and self._concerned == before.concerned
        self.unseen = {*changed, *unseen} if same else {*changed, *unseen, *self.todo}
        """Objects whose status is looked at even if their findings stay: they changed, or who is proxyless did."""
        self._rechecked = (changed | gone) - set(self.todo)
        self._unjudged = sum(ref not in self._verdicts for ref in self.todo)

    def _around(self, counts: Sequence[Ref], kinds: Iterable[str]) -> Iterator[Resource]:
        """Objects that may rest on the pods of some workloads: those that speak of their namespaces, or all of them where
        one of the workloads calls others.
        """
        owners = [self._gathered.snapshot.get(*owner_of(ref)) for ref in counts]
        workloads = [self._world.workload(item) for item in owners if item is not None]
        calls = len(workloads) < len(counts) or any(item is not None and dialed(item) for item in workloads)
        places = {*(ref.namespace for ref in counts), self._world.settings.root_namespace}
        for kind in kinds:
            for item in self._gathered.snapshot.of_kind(kind):
                if calls or item.namespace in places or speaks_of(item, places, self._world):
                    yield item

    def _near(self, touched: Iterable[Resource], changed: frozenset[Ref]) -> list[Ref]:
        places = {ref.name if ref.kind == "Namespace" else ref.namespace for ref in changed} - {""}
        if not places:
            return []
        return [
            item.ref
            for item in touched
            if item.namespace in places or not places.isdisjoint(named_namespaces(item, self._world))
        ]

    def step(self, most: int) -> Judged:
        """Judge at most so many more objects; those that are left keep their previous findings in the result."""
        refs = [self.todo.popleft() for _ in range(min(most, len(self.todo)))]
        self.urgent = max(0, self.urgent - len(refs))
        found = (self._gathered.snapshot.get(*ref) for ref in refs)
        subjects = [item for item in found if item is not None]
        fresh = _verdicts(self._rules, self._world, self._gathered, subjects)
        self._unjudged -= sum(ref not in self._verdicts for ref in refs)
        unlike = {ref for ref, verdict in fresh.items() if self._verdicts.get(ref) != verdict}
        self._verdicts.update(fresh)
        rechecked, self._rechecked = self._rechecked | fresh.keys(), frozenset()
        altered = frozenset(ref for ref in rechecked if ref in unlike or ref in self.unseen or ref not in fresh)
        self.unseen -= altered
        whole = not self._unjudged
        return Judged(self._gathered, self._world, self._verdicts, self._concerned, rechecked, altered, whole)


def judge(
    rules: Sequence[Rule], gathered: Gathered, before: Judged | None = None, changed: Iterable[Ref] = ()
) -> Judged:
    """All of a :class:`Pass` in one step."""
    whole = Pass(rules, gathered, before, changed)
    return whole.step(len(whole.todo))


def touched_kinds(rules: Iterable[Rule], changed: set[str]) -> set[str]:
    """Kinds of objects to judge again after objects of some kinds changed."""
    everything = not changed.isdisjoint(EVERYTHING)
    return {
        kind
        for rule in rules
        if everything or not changed.isdisjoint((*rule.kinds, *rule.reads))
        for kind in rule.kinds
        if everything or not rule.alone or kind in changed
    }


def _speaks(rule: Rule, world: World) -> bool:
    """Whether a rule may say anything at all in a world."""
    return rule.awake is None or rule.awake(world)


def _verdicts(
    rules: Sequence[Rule], world: World, gathered: Gathered, subjects: Sequence[Resource]
) -> dict[Ref, ObjectFindings]:
    report = run(rules, world, subjects, gathered.selection)
    findings, suppressed = _grouped(report.findings), _grouped(report.suppressed)
    notices: dict[Ref, list[Notice]] = {}
    for notice in report.notices:
        if notice.ref is not None:
            notices.setdefault(notice.ref, []).append(notice)
    return {
        item.ref: ObjectFindings(
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
