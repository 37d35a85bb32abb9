"""Each word of the condition vocabulary, on values that hold, values that do not, and absent ones."""

from typing import Any

import pytest

from proxyless.errors import MatrixError
from proxyless.matrix import condition
from proxyless.matrix.condition import UNSEEN, check, compiled, holds_without, seconds
from proxyless.matrix.query import load


def holds(
    when: Any, value: Any, key: Any = "", parent: Any = UNSEEN, body: Any = UNSEEN, *, assume: bool = True
) -> bool:
    return compiled(when, assume=assume)(value, key, parent, body)


@pytest.mark.parametrize(
    ("when", "good", "bad"),
    [
        ({"equals": "SIMPLE"}, ["SIMPLE"], ["MUTUAL", "simple", 1, None, {}, ["SIMPLE"]]),
        ({"equals": 0}, [0], [False, "0", 1, None]),
        ({"equals": {}}, [{}], [{"a": 1}, [], None]),
        ({"in": ["ALLOW", None]}, ["ALLOW", None], ["DENY", ""]),
        ({"in": [True]}, [True], [1, "true", None]),
        ({"not_in": ["/", None]}, ["/a", 7], ["/", None]),
        ({"regex": r"\*"}, ["*.a", "a*"], ["a", None, ["*"], {"*": 1}]),
        ({"regex": "^53$"}, [53, "53"], [530, None]),
        ({"not_regex": r"\*"}, ["a", 5], ["*", None, [], {}]),
        ({"contains": "mesh"}, [["a", "mesh"]], [["a"], "mesh", None, {"mesh": 1}]),
        ({"lacks": "mesh"}, [["a"], []], [["mesh"], "a", None]),
        ({"absent": True}, [None], [0, "", [], {}]),
        ({"empty": True}, [None, [], {}, ""], [[1], {"a": None}, "a", 0, False]),
        ({"empty": False}, [[1], "a", {"a": 1}], [None, [], {}, ""]),
        ({"over": 4}, [5, 4.5, "7"], [4, 0, "4", True, None, "many", [9]]),
        ({"duration_up_to": "2s"}, ["2s", "1.5s", "500ms", "0s"], ["2.1s", "1m", "1h1s", "2", 2, None, "", "s", "2s!"]),
        ({"where": {"kind": {"equals": "Service"}}}, [{"kind": "Service"}], [{"kind": "Gateway"}, {}, None, "Service"]),
        (
            {"where": {"a.b": {"absent": True}}},
            [{}, {"a": None}, {"a": {"b": None}}, {"a": 3}],
            [{"a": {"b": 1}}, None],
        ),
        ({"lacks": "mesh", "empty": False}, [["a"]], [[], ["mesh"], None]),
        ([{"absent": True}, {"contains": "mesh"}], [None, ["mesh"]], [["a"]]),
    ],
)
def test_values(when: Any, good: list[Any], bad: list[Any]) -> None:
    assert [value for value in good if not holds(when, value)] == []
    assert [value for value in bad if holds(when, value)] == []


def test_keys() -> None:
    when = {"key": r"^(:|(?i:host)$)"}
    assert [key for key in (":path", "host", "HOST", "hosts", "x", 3) if holds(when, {}, key)] == [
        ":path",
        "host",
        "HOST",
    ]


def test_neighbors_and_the_whole_object() -> None:
    beside = {"equals": 1, "beside": {"percentage": {"absent": True}}}
    assert holds(beside, 1, "a", {"a": 1})
    assert not holds(beside, 1, "a", {"a": 1, "percentage": {"value": 5}})
    whole = {"object": {"spec.action": {"in": ["ALLOW", None]}}}
    assert holds(whole, None, "rules", {}, {"spec": {}})
    assert not holds(whole, None, "rules", {}, {"spec": {"action": "DENY"}})


@pytest.mark.parametrize("assume", [True, False])
@pytest.mark.parametrize("name", ["beside", "object"])
def test_neighbors_that_are_not_known_are_assumed(name: str, assume: bool) -> None:
    assert holds({name: {"a": {"equals": 1}}}, 5, assume=assume) is assume


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1s", 1),
        ("1.5s", 1.5),
        ("1m30s", 90),
        ("1h", 3600),
        ("250ms", 0.25),
        ("1us", 1e-6),
        ("", None),
        ("1", None),
        ("1s 2s", None),
    ],
)
def test_durations(text: str, length: float | None) -> None:
    assert seconds(text) == (None if length is None else pytest.approx(length))


def test_the_vocabulary_is_wholly_compiled_and_wholly_used() -> None:
    words = {*condition._VALUE_TESTS, *condition._PATTERNS, *condition._NEIGHBORS}
    used: set[str] = set()

    def collect(when: Any) -> None:
        for item in when if isinstance(when, list) else [when]:
            for name, wanted in item.items():
                used.add(name)
                if name in ("where", "beside", "object"):
                    for inner in wanted.values():
                        collect(inner)

    for row in load().rows():
        for when in [row.when, *(effect.when for effect in row.clients)]:
            if when is not None:
                compiled(when)
                collect(when)
    assert used == words


@pytest.mark.parametrize(
    ("when", "possible"),
    [
        ({"absent": True}, True),
        ({"empty": True, "object": {"spec.action": {"equals": "ALLOW"}}}, True),
        ({"in": ["NONE", None]}, True),
        ([{"equals": "a"}, {"absent": True}], True),
        ({"equals": "a"}, False),
        ({"not_regex": "a"}, False),
        ({"where": {"a": {"absent": True}}}, False),
        ({"beside": {"a": {"absent": True}}}, False),
    ],
)
def test_whether_a_condition_can_hold_for_an_absent_field(when: Any, possible: bool) -> None:
    assert holds_without(when) is possible


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ({}, "always holds"),
        ([], "always holds"),
        ([{"equals": 1}, {}], "always holds"),
        ({"equal": 1}, "equal: 1 is no test known here"),
        ({"regex": "("}, "no pattern"),
        ({"key": 1}, "no pattern"),
        ({"in": "NONE"}, "no test known here"),
        ({"absent": False}, "no test known here"),
        ({"empty": "yes"}, "no test known here"),
        ({"over": "4"}, "no test known here"),
        ({"over": True}, "no test known here"),
        ({"duration_up_to": "1"}, "no test known here"),
        ({"where": {}}, "no test known here"),
        ({"where": {"a": {"equals": 1, "absnt": True}}}, "absnt"),
        ({"object": {"a": [{"absent": True}, {"regex": "["}]}}, "no pattern"),
    ],
)
def test_what_is_no_condition_is_refused(when: Any, message: str) -> None:
    with pytest.raises(MatrixError, match=message.replace("(", "\\(")):
        check(when)
