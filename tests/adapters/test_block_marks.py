"""Places found line by line are libyaml's, or none."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.rule_cases import RULES
from proxyless.adapters import yaml_marks
from proxyless.adapters.block_marks import Layout, Unclear, place
from proxyless.adapters.segments import segments
from proxyless.model.path import FieldPath


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
    root = yaml_marks.compose(text)
    if root is None:
        return 0
    right = 0
    try:
        entries = Layout().entries(text)
    except Unclear:
        return 0
    for path in paths(root):
        try:
            found = place(entries, path)
        except Unclear:
            continue
        assert found == yaml_marks.place(root, path), (path, text)
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
    assert place(Layout().entries(text), path) == found
    assert compared(text)


def test_a_path_into_braces_takes_a_parser() -> None:
    with pytest.raises(Unclear):
        place(Layout().entries("a: {b: c}"), ("a", "b"))


def test_a_key_that_may_be_written_otherwise_takes_a_parser() -> None:
    for step in ("true", "16"):
        with pytest.raises(Unclear):
            place(Layout().entries("on: a\n0x10: b"), (step,))


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
