"""Judges the objects of one mesh, over several processes where that is faster. Called by ``cli.lint``.

All processes share what was read, by fork; each judges a part and makes the indexes that it needs for it.
"""

from collections.abc import Sequence
from functools import partial
from itertools import zip_longest

from proxyless.adapters.forked import can_fork, children, cores
from proxyless.lint.engine import run
from proxyless.lint.parts import joined, parts_of
from proxyless.lint.rule import Rule, UnreadRule
from proxyless.lint.select import Selection
from proxyless.lint.world import World
from proxyless.model.finding import Report
from proxyless.model.snapshot import Snapshot

_WORTH = 1_500
"""Objects for each process. A child costs 5 to 10 ms, and the indexes once more; this many objects are judged in 60 to 80 ms."""
_MOST = 8
"""Each process holds indexes of its own, so that memory grows with their number."""


def judge(
    rules: Sequence[Rule | UnreadRule], world: World, subjects: Snapshot, selection: Selection, jobs: int
) -> Report:
    """The same report as ``lint.engine.run`` gives.

    Args:
        rules: those to run.
        world: everything that is known.
        subjects: what is judged.
        selection: which codes run and what is excused.
        jobs: processes at most; 0: as many as help.
    """
    count = min(jobs or cores(), _MOST, len(subjects) // _WORTH)
    if count <= 1 or not can_fork():
        return run(rules, world, subjects, selection)
    everything = tuple(subjects)
    mine, *others = parts_of(everything, count)
    with children([partial(run, rules, world, part, selection) for part in others]) as working:
        reports = [run(rules, world, mine, selection)]
        for part, child in zip_longest(others, working):
            answer = child.answer() if child else None
            reports.append(run(rules, world, part, selection) if answer is None else answer)
    return joined(reports, everything)
