"""A second look, with new processes, at what is in doubt: what the table contradicts, and what only says that time ran out.

A busy machine makes libraries late. Two looks that agree decide; where they do not, a third does. Called by `run` and the
sample test.
"""

from collections.abc import Callable, Iterable, Sequence

from matrix_measured.compare import differences
from matrix_measured.play import play
from matrix_measured.record import Key, Measurement, Save
from matrix_measured.stage import Stage
from proxyless.matrix.verdict import Verdict


def settle(
    stage: Stage,
    measured: Iterable[Measurement],
    save: Save,
    *,
    before: Iterable[Measurement] = (),
    time_is_up: Callable[[], bool] = lambda: False,
) -> None:
    """Measure again what is in doubt: second looks, then third ones, each to replace what was seen before.

    ``before``: what earlier runs saw.
    """
    first = {item.key: item for item in doubtful(list(measured), before)}
    second = _played(stage, first, save, time_is_up)
    third = _played(
        stage, {key: item for key, item in second.items() if item.verdict != first[key].verdict}, save, time_is_up
    )
    for key, item in second.items():
        told = [first[key].verdict, item.verdict, *([third[key].verdict] if key in third else [])]
        print(f"looked again: {item.case} with {item.library}: {', '.join(told)}", flush=True)


def doubtful(measured: list[Measurement], before: Iterable[Measurement] = ()) -> list[Measurement]:
    """What the table contradicts or time may have decided, in the order given; not where an earlier run saw it as late."""
    contradicted = {item.measured.key for item in differences(measured)}
    agreed = {item.key for item in before if _is_late(item)}
    return [item for item in measured if item.key in contradicted or (_is_late(item) and item.key not in agreed)]


def _is_late(item: Measurement) -> bool:
    return item.outcome is Verdict.BREAKS and "DEADLINE_EXCEEDED" in item.saw


def _played(
    stage: Stage, first: dict[Key, Measurement], save: Save, time_is_up: Callable[[], bool]
) -> dict[Key, Measurement]:
    """Only what was asked for: a server case shows all libraries at once."""
    pairs = {(item.case, item.library) for item in first.values()}
    found: dict[Key, Measurement] = {}

    def keep(measured: Sequence[Measurement]) -> None:
        mine = [item for item in measured if item.key in first]
        found.update({item.key: item for item in mine})
        save(mine)

    if pairs:
        play(stage, lambda case, library: (case, library) in pairs, keep, time_is_up=time_is_up)
    return found
