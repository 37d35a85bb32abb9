"""Changes written into text: what they say, what stays, and what is refused. The property: right, or refused, never wrong."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyless.model.fix import Drop, FieldEdit, NotThere, Put, Rename, changed
from proxyless.model.path import FieldPath
from proxyless.model.resource import Origin
from proxyless.yamltext.edit import EditedText
from proxyless.yamltext.load import load
from proxyless.yamltext.splices import CannotEdit

WHOLE = """\
# head
kind: X
spec:
  # about a
  a:
    b: 1  # one
    # two
    c: {d: e, f: [1, 2]}  # three
  l:
  - x: 1
    # inside
    y: 2
  - z: |
      text

  # behind
  m:
"""


def edited(text: str, *changes: FieldEdit, origin: Origin = Origin("f", 1, 0)) -> str:  # noqa: B008  a value
    whole: Any = load(text.removeprefix("\ufeff"))
    body = whole if origin.item < 0 else whole["items"][origin.item]
    made = EditedText(text, [0])
    made.take(origin, body, changes)
    return made.text


def lines_changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """Lines that are gone, and lines that are new."""
    old, new = before.split("\n"), after.split("\n")
    return [line for line in old if line not in new], [line for line in new if line not in old]


@pytest.mark.parametrize(
    ("change", "gone", "new"),
    [
        (Drop(("spec", "a", "b")), ["    b: 1  # one"], []),
        (Drop(("spec", "a")), WHOLE.split("\n")[4:8], []),
        (
            Drop(("spec", "a", "c", "f")),
            ["    c: {d: e, f: [1, 2]}  # three"],
            ["    c: {d: e}  # three"],
        ),
        (Drop(("spec", "l", 0, "x")), ["  - x: 1", "    y: 2"], ["  - y: 2"]),
        (Drop(("spec", "l", 1)), ["  - z: |", "      text"], []),
        (Drop(("spec", "l", 1, "z")), ["  - z: |", "      text"], ["  - {}"]),
        (Put(("spec", "a", "b"), "on"), ["    b: 1  # one"], ['    b: "on"  # one']),
        (
            Put(("spec", "a", "g", "h"), ["i", {"j": "k l"}]),
            [],
            ["    g:", "      h:", "      - i", '      - j: "k l"'],
        ),
        (Put(("spec", "l", 2, "v"), True), [], ["  - v: true"]),
        (Put(("spec", "m", "k"), 5), [], ["    k: 5"]),
        (
            Put(("spec", "a", "c", "f", 2), 3),
            ["    c: {d: e, f: [1, 2]}  # three"],
            ["    c: {d: e, f: [1, 2, 3]}  # three"],
        ),
        (Rename(("spec", "a"), "8080"), ["  a:"], ['  "8080":']),
    ],
)
def test_only_the_lines_concerned_change(change: FieldEdit, gone: list[str], new: list[str]) -> None:
    after = edited(WHOLE, change)
    assert load(after) == changed(load(WHOLE), (change,))
    assert lines_changed(WHOLE, after) == (gone, new)


def test_line_ends_stay() -> None:
    text = WHOLE.replace("\n", "\r\n")
    for change in (Put(("spec", "a", "g"), {"h": "i"}), Drop(("spec", "l", 0, "x")), Drop(("spec", "a", "b"))):
        after = edited(text, change)
        assert after.count("\n") == after.count("\r\n")
        assert after.replace("\r\n", "\n") == edited(WHOLE, change)


def test_a_text_without_final_line_break_stays_one() -> None:
    text = "kind: X\nspec:\n  a: 1\n  b: 2"
    assert edited(text, Drop(("spec", "b"))) == "kind: X\nspec:\n  a: 1"
    assert edited(text, Put(("spec", "c"), 3)) == text + "\n  c: 3"
    assert edited("\ufeff" + text, Put(("spec", "b"), 3)) == "\ufeff" + text[:-1] + "3"


def test_quotes_stay() -> None:
    assert edited("a: 'x'\nb: \"y\"\n", Put(("a",), "z"), Put(("b",), "z")) == "a: 'z'\nb: \"z\"\n"


def test_json_stays_json() -> None:
    text = '{\n  "kind": "X",\n  "a": {"b": "c"},\n  "l": [1]\n}\n'
    after = edited(text, Put(("a", "d"), "e"), Put(("l", 1), "f"), Put(("z",), {"y": True}), Drop(("kind",)))
    assert json.loads(after) == {"a": {"b": "c", "d": "e"}, "l": [1, "f"], "z": {"y": True}}
    assert after == '{\n  "a": {"b": "c", "d": "e"},\n  "l": [1, "f"],\n  "z": {"y": true}\n}\n'


def test_yaml_in_braces_is_no_json() -> None:
    text = "{kind: X, a: {b: c}}  # one\n---\n{kind: Z, a: {b: c}}\n"
    made = EditedText(text, [0, 1])
    made.take(Origin("f", 1, 0), {"kind": "X", "a": {"b": "c"}}, [Put(("a", "b"), "d")])
    made.take(Origin("f", 3, 1), {"kind": "Z", "a": {"b": "c"}}, [Put(("a", "e"), "f g")])
    assert made.text == '{kind: X, a: {b: d}}  # one\n---\n{kind: Z, a: {b: c, e: "f g"}}\n'


def test_one_document_of_several_and_one_item_of_a_list() -> None:
    text = "a: 1\n---\nb: 2\n--- # c\n\nb: 2\n"
    made = EditedText(text, [1, 2])
    made.take(Origin("f", 3, 1), {"b": 2}, [Put(("b",), 3)])
    made.take(Origin("f", 5, 2), {"b": 2}, [Put(("c",), 4)])
    assert made.text == "a: 1\n---\nb: 3\n--- # c\n\nb: 2\nc: 4\n"
    items = "kind: XList\nitems:\n- spec: {a: 1}\n- kind: X\n  spec: {a: 1}\n"
    made = EditedText(items, [0])
    made.take(Origin("f", 1, 0, 0), {"apiVersion": None, "kind": "X", "spec": {"a": 1}}, [Put(("spec", "a"), 2)])
    made.take(Origin("f", 1, 0, 1), {"kind": "X", "spec": {"a": 1}}, [Put(("spec", "a"), 3)])
    assert made.text == "kind: XList\nitems:\n- spec: {a: 2}\n- kind: X\n  spec: {a: 3}\n"


@pytest.mark.parametrize(
    ("text", "change", "why"),
    [
        (
            "a: &x {b: c}\nd: *x\n",
            Put(("d", "b"), "e"),
            "d.b is written with an anchor or alias, which other fields share",
        ),
        (
            "a: &x {b: c}\nd: *x\n",
            Put(("a", "b"), "e"),
            "a.b is written with an anchor or alias, which other fields share",
        ),
        ("a: &x {b: c}\nd:\n  <<: *x\n  e: f\n", Drop(("d", "b")), "d.b is taken over from elsewhere in the document"),
        ("a: '{{ .Values.a }}'\nb: 1\n", Put(("b",), 2), "it stands in a template"),
        ("a:\n  # why\n  b: c\n", Drop(("a", "b")), "comments stand inside what would be replaced"),
        ("a: 1\n", Drop(("b",)), "b is not there, or not as expected"),
        ("a: 1\n", Put(("a", "b"), 1), "a.b is not there, or not as expected"),
        ("a: 1\nb: 2\n", Rename(("a",), "b"), "a is not there, or not as expected"),
    ],
)
def test_what_is_refused_stays_as_it_is(text: str, change: FieldEdit, why: str) -> None:
    made = EditedText(text, [0])
    with pytest.raises(CannotEdit, match=why):
        made.take(Origin("f", 1, 0), load(text), [Put(("new",), 1), change])
    assert made.text == text


def test_what_a_tool_made_is_refused() -> None:
    made = EditedText("a: 1\n", [0])
    with pytest.raises(CannotEdit, match="a tool made the object"):
        made.take(Origin("f", 1, 0), {"a": 2}, [Put(("a",), 3)])
    with pytest.raises(CannotEdit, match="as text inside another object"):
        made.take(Origin("f", 1, 0, -1, ("data", "mesh")), {"a": 1}, [Put(("a",), 3)])


WORDS = st.sampled_from(["a", "b", "on", "8080", "x y", "it's", 'say "x"', "", "- a", "# c", "a: b", "é", "null"])
KEYS = st.sampled_from(["a", "b", "on", "8080", "x.y/z", "k l"])
SCALARS = WORDS | st.integers(-3, 99) | st.booleans() | st.none() | st.sampled_from(["one\ntwo\n", "one\ntwo"])
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=9
)
BODIES = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


def places(value: object, above: FieldPath = ()) -> list[FieldPath]:
    """Every place of a value, and for each mapping and list one that is not there."""
    found = [above] if above else []
    if isinstance(value, dict):
        found += [(*above, "new"), *(path for key, item in value.items() for path in places(item, (*above, key)))]
    elif isinstance(value, list):
        found += [(*above, len(value))]
        found += [path for index, item in enumerate(value) for path in places(item, (*above, index))]
    return found


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, Any]:
    """A document in one of many styles, with comments where they may stand, and its value."""
    body = draw(BODIES)
    style = draw(st.sampled_from(["json", "block", "mixed", "flow", "indented", "quoted"]))
    if style == "json":
        text = json.dumps(body, indent=draw(st.sampled_from([None, 2])))
    else:
        flow = {"block": False, "indented": False, "quoted": False, "mixed": None, "flow": True}[style]
        quotes = '"' if style == "quoted" else None
        text = yaml.safe_dump(
            body, default_flow_style=flow, default_style=quotes, indent=4, width=1000, sort_keys=False
        )
        if draw(st.booleans()) and "\n\n" not in text:
            text = f"# head\n{text}# tail\n"
        if draw(st.booleans()):
            text = text.replace("\n", "\r\n")
    if draw(st.booleans()):
        text = text.rstrip("\r\n")
    return text, body


def said(text: str) -> object:
    try:
        return load(text)
    except Exception:  # noqa: BLE001  what cannot be read is no input of an edit
        return None


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_a_change_is_right_or_refused(data: st.DataObject) -> None:
    text, _ = data.draw(texts())
    body = said(text)
    if not isinstance(body, dict) or "{{" in text:
        return
    path = data.draw(st.sampled_from(places(body)))
    renames = [Rename(path, "other")] if isinstance(path[-1], str) else []
    change = data.draw(st.sampled_from([Drop(path), Put(path, data.draw(VALUES)), *renames]))
    made = EditedText(text, [0])
    try:
        made.take(Origin("f", 1, 0), body, [change])
    except CannotEdit:
        assert made.text == text
        return
    assert load(made.text) == changed(body, (change,))
    assert ("\r\n" in text) >= ("\r" in made.text)
    assert made.text.count("# head") == text.count("# head")
    assert made.text.count("# tail") == text.count("# tail")
    made.take(Origin("f", 1, 0), body, ())
    assert made.copy().text == made.text


def test_values_are_told_apart_by_type() -> None:
    assert edited("a: 1\n", Put(("a",), True)) == "a: true\n"
    assert edited("a: true\n", Put(("a",), "true")) == 'a: "true"\n'


def test_a_value_that_does_not_fit_is_not_there() -> None:
    with pytest.raises(NotThere):
        changed({"a": [1]}, (Put(("a", 3), 1),))
