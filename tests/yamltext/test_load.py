"""The value of one document inside another text: what a whole YAML reader makes of it, or an error."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyless.yamltext.error import YamlError
from proxyless.yamltext.load import load


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("# words\n", None),
        ("{}", {}),
        ('{"hold": true}', {"hold": True}),
        (
            "  concurrency: 2 # few\n  proxyMetadata:\n    A: 'it''s'\n",
            {"concurrency": 2, "proxyMetadata": {"A": "it's"}},
        ),
        ("list:\n- a\n- b\nnext: on", {"list": ["a", "b"], "next": True}),
        ('{drain: 20s, proxyMetadata: {A: "1", B: x}}', {"drain": "20s", "proxyMetadata": {"A": "1", "B": "x"}}),
        ("a: |\n  b\n", {"a": "b\n"}),
        ("a: 012", {"a": 10}),
        ("--- \na: 1\n---\n", {"a": 1}),
        ("a: 1\na: 2", {"a": 2}),
        ("- a", ["a"]),
    ],
)
def test_reads_one_document(text: str, found: Any) -> None:
    assert load(text) == found


@pytest.mark.parametrize(
    "text",
    ["a: [1", "a: *x", "a: 1\n---\nb: 2", "--- a", "\x00", '{"a":' * 5000, '{"a": 1} {"b": 2}', '{"a":' * 300 + "1" + "}" * 300],
)  # fmt: skip
def test_refuses_the_rest(text: str) -> None:
    with pytest.raises(YamlError):
        load(text)


@settings(max_examples=600, deadline=None)
@given(text=st.text(alphabet="ab1: {}[],-'\"#\n &*!|>%@`x.", max_size=24))
def test_reads_what_another_reader_reads(text: str) -> None:
    try:
        found = load(text)
    except YamlError:
        return
    try:
        expected = yaml.load(text, Loader=yaml.CBaseLoader)
    except yaml.YAMLError:
        return  # go-yaml reads colons in brackets that libyaml refuses
    assert _words(found) == _words(expected)


def _words(value: Any) -> Any:
    """Structure alone: what a scalar means is the other tests' subject."""
    if isinstance(value, dict):
        return [_words(item) for item in value.values()]
    return [_words(item) for item in value] if isinstance(value, list) else None
