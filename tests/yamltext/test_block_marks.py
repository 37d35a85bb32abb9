"""Places found line by line are libyaml's, or none."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.rule_cases import RULES
from proxyless.model.path import FieldPath
from proxyless.yamltext import marks
from proxyless.yamltext.block_marks import Entry, Layout, Places, Unclear
from proxyless.yamltext.segments import segments


def paths(node: yaml.Node, base: FieldPath = ()) -> list[FieldPath]:
    """Paths of all nodes, and of some that are missing."""
    found = [base, (*base, "missing"), (*base, 99), (*base, "true"), (*base, "8")]
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key.value, str):
                found += paths(value, (*base, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found += paths(value, (*base, index))
    return found


def compared(text: str) -> int:
    """How many places of a document are found and are right."""
    root = marks.compose(text)
    if root is None:
        return 0
    right = 0
    try:
        block = Places(Layout().entries(text))
    except Unclear:
        return 0
    for path in paths(root):
        try:
            found = block.place(path)
        except Unclear:
            continue
        assert found == marks.place(root, path), (path, text)
        right += 1
    return right


def test_places_in_all_cases_of_the_rules() -> None:
    texts = [
        segment.text
        for file in sorted(RULES.parents[3].joinpath("tests/lint").rglob("*.yaml"))
        for segment in segments(file.read_text()).values()
    ]
    assert sum(map(compared, texts)) > 10 * len(texts), "most documents need no parser"


@pytest.mark.parametrize(
    "text",
    [
        "a: |\n  b: c\nd: e",
        "a: word\n  more",
        "a: word\n  - more",
        "- word\n  - more",
        'a: "word\n  b: c"\nd: e',
        "a: {b: c,\n  d: e}",
        "a: [b, {c: d}\n  ]",
        "a: &x {b: c}\nd: *x",
        "a: !!str b",
        "<<: {a: b}",
        "? a\n: b",
        "a:\n  word",
        "a:\n-\n  b: c",
        "a:\n- - b",
        "a:\tb",
        "a: 'it''s'",
        'a: "\\""',
        "a: b\rc: d",
        "{a: b}",
        "a: [it's, {b: 's]}",
        "",
        "# nothing",
    ],
)
def test_what_takes_a_parser_is_left_to_it(text: str) -> None:
    with pytest.raises(Unclear):
        Layout().entries(text)


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        ("a: b # c\n\n# d\ne:\n- f: g\n  h: 'i # j'\n- k", ("e", 0, "h"), (5, 2)),
        ("a: b\ne:\n- f: g\n-   k", ("e", 1), (3, 4)),
        ("e:\n  - f:\n    - g\n    - h\n  - k: [l, m]\n", ("e", 0, "f", 1), (3, 6)),
        ("a: {b: c}\nd:\ne: f", ("d", "x"), (1, 0)),
        ("a: 1\na: 2", ("a",), (1, 0)),
        ('"a.b/c": d', ("a.b/c",), (0, 0)),
        ("a: http://b:80/c#d", ("a",), (0, 0)),
    ],
)
def test_places(text: str, path: FieldPath, found: tuple[int, int]) -> None:
    assert Places(Layout().entries(text)).place(path) == found
    assert compared(text)


def test_a_path_into_braces_takes_a_parser() -> None:
    with pytest.raises(Unclear):
        Places(Layout().entries("a: {b: c}")).place(("a", "b"))


def test_a_key_that_may_be_written_otherwise_takes_a_parser() -> None:
    for step in ("true", "16"):
        with pytest.raises(Unclear):
            Places(Layout().entries("on: a\n0x10: b")).place((step,))


PIECES = [
    "a",
    "b:",
    "c: d",
    "-",
    "- e",
    "- f: g",
    "  ",
    "\n",
    "#",
    " # h",
    "'",
    '"',
    "{i: j}",
    "[k]",
    "{",
    "]",
    "|",
    "l m",
    ": ",
    "*n",
]


@settings(max_examples=3000, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.lists(st.sampled_from(PIECES), min_size=1, max_size=3)), max_size=6))
def test_never_another_place_than_libyaml(lines: list[tuple[int, list[str]]]) -> None:
    compared("\n".join("  " * depth + "".join(pieces) for depth, pieces in lines))


class _Counted(list[Entry]):
    """Entries that count how often one is looked at."""

    looked = 0

    def __getitem__(self, index: Any) -> Any:
        self.looked += 1
        return super().__getitem__(index)


def test_each_further_place_costs_the_same() -> None:
    text = "a:\n" + "".join(f"- b: c\n  d: {number}\n" for number in range(2000))
    entries = _Counted(Layout().entries(text))
    block = Places(entries)
    for number in range(2000):
        assert block.place(("a", number, "d")) == (2 * number + 2, 2)
    assert entries.looked < 30 * len(entries)
