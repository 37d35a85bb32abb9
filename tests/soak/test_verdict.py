"""A soak is good only where nothing failed and each pod without agent is both explained and told of."""

from collections.abc import Mapping
from typing import Any

import pytest

from soak.verdict import Disturbance, Outcome

KILLED = Disturbance("a replica is killed", began=20.0, ended=22.0, created=100, lacking=1)


def outcome(**changes: Any) -> Outcome:
    """A good one, but for what is given."""
    good: Mapping[str, Any] = {
        "seconds": 60.0,
        "took": [0.01] * 99 + [0.5],
        "waited": 3,
        "failed": {},
        "lacking": {"echo-a": 21.0},
        "told": {"echo-a"},
        "disturbances": [KILLED],
        "metrics": {},
    }
    return Outcome(**{**good, **changes})


def test_a_good_one_is_held() -> None:
    found = outcome()
    assert found.faults() == []
    assert found.text().endswith("\nheld")
    data = found.data()
    assert (data["creates"], data["withoutAgent"], data["told"], data["p50Ms"], data["p99Ms"]) == (
        100,
        1,
        1,
        10.0,
        500.0,
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"failed": {"409 Conflict": 2}}, "failed 2 times: 409 Conflict"),
        ({"took": []}, "no pod was created"),
        ({"lacking": {"echo-a": 21.0, "echo-b": 21.5}}, "echo-b has no agent, and nobody tells of it"),
        ({"lacking": {"echo-a": 45.0}}, "echo-a has no agent although nothing was disturbed then"),
        ({"lacking": {}, "told": set()}, "nothing is proven"),
    ],
)
def test_a_bad_one_is_not(changes: dict[str, Any], words: str) -> None:
    found = outcome(**changes)
    assert any(words in fault for fault in found.faults())
    assert found.text().endswith("\nnot held")


def test_many_are_counted() -> None:
    lacking = {f"echo-{number}": 45.0 for number in range(30)}
    assert "and 20 more" in outcome(lacking=lacking, told=set(lacking)).faults()
