"""Applies the fixes of findings to what was read, and judges again: a fix that brings another finding is not taken.

Called by ``lint`` with ``--fix`` or ``--diff``. Changes texts in memory only; ``fixes_told`` and ``adapters.rewriting`` show and
write them. Imported only then.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

from proxyless.adapters.manifests import read_text
from proxyless.adapters.reading import MeshObjects, Reading
from proxyless.model.finding import Finding, Report, Severity
from proxyless.model.fix import NotThere, changed
from proxyless.model.path import FieldPath, show
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Origin, Ref, Resource
from proxyless.model.snapshot import Snapshot
from proxyless.yamltext.edit import EditedText
from proxyless.yamltext.splices import CannotEdit

Judge = Callable[[Reading], Sequence[Report]]
"""One report for each mesh of what was read."""
_ROUNDS = 100
"""Each round takes a fix or gives one up, and findings only become fewer; the limit is for a defect of ours."""

_CHAIN = 4
"""How often what a fix brings is fixed with it."""


class Unfixed(NamedTuple):
    """A finding whose fix was not taken, and why."""

    finding: Finding
    why: str


class LivePatch(NamedTuple):
    """A finding about an object of the cluster whose fix is left to kubectl."""

    finding: Finding
    subject: Resource
    """As it was when the fix was found."""


class Fixed(NamedTuple):
    """What came of it."""

    reading: Reading
    """As if it had been read with the fixes."""
    reports: tuple[Report, ...]
    done: tuple[Finding, ...] = ()
    left: tuple[Unfixed, ...] = ()
    live: tuple[LivePatch, ...] = ()
    unsafe: int = 0
    """Findings whose fix is unsafe, where only safe ones were asked for."""


class _Candidate(NamedTuple):
    finding: Finding
    subject: Resource


class _Trial(NamedTuple):
    """What some fixes would lead to."""

    reading: Reading
    reports: Sequence[Report]
    edited: dict[str, EditedText]
    live: dict[Ref, Resource]
    applied: list[_Candidate]


def fixed(reading: Reading, reports: Sequence[Report], judge: Judge, namespace: str, *, unsafe: bool) -> Fixed:
    """Take all fixes that can be taken.

    Args:
        reading: what was read.
        reports: one for each of its meshes.
        judge: makes them.
        namespace: of objects that name none.
        unsafe: whether unsafe fixes are taken as well.
    """
    run = _Run(reading, reports, judge, namespace, unsafe)
    for _ in range(_ROUNDS):
        if not run.advance():
            break
    waiting = sum(item.fix is not None and not item.fix.safe for report in run.reports for item in report.findings)
    return Fixed(
        run.reading,
        tuple(run.reports),
        tuple(run.done),
        tuple(run.left.values()),
        tuple(run.live),
        0 if unsafe else waiting,
    )


class _Run:
    """The state that the fixes so far led to."""

    def __init__(self, reading: Reading, reports: Sequence[Report], judge: Judge, namespace: str, unsafe: bool) -> None:
        self.reading = reading
        self.reports = reports
        self.done: list[Finding] = []
        self.left: dict[tuple[str, Ref, FieldPath], Unfixed] = {}
        self.live: list[LivePatch] = []
        self._judge = judge
        self._namespace = namespace
        self._unsafe = unsafe
        self._edited: dict[str, EditedText] = {}
        self._documents: dict[str, set[int]] = {}
        for item in (each for mesh in reading.meshes for each in mesh.snapshot):
            if item.origin is not None:
                self._documents.setdefault(item.origin.file, set()).add(item.origin.document)

    def advance(self) -> bool:
        """Take or give up at least one fix; False where none is left."""
        batch = list(self._candidates(self))
        while batch:
            before = len(self.left)
            if self._attempt(batch) or len(self.left) > before:
                return True
            batch = batch[: len(batch) // 2]
        return False

    def _candidates(self, state: "_Run | _Trial") -> Iterator[_Candidate]:
        """Fixes that do not touch each other, those of one object from its end to its start."""
        taken: dict[tuple[Ref, Origin | None], list[FieldPath]] = {}
        for mesh, report in zip(state.reading.meshes, state.reports, strict=True):
            for item in sorted(report.findings, key=_position, reverse=True):
                subject = mesh.snapshot.get(*item.ref)
                if item.fix is None or subject is None or (item.code, item.ref, item.path) in self.left:
                    continue
                paths = [change.path for change in item.fix.changes]
                others = taken.setdefault((item.ref, subject.origin), [])
                if (item.fix.safe or self._unsafe) and not any(_touch(one, two) for one in paths for two in others):
                    others.extend(paths)
                    yield _Candidate(item, subject)

    def _attempt(self, batch: Sequence[_Candidate]) -> bool:
        """Take several fixes at once, with those of what they bring, or none of them."""
        trial = _Trial(self.reading, self.reports, {file: text.copy() for file, text in self._edited.items()}, {}, [])
        applied = self._write_all(batch, trial)
        if not applied:
            return False
        trial = self._judged_again(trial)
        for _ in range(_CHAIN):
            more = _count(trial.reports) - _count(self.reports)
            brought = [item for item in self._candidates(trial) if more[_key(item.finding)]]
            if not brought or not self._write_all(brought, trial):
                break
            trial = self._judged_again(trial)
        why = _worse(self.reports, trial.reports, [item.finding for item in applied])
        if why:
            if len(applied) == 1:
                self._give_up(applied[0].finding, why)
            return False
        self.live += [LivePatch(item.finding, item.subject) for item in trial.applied if item.subject.origin is None]
        self.done += [item.finding for item in trial.applied]
        self.reading, self.reports, self._edited = trial.reading, trial.reports, trial.edited
        return True

    def _write_all(self, batch: Sequence[_Candidate], trial: _Trial) -> list[_Candidate]:
        """Those that could be written; the others are given up."""
        applied = []
        for item in batch:
            try:
                self._write(item, trial.edited, trial.live)
            except (CannotEdit, NotThere) as error:
                self._give_up(item.finding, str(error))
            else:
                applied.append(item)
        trial.applied.extend(applied)
        return applied

    def _judged_again(self, trial: _Trial) -> _Trial:
        reading = self._read_again(trial.edited, trial.live)
        return trial._replace(reading=reading, reports=self._judge(reading))

    def _write(self, item: _Candidate, edited: dict[str, EditedText], live: dict[Ref, Resource]) -> None:
        subject, fix, origin = item.subject, item.finding.fix, item.subject.origin
        assert fix is not None  # noqa: S101  a candidate has one
        if origin is None:
            known = live.get(subject.ref, subject)
            live[subject.ref] = Resource(subject.ref, changed(known.body, fix.changes))
            return
        if origin.file not in self.reading.texts:
            raise CannotEdit("a tool made the object; change its source")
        if origin.file not in edited:
            edited[origin.file] = EditedText(self.reading.texts[origin.file], self._documents[origin.file])
        edited[origin.file].take(origin, subject.body, fix.changes)

    def _give_up(self, finding: Finding, why: str) -> None:
        self.left[finding.code, finding.ref, finding.path] = Unfixed(finding, why)

    def _read_again(self, edited: dict[str, EditedText], live: dict[Ref, Resource]) -> Reading:
        """What reading the changed texts gives, in place of what they held before."""
        texts = {file: item.text for file, item in edited.items() if item.text != self.reading.texts[file]}
        new: dict[Origin, Resource] = {}
        for file, text in texts.items():
            for found in read_text(text, file, default_namespace=self._namespace, strict=False).resources:
                if found.origin is not None:
                    new[found.origin._replace(line=0)] = found

        def now(item: Resource) -> Resource:
            if item.origin is None:
                return live.get(item.ref, item)
            return new.get(item.origin._replace(line=0), item) if item.origin.file in texts else item

        def again(held: Snapshot) -> Snapshot:
            return Snapshot(map(now, held), complete=held.complete)

        meshes = []
        for mesh in self.reading.meshes:
            snapshot = again(mesh.snapshot)
            meshes.append(MeshObjects(snapshot, snapshot if mesh.subjects is mesh.snapshot else again(mesh.subjects)))
        return self.reading._replace(
            snapshot=again(self.reading.snapshot), meshes=tuple(meshes), texts={**self.reading.texts, **texts}
        )


def _position(finding: Finding) -> tuple[str, ...]:
    return (*finding.ref, *(f"{step:06d}" if isinstance(step, int) else step for step in finding.path))


def _touch(one: FieldPath, other: FieldPath) -> bool:
    """Whether two changes may get into each other's way: one's place holds the other's, or they are neighbors in a list."""
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return shared in (len(one), len(other))


def _worse(before: Sequence[Report], after: Sequence[Report], applied: Sequence[Finding]) -> str:
    """Why fixes are not taken: what they bring, or that they do not help; empty where all is well.

    A piece of information is no reason to leave something worse as it is: a pod that becomes proxyless may have to say its library.
    """
    old, new = _count(before), _count(after)
    bearable = Severity.INFO if all(item.severity > Severity.INFO for item in applied) else 0
    brought = next(
        (item for item in _findings(after) if new[_key(item)] > old[_key(item)] and item.severity > bearable), None
    )
    if brought is not None:
        return f"it would bring {brought.code} at {brought.ref} {show(brought.path)}".rstrip()
    fewer = Counter((item.code, item.ref) for item in applied)
    still = {(item.code, item.ref, item.path) for item in _findings(after)}
    for (code, ref), number in fewer.items():
        were, are = (sum(count for key, count in side.items() if key[:2] == (code, ref)) for side in (old, new))
        if are > were - number and any((code, ref, item.path) in still for item in applied):
            return f"{code} would still be found"
    return ""


def _findings(reports: Sequence[Report]) -> Iterator[Finding]:
    return (item for report in reports for item in report.findings)


def _key(item: Finding) -> tuple[str, Ref, int]:
    return item.code, item.ref, int(item.severity)


def _count(reports: Sequence[Report]) -> Counter[tuple[str, Ref, int]]:
    return Counter(map(_key, _findings(reports)))
