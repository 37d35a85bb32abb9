"""Which connection is closed when there are too many, and when one has taken too long. No sockets."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyless.process.connections import Connection, Connections, Stage
from proxyless.webhook.bounds import Bounds


class Kept:
    """Connections whose ends are written down."""

    def __init__(self, **bounds: float) -> None:
        self.reasons: Counter[str] = Counter()
        self.ended: list[str] = []
        self.all = Connections(Bounds(**bounds), lambda reason, _: self.reasons.update([reason]))  # type: ignore[arg-type]

    def add(self, peer: str, name: str = "", stage: Stage = Stage.HANDSHAKE) -> Connection | None:
        made = self.all.add(peer, lambda: self.ended.append(name or peer))
        if made is not None and stage is not Stage.HANDSHAKE:
            self.all.move(made, Stage.REVIEW)
            self.all.move(made, stage)
        return made


def test_the_oldest_of_the_address_that_has_most_makes_room_for_whoever_comes() -> None:
    kept = Kept(unfinished=3, connections=10)
    for name, peer in (("api", "10.0.0.1"), ("one", "10.0.0.9"), ("two", "10.0.0.9"), ("next", "10.0.0.2")):
        assert kept.add(peer, name) is not None
    assert kept.ended == ["one"]
    assert kept.reasons == {"full_unfinished": 1}


def test_one_that_has_sent_a_review_is_no_longer_among_those_that_make_room() -> None:
    kept = Kept(unfinished=1, connections=10)
    kept.add("10.0.0.1", "api", Stage.SILENT)
    for _ in range(5):
        kept.add("10.0.0.9")
    assert "api" not in kept.ended
    assert len(kept.all) == 2


def test_the_longest_unused_goes_where_all_have_sent_reviews() -> None:
    kept = Kept(unfinished=1, connections=2)
    first, _ = kept.add("10.0.0.1", "first", Stage.SILENT), kept.add("10.0.0.1", "second", Stage.SILENT)
    assert first is not None
    kept.all.move(first, Stage.REVIEW)
    kept.all.move(first, Stage.SILENT)
    assert kept.add("10.0.0.2") is not None
    assert kept.ended == ["second"]


def test_none_whose_review_is_being_judged_is_ever_closed() -> None:
    kept = Kept(unfinished=1, connections=2)
    for _ in range(2):
        kept.add("10.0.0.1", stage=Stage.REVIEW)
    assert kept.add("10.0.0.2") is None
    assert kept.ended == []
    assert kept.reasons == {"full": 1}


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (Stage.HANDSHAKE, {"handshake_time": 1}),
        (Stage.HEAD, {"head_time": 1}),
        (Stage.SILENT, {"idle_time": 1}),
        (Stage.REVIEW, {}),
    ],
)
def test_each_stage_has_its_time(stage: Stage, reason: dict[str, int]) -> None:
    kept = Kept(handshake=10, head=10, idle=10)
    made = kept.add("10.0.0.1", stage=stage)
    assert made is not None
    kept.all.sweep()
    assert kept.reasons == {}
    made.since -= 11
    kept.all.sweep()
    assert kept.reasons == reason


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["add", "end", "lost", *Stage]), st.integers(0, 3), st.integers(0, 30))),
    st.integers(1, 4),
)
def test_limits_and_counts_hold_whatever_comes(steps: list[tuple[str | Stage, int, int]], unfinished: int) -> None:
    kept = Kept(unfinished=unfinished, connections=unfinished + 2)
    made: list[Connection] = []
    for step, peer, which in steps:
        if step == "add":
            if (one := kept.add(f"10.0.0.{peer}")) is not None:
                made.append(one)
        elif made:
            one = made[which % len(made)]
            if isinstance(step, Stage):
                kept.all.move(one, step)
            elif step == "end":
                kept.all.end(one, "head_time")
            else:
                kept.all.remove(one)
        assert len(kept.all) <= unfinished + 2
        assert kept.all.unfinished <= unfinished
        assert kept.all.stages().total() == len(kept.all)
        assert 0 <= kept.all.unfinished <= len(kept.all)
