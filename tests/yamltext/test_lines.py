"""Field path to line and column: exact, for documents, list items and JSON; the nearest parent for what is missing."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyless.adapters.manifests import read_text
from proxyless.model.finding import Finding, Severity
from proxyless.model.path import FieldPath
from proxyless.model.resource import Origin, Ref
from proxyless.yamltext import marks
from proxyless.yamltext.lines import locate, with_lines
from proxyless.yamltext.segments import segments

TEXT = """\
# a comment
---
apiVersion: v1
kind: Service
metadata:
  name: a
  annotations: {"x.y/z": 'one', on: off, 1: b}
spec:
  ports:
  - name: grpc
    port: 7070
  -   name: http

  base: &base {k: 1,
    l: 2}
  merged:
    <<: *base
    m: 3
  twice: 1
  twice: 2
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (3, 1)),
        (("kind",), (4, 1)),
        (("metadata", "annotations", "x.y/z"), (7, 17)),
        (("metadata", "annotations", "true"), (7, 33)),
        (("metadata", "annotations", "1"), (7, 42)),
        (("spec", "ports", 0), (10, 5)),
        (("spec", "ports", 0, "port"), (11, 5)),
        (("spec", "ports", 1, "name"), (12, 7)),
        (("spec", "base", "l"), (15, 5)),
        (("spec", "merged", "l"), (15, 5)),
        (("spec", "merged", "m"), (18, 5)),
        (("spec", "twice"), (20, 3)),
        # missing: the nearest parent
        (("spec", "ports", 0, "missing", "deeper"), (10, 5)),
        (("spec", "ports", 7), (9, 3)),
        (("spec", "ports", "name"), (9, 3)),
        (("metadata", "name", 0), (6, 3)),
        (("status",), (3, 1)),
    ],
)
def test_place_in_a_document(path: FieldPath, place: tuple[int, int]) -> None:
    for text in (TEXT, TEXT.replace("\n", "\r\n"), "\ufeff" + TEXT, TEXT + "---\nkind: [\n"):
        assert locate(text, Origin("f", 3, 1), path) == place


LISTS = [
    "apiVersion: v1\nkind: List\nitems:\n- kind: A\n  spec:\n    x: 1\n- kind: B\n  spec:\n    x: 2\nmetadata: {}\n",
    "apiVersion: v1\nitems:   # all\n\n  - kind: A\n    spec: {x: 1}\n  # between\n  -\n    kind: B\n    spec: {x: 2}\nkind: List\n",
    "kind: List\nitems: [{kind: A, spec: {x: 1}},\n  {kind: B, spec: {x: 2}}]\n",
    "kind: List\nx: &x {x: 1}\nitems:\n- kind: A\n  spec: *x\n- kind: B\n  spec: {x: 2}\n",
    json.dumps({"kind": "List", "items": [{"kind": "A", "spec": {"x": 1}}, {"kind": "B", "spec": {"x": 2}}]}, indent=2),
    json.dumps({"items": [{"kind": "A", "spec": {"x": 1}}, {"kind": "B", "spec": {"x": 2}}], "kind": "List"}),
    json.dumps({"m": {"items": []}, "items": [{"kind": "A", "spec": {"x": 1}}, {"spec": {"x": 2}}], "kind": "List"}),
]


@pytest.mark.parametrize("text", LISTS)
def test_place_in_a_list_item(text: str) -> None:
    offset = next(i for i in range(len(text)) if text.startswith(("x: 2", '"x": 2'), i))
    expected = (text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
    assert locate(text, Origin("f", 1, 0, 1), ("spec", "x")) == expected
    assert locate("---\n" + text, Origin("f", 2, 1, 1), ("spec", "x")) == (expected[0] + 1, expected[1])


def test_place_in_a_stream_of_json() -> None:
    text = '{"a": 1}\n\n {"kind": "B",\n "spec": {"x": 1}}'
    assert locate(text, Origin("f", 3, 1), ("spec", "x")) == (4, 11)
    assert locate(text, Origin("f", 3, 1), ("kind",)) == (3, 3)


def test_text_that_is_another_one_now() -> None:
    assert locate("a: [", Origin("f", 1, 0), ("a",)) == (1, 1)
    assert locate("", Origin("f", 5, 3), ("a",)) == (5, 1)
    assert locate("a: 1", Origin("f", 1, 0, 4), ("a",)) == (1, 1)


def test_nesting_that_would_exhaust_the_stack_is_left_alone() -> None:
    for text in ("[" * 200_000 + "]" * 200_000, "- " * 200_000, "\n".join(" " * n + "a:" for n in range(500))):
        assert marks.compose(text) is None
    assert marks.compose("a: [" + "[]," * 5000 + "]") is not None


def test_findings_get_their_places() -> None:
    [item] = read_text("a: 1\n---\n" + TEXT.replace("  twice: 1\n", ""), "f", strict=False).resources
    finding = Finding(
        "PX1", "x", Severity.INFO, Ref("Service", "n", "a"), ("spec", "ports"), "m", "r", origin=item.origin
    )
    other = Finding("PX1", "x", Severity.INFO, Ref("Service", "n", "b"), ("spec",), "m", "r")
    placed = with_lines([finding, other], {"f": "a: 1\n---\n" + TEXT})
    assert [(item.line, item.column) for item in placed] == [(11, 3), (0, 0)]
    assert with_lines([finding], {}) == (finding,)


PLAIN = st.dictionaries(st.sampled_from("abcd"), st.integers() | st.lists(st.integers(), min_size=1), min_size=1)


@settings(deadline=None)
@given(st.lists(PLAIN, min_size=1, max_size=4), st.sampled_from([0, 1, 4]))
def test_every_key_is_where_the_text_has_it(bodies: list[dict[str, object]], indent: int) -> None:
    items = [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": str(n)}, **b} for n, b in enumerate(bodies)]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=indent)
    lines = text.split("\n")
    for item in read_text(text, "f").resources:
        assert item.origin is not None
        for key in item.body:
            line, column = locate(text, item.origin, (key,))
            assert lines[line - 1][column - 1 :].startswith(f'"{key}":')


@given(st.text())
def test_never_raises(text: str) -> None:
    segments(text)
    locate(text, Origin("f", 1, 0), ("a", 0, "b"))
    locate(text, Origin("f", 1, 0, 1), ("a",))


class _Counted(str):
    """A text that counts the characters that are searched backwards."""

    __slots__ = ()
    searched = 0

    def rfind(self, wanted: Any, start: Any = 0, stop: Any = None) -> int:
        type(self).searched += (len(self) if stop is None else stop) - start
        return super().rfind(wanted, start, stop)


def test_json_in_one_line_is_cut_in_one_pass() -> None:
    items = [{"kind": "A", "spec": {"x": number}} for number in range(1000)]
    text = _Counted(json.dumps({"kind": "List", "items": items}))
    found = segments(text)
    assert found[0, 999].text == json.dumps(items[999])
    assert text[found[0, 999].column :].startswith(found[0, 999].text)
    assert _Counted.searched <= 2 * len(text)
