"""A second look, with new processes, at what is in doubt: what the table contradicts, and what only says that time ran out.

A busy machine makes libraries late. Two looks that agree decide; where they do not, a third does. Called by `run` and the
sample test.
"""

from collections.abc import Iterator

from matrix_measured.compare import differences
from matrix_measured.play import play
from matrix_measured.record import ANY, Key, Measurement
from matrix_measured.stage import Stage
from proxyless.matrix.verdict import Verdict

_LATE = ("DEADLINE_EXCEEDED", "no configuration in time")


def settle(stage: Stage, measured: list[Measurement]) -> Iterator[list[Measurement]]:
    """Measure again what is in doubt: second looks, then third ones, each to replace what was seen before."""
    first = {item.key: item for item in doubtful(measured)}
    second = _played(stage, first)
    yield list(second.values())
    third = _played(stage, {key: item for key, item in second.items() if item.verdict != first[key].verdict})
    yield list(third.values())
    for key, item in second.items():
        told = [first[key].verdict, item.verdict, *([third[key].verdict] if key in third else [])]
        print(f"looked again: {item.case} with {item.library}: {', '.join(told)}", flush=True)


def doubtful(measured: list[Measurement]) -> list[Measurement]:
    """What the table contradicts or time may have decided, in the order given."""
    contradicted = {item.measured.key for item in differences(measured)}
    return [item for item in measured if item.key in contradicted or _is_late(item)]


def _is_late(item: Measurement) -> bool:
    return item.outcome is Verdict.BREAKS and any(word in item.saw for word in _LATE)


def _played(stage: Stage, doubtful: dict[Key, Measurement]) -> dict[Key, Measurement]:
    """Only what was asked for: an istiod or server case shows all libraries at once."""
    names = {item.case for item in doubtful.values()}
    pairs = {(item.case, item.library) for item in doubtful.values() if item.language != ANY}
    found = [item for batch in play(stage, names.__contains__, pairs=pairs) for item in batch.found] if names else []
    return {item.key: item for item in found if item.key in doubtful}
