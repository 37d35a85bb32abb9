"""Keeps the findings of every object up to date: after a change, only the objects that it can affect are judged again, in steps. Pure.

While an object is judged, ``model.reads`` records what the answer was made from: objects, kinds, keys of indexes. A change
touches the objects that read something that differs now, and no others; a property test compares with judging everything.
What cannot be traced to single objects (settings, policies, kinds that cannot be read) touches everything, and where a rule
wakes or falls asleep all objects of its kinds are judged again. What was changed itself is judged first.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from proxyless.controller.counts import Counts
from proxyless.controller.gather import Gathered
from proxyless.controller.hosts import concerned_namespaces, named_namespaces
from proxyless.controller.waking import Waking, kinds_woken, waking
from proxyless.lint.engine import run
from proxyless.lint.recorded_world import RecordedWorld
from proxyless.lint.rule import Rule
from proxyless.lint.world import World
from proxyless.model.finding import Finding, Notice, Report
from proxyless.model.kinds import INNER
from proxyless.model.memory import Memory
from proxyless.model.reads import Reads
from proxyless.model.recorded import RecordedSnapshot
from proxyless.model.resource import Ref, Resource, mapping

SETTINGS = frozenset({*INNER, "ConfigMap"})
"""Kinds that say how everything else is read: a change of one touches everything."""


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
    verdicts: dict[Ref, ObjectFindings]
    """Of every object that some rule looks at, once it was judged. Shared by all steps and passes: whoever walks through it while
    a pass may go on in another thread copies it first."""
    concerned: frozenset[str] = frozenset()
    """Namespaces with proxyless workloads, or that are declared proxyless: what concerns them has a condition."""
    rechecked: frozenset[Ref] = field(default_factory=frozenset)
    """Objects that were judged in this step, or changed or deleted since the last one."""
    altered: frozenset[Ref] = field(default_factory=frozenset)
    """Those of them that changed themselves, are gone, or have other findings than before: only their status can differ."""
    whole: bool = True
    """Whether every object has a verdict, so that counts are true. False only before the end of the first pass."""
    reads: Reads = field(default_factory=Reads)
    """What the verdicts rest on, for the next pass."""
    waking: Waking = field(default_factory=dict)
    """Which rules were asked."""
    counts: Counts = field(default_factory=Counts)
    """Findings of all verdicts, by namespace. Shared as they are."""


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
        self._waking = waking(rules, self._world)
        changed = frozenset(changed)
        kinds = {kind for rule in rules for kind in rule.kinds}
        direct = [ref for ref in sorted(changed) if ref.kind in kinds and gathered.snapshot.get(*ref) is not None]
        self._verdicts = before.verdicts if before is not None else {}
        self._counts = before.counts if before is not None else Counts()
        gone = [*changed.difference(direct)]
        whole = (
            everything
            or before is None
            or not gathered.same_frame(before.gathered)
            or not SETTINGS.isdisjoint(ref.kind for ref in changed)
        )
        if whole or before is None:
            self._reads = Reads()
            touched = {item.ref for kind in kinds for item in gathered.snapshot.of_kind(kind)}
            gone += [ref for ref in self._verdicts if ref not in touched]
        else:
            self._reads = before.reads
            touched = self._reads.follow(changed, self._world)
            for kind in kinds_woken(rules, before.waking, self._waking):
                touched.update(item.ref for item in gathered.snapshot.of_kind(kind))
        self.recounted: set[str] | None = None if whole else {ref.namespace for ref in changed}
        """Namespaces whose counts may differ from those before the pass, and of what changed; None: all."""
        self._reads.forget(gone)
        for ref in gone:
            self._count(ref, self._verdicts.pop(ref, None), -1)
        places = {ref.namespace for ref in changed}
        found = sorted(touched.difference(direct, gone), key=lambda ref: (ref.namespace not in places, ref))
        self.todo: deque[Ref] = deque(dict.fromkeys((*direct, *found, *owed)))
        """What is still to be judged, in that order."""
        self.urgent = len(direct)
        """How many of the first have changed themselves."""
        self._concerned = concerned_namespaces(self._world)
        self.unseen = {*changed, *unseen}
        """Objects whose status is looked at even if their findings stay: they changed, or who is proxyless did."""
        self._rechecked = changed - set(self.todo)
        if before is not None and self._concerned != before.concerned:
            self._look_at(self._concerned ^ before.concerned)
        self._unjudged = sum(ref not in self._verdicts for ref in self.todo)
        recorded = RecordedSnapshot(gathered.snapshot, self._reads)
        self._judging = RecordedWorld(recorded, gathered.settings, memory=memory)

    def _look_at(self, namespaces: frozenset[str]) -> None:
        """Look at the status of all objects that concern namespaces in which somebody is proxyless now, or nobody any more."""
        everywhere = self._world.settings.root_namespace
        found = (self._gathered.snapshot.get(*ref) for ref in self._verdicts)
        refs = {
            item.ref
            for item in found
            if item is not None
            and (
                item.namespace in namespaces
                or item.namespace == everywhere
                or not namespaces.isdisjoint(named_namespaces(item, self._world))
            )
        }
        self.unseen |= refs
        self._rechecked |= refs.difference(self.todo)

    def step(self, most: int) -> Judged:
        """Judge at most so many more objects; those that are left keep their previous findings in the result."""
        refs = [self.todo.popleft() for _ in range(min(most, len(self.todo)))]
        self.urgent = max(0, self.urgent - len(refs))
        found = (self._gathered.snapshot.get(*ref) for ref in refs)
        subjects = [item for item in found if item is not None]
        report = run(self._rules, self._judging, self._reads.of(subjects), self._gathered.selection)
        fresh = _by_object(report, subjects)
        self._unjudged -= sum(ref not in self._verdicts for ref in refs)
        unlike = {ref for ref, verdict in fresh.items() if self._verdicts.get(ref) != verdict}
        for ref in unlike:
            self._count(ref, self._verdicts.get(ref), -1)
            self._count(ref, fresh[ref], 1)
            if self.recounted is not None:
                self.recounted.add(ref.namespace)
        self._verdicts.update(fresh)
        rechecked, self._rechecked = self._rechecked | fresh.keys(), frozenset()
        altered = frozenset(ref for ref in rechecked if ref in unlike or ref in self.unseen or ref not in fresh)
        self.unseen -= altered
        return Judged(
            self._gathered,
            self._world,
            self._verdicts,
            self._concerned,
            rechecked,
            altered,
            not self._unjudged,
            self._reads,
            self._waking,
            self._counts,
        )

    def _count(self, ref: Ref, verdict: ObjectFindings | None, sign: int) -> None:
        if verdict is not None:
            self._counts.add(ref, verdict.findings, len(verdict.suppressed), sign)


def judge(
    rules: Sequence[Rule], gathered: Gathered, before: Judged | None = None, changed: Iterable[Ref] = ()
) -> Judged:
    """All of a :class:`Pass` in one step."""
    whole = Pass(rules, gathered, before, changed)
    return whole.step(len(whole.todo))


def _by_object(report: Report, subjects: Sequence[Resource]) -> dict[Ref, ObjectFindings]:
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
