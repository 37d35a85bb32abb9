"""The lines of a finding: the value is marked wherever it stands, and no text breaks a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyless.model.resource import Origin
from proxyless.report.excerpt import Excerpts, FileLines, drawn
from report.findings import finding

BLOCK = """\
spec:
  http:
  - mirror:
      host: next
      port: {number: 1}
    timeout: 5s # why
  other: 1
"""


def shown(text: str, line: int, column: int) -> list[str]:
    item = finding(origin=Origin("a.yaml", 1, 0))._replace(line=line, column=column)
    return list(drawn(Excerpts({"a.yaml": text}).of(item)))


@pytest.mark.parametrize(
    ("text", "column", "marked"),
    [
        ("mode: PERMISSIVE", 1, "PERMISSIVE"),
        ("  mode: PERMISSIVE  # why", 3, "PERMISSIVE"),
        ("spec: {mtls: {mode: PERMISSIVE}}", 15, "PERMISSIVE"),
        ("spec: {mtls: {mode: PERMISSIVE}}", 8, "{mode: PERMISSIVE}"),
        ("spec: {a: 'x, y', b: 2}", 8, "'x, y'"),
        ("hosts: [a, b]", 9, "a"),
        ("hosts: [a, b]", 1, "[a, b]"),
        ('{"spec": {"mode": "PERMISSIVE", "x": 1}}', 11, '"PERMISSIVE"'),
        ("- exact: '*'", 3, "'*'"),
        ("mirror:", 1, "mirror:"),
        ("url: http://x:1/#a", 1, "http://x:1/#a"),
        ("名前: 値", 1, "値"),
    ],
)
def test_the_value_is_marked(text: str, column: int, marked: str) -> None:
    [line] = Excerpts({"a.yaml": text}).of(finding(origin=Origin("a.yaml", 1, 0))._replace(line=1, column=column))
    assert line.text[line.start : line.end] == marked


def test_a_value_below_its_key_is_shown() -> None:
    assert shown(BLOCK, 3, 5) == [
        "3 |   - mirror:",
        "  |     ^^^^^^^",
        "4 |       host: next",
        "5 |       port: {number: 1}",
    ]


def test_marks_stand_below_wide_characters() -> None:
    assert shown("名前: 値", 1, 1) == ["1 | 名前: 値", "  |       ^^"]


def test_a_document_in_one_line_is_cut_around_the_mark() -> None:
    text = '{"a": "' + "x" * 9000 + '", "mode": "BAD", "b": "' + "y" * 9000 + '"}'
    line, mark = shown(text, 1, text.index('"mode"') + 1)
    assert len(line) < 130
    assert line[mark.index("^") : mark.rindex("^") + 1] == '"BAD"'


def test_nothing_where_the_text_is_not_at_hand() -> None:
    assert Excerpts({}).of(finding()) == []
    assert Excerpts({"shop/echo.yaml": "one line"}).of(finding()) == []
    assert Excerpts({"shop/echo.yaml": "a: 1"}).of(finding(origin=None)) == []


@given(st.text(max_size=300), st.integers(0, 12), st.integers(0, 400))
def test_any_text_is_shown_in_single_printable_lines(text: str, line: int, column: int) -> None:
    assert all(each.isprintable() for each in shown(text, line, column))


@given(st.text(alphabet="ab\r\n é", max_size=40))
def test_lines_are_those_between_line_feeds(text: str) -> None:
    lines = FileLines(text)
    expected = text.replace("\r\n", "\n").split("\n")
    assert list(lines) == expected
    assert lines[1:3] == expected[1:3]
