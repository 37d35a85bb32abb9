"""Finds the rows of the feature table that apply to an object, for which clients, and how bad they are. For rules that only read the table.

A row names its rules (``rules`` in matrix/data). A rule that only reads the table asks :func:`unsupported_rows` for the rows that name
it; rules that need thought have code of their own and never come here. Where a row names a rule of both sorts, the generic
one tells only what the lack of a feature, or a rejection, decides: the rest is the other's.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from proxyless.lint.libraries import library
from proxyless.lint.rule import Hit, Keys
from proxyless.lint.servers import named
from proxyless.lint.world import World
from proxyless.matrix.condition import holds_without
from proxyless.matrix.judge import Asking, judge
from proxyless.matrix.judgment import Judgment
from proxyless.matrix.paths import ANY, EACH, RowMatch, TrieNode, segments, trie, walk
from proxyless.matrix.query import Matrix
from proxyless.matrix.rows import FieldRow
from proxyless.matrix.verdict import Verdict
from proxyless.mesh.workload import Workload
from proxyless.model.client import Client
from proxyless.model.memory import for_key
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Resource
from proxyless.model.version import Version

GENERIC = frozenset({"PX250", "PX251", "PX252", "PX350", "PX450", "PX550", "PX551", "PX650", "PX750"})
"""Codes of the generic rules."""
LONGEST = 270
"""Characters of a message; admission cuts its warnings."""
_FINE = (Verdict.SUPPORTED, Verdict.UNKNOWN)
_OWNED = (Verdict.ALTERED, Verdict.BREAKS)
_NO_XDS = frozenset({"proto.v3", "app.enable_client"})
"""What a library lacks that cannot be proxyless at all: told by PX801, at the workload."""
_WORDS = {
    Verdict.IGNORED: "has no effect",
    Verdict.ALTERED: "does not do what it says",
    Verdict.REJECTED: "is rejected",
    Verdict.PLAINTEXT: "leaves calls in plaintext",
    Verdict.BREAKS: "makes calls fail",
}
_UNENFORCED = "is not enforced as written"
_SHOWN = 40

Tells = Callable[[Judgment], bool]
"""Whether an answer is this rule's to tell."""


class UnsupportedRow(NamedTuple):
    """A field that some of the clients in question do not honor."""

    row: FieldRow
    path: FieldPath
    value: Any
    worst: Judgment
    harmed: tuple[Client, ...]
    """Those of the clients that were asked for."""
    releases: str
    """For which releases it holds, in words; empty for all that are in question."""

    def hit(self, doubts: Sequence[str] = (), concerned: Sequence[Workload] = ()) -> Hit:
        """As a finding: ``doubts`` are conditions that could not be decided, ``concerned`` the workloads to name."""
        scope = f"the mesh has {self.releases}" if self.releases else ""
        return Hit(
            self.path,
            self._message(f" It concerns {named(concerned)}." if concerned else ""),
            self.row.remedy,
            severity=self.worst.severity,
            applies=" and ".join(filter(None, [*doubts, scope])),
            related=tuple(workload.ref for workload in concerned),
            deny=False,
        )

    def _message(self, tail: str) -> str:
        steps = [step for step in self.path if isinstance(step, str)]
        shown = f" {self.value}" if isinstance(self.value, (str, int)) and len(str(self.value)) <= _SHOWN else ""
        who = " and ".join(sorted({library(client) for client in self.harmed if client.language is not None}))
        words = _UNENFORCED if self._is_unenforced() else _WORDS[self.worst.verdict]
        head = f"{steps[-1]}{shown} {words}{f' for {who}' if who else ''}."
        return head + _sentences(self.worst.reason or self.row.consequence, LONGEST - len(head) - len(tail)) + tail

    def _is_unenforced(self) -> bool:
        """A condition of a policy that comes out wrong may as well let calls through that should fail."""
        return self.row.kind == "AuthorizationPolicy" and self.worst.verdict is Verdict.BREAKS


class _Plan(NamedTuple):
    """What there is to look for in objects of one kind."""

    root: TrieNode
    live: dict[str, FieldRow]
    """Rows that can be told of to the clients of this world, by id."""
    keys: Mapping[str, frozenset[str] | None]
    """For each of them the keys of which an object must have one, None where it needs none."""


def concerns(code: str, subject: Resource, world: World) -> bool:
    """Quick check whether a row that names this rule may apply to an object; mostly False."""
    return any(code in item.row.rules for item in _found(subject, world))


def keys_for(code: str) -> Keys:
    """The keys of which an object must have one for a row to be told by a rule; for ``needs`` of the generic rules."""

    def keys(kind: str, world: World) -> frozenset[str] | None:
        plan = _plan_for(kind, world)
        if plan is None:
            return frozenset()
        found = [plan.keys[row.id] for row in plan.live.values() if code in row.rules]
        return None if None in found else frozenset().union(*filter(None, found))

    return keys


def unsupported_rows(
    code: str, subject: Resource, world: World, clients: Sequence[Client], tells: Tells | None = None
) -> Iterator[UnsupportedRow]:
    """Rows of the feature table for a rule and an object whose field some of the clients do not support.

    Neighboring fields that one missing feature decides are reported once.
    """
    seen: set[tuple[FieldPath, str]] = set()
    for found in _found(subject, world):
        if code not in found.row.rules:
            continue
        item = _judged(found, subject, world, clients, tells)
        if item is None:
            continue
        key = (found.path[:-1], item.worst.reason)
        if not item.worst.features or key not in seen:
            seen.add(key)
            yield item


def _judged(
    found: RowMatch, subject: Resource, world: World, clients: Sequence[Client], tells: Tells | None
) -> UnsupportedRow | None:
    istio, matrix = world.settings.istio, world.matrix
    worst: Judgment | None = None
    releases = ""
    harmed: list[Client] = []
    for client in clients:
        every = matrix.judge(found.row, found.path, found.value, subject.body, istio=istio, client=client)
        mine = [item for item in every if _counts(item, client, world) and (tells is None or tells(item))]
        if not mine:
            continue
        harmed.append(client)
        first = mine[0]  # answers come worst first
        words = _releases(first, mine, every)
        if worst is None or _rank(first, words) > _rank(worst, releases):
            worst, releases = first, words
    return None if worst is None else UnsupportedRow(found.row, found.path, found.value, worst, tuple(harmed), releases)


def _rank(answer: Judgment, releases: str) -> tuple[int, bool]:
    """Worse first, then what holds for certain."""
    return (answer.severity or 0, not releases)


def _releases(first: Judgment, mine: Sequence[Judgment], every: Sequence[Judgment]) -> str:
    """For which releases a verdict holds, where others fare better; those of which nothing is known do not count."""
    better = [item for item in every if item not in mine]
    if not better:
        return ""
    if all(item.verdict is Verdict.UNKNOWN for item in better):
        return " or ".join(dict.fromkeys(f"Istio {scope.istio.words}" for scope in first.scopes if scope.istio.words))
    return "; ".join(item.applies for item in mine if item.verdict is first.verdict and item.applies)


def _counts(answer: Judgment, client: Client, world: World) -> bool:
    """Whether an answer is worth a finding.

    Rows about what no client honors always are. What only some releases lack is told where it certainly holds, where the
    client's language is known and its newest release is concerned, or where it is this value that does it.
    """
    row = answer.row
    if answer.verdict in _FINE or not _NO_XDS.isdisjoint(answer.features):
        return False
    if len(row.rules) > 1 and answer.verdict in _OWNED and not answer.features:
        return False
    if row.verdict not in _FINE or not answer.scopes:
        return True
    if not answer.newest:
        return False
    if client.language is not None:
        return True
    usual = world.matrix.judge(row, istio=world.settings.istio, client=client)
    return answer.reason not in {item.reason for item in usual}


def _found(subject: Resource, world: World) -> list[RowMatch]:
    """The rows of an object, looked for once for all generic rules: they come one after another for each object."""
    plan = _plan_for(subject.kind, world)
    if plan is None:
        return []
    last = world.answers[_found]  # of the latest object alone
    if last.get("subject") is not subject:
        last["subject"] = subject
        last["found"] = [item for item in walk(plan.root, subject.body) if item.row.id in plan.live]
    found: list[RowMatch] = last["found"]
    return found


@for_key
def _plan_for(kind: str, world: World) -> _Plan | None:
    """The rows of a kind that can be told of in this world, so that most objects need no walk at all."""
    return world.memory.of_values(_plan, kind, world.settings.istio, world.clients, world.matrix)


def _plan(kind: str, istio: Version | None, clients: Sequence[Client], matrix: Matrix) -> _Plan | None:
    """Rows for the same place come along, since a condition that holds stands for the rows of every value."""
    rows = matrix.rows(kind)
    asking = [Asking(istio, client, {}) for client in clients]
    live = {row.id: row for row in rows if not GENERIC.isdisjoint(row.rules) and _may_be_told(row, asking, matrix)}
    if not live:
        return None
    places = {row.path for row in live.values()}
    aliases = [row.same_as for row in rows if row.same_as is not None]
    keys = {row.id: _keys_of_row(row, aliases) for row in live.values()}
    return _Plan(trie(row for row in rows if row.path in places or row.same_as is not None), live, keys)


def _keys_of_row(row: FieldRow, aliases: Iterable[tuple[str, str]]) -> frozenset[str] | None:
    """The last key of a row's path, and of other paths that lead to the same place."""
    if row.when is not None and holds_without(row.when):
        return None
    paths = [row.path, *(target for target, source in aliases if source == row.path)]
    last = [[step for step in segments(path) if step not in (EACH, ANY)][-1:] for path in paths]
    return frozenset(step for steps in last for step in steps) if all(last) else None


def _may_be_told(row: FieldRow, asking: Sequence[Asking], matrix: Matrix) -> bool:
    if row.verdict not in _FINE:
        return True
    held = [(), *((effect,) for effect in row.clients)]
    return any(
        answer.verdict not in _FINE and answer.newest
        for one in asking
        for effects in held
        for answer in judge(matrix, row, effects, one)
    )


def _sentences(text: str, room: int) -> str:
    """As many whole sentences of a text as fit, with a blank before; none where not even the first does."""
    kept = ""
    for part in text.split(". "):
        sentence = f" {part.rstrip('.')}."
        if len(kept) + len(sentence) > room:
            break
        kept += sentence
    return kept
