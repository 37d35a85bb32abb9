"""The small YAML reader beside a whole one: what it reads, it reads as that does; what it cannot, it refuses."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyless.inject.small_yaml import read

_AMBIGUOUS = ["45s", "istiod.istio-system.svc:15012", "10.0.0.1:80", "12:30", "yes", "0x1f", "2001-01-01", "a: b"]
_AMBIGUOUS += ["a #b", "y", "=", "<<", "1_000", "012", ".5", "1e3", "on", "null", "~", "-", "?", "&a", "*a", "!x", "|"]
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-5, 99999),
    st.floats(allow_nan=False, allow_infinity=False, width=16),
    st.none(),
    st.text(max_size=8),
    st.sampled_from(_AMBIGUOUS),
)
KEYS = st.one_of(st.sampled_from(["concurrency", "proxyMetadata", "on", "y", "1"]), st.text(min_size=1, max_size=5))
DOCUMENTS = st.recursive(
    st.dictionaries(KEYS, SCALARS, max_size=4),
    lambda inner: st.dictionaries(KEYS, st.one_of(inner, st.lists(SCALARS, max_size=3)), max_size=3),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(document=DOCUMENTS, flow=st.booleans(), unicode=st.booleans())
def test_reads_what_a_whole_reader_reads_or_refuses(document: dict[str, Any], flow: bool, unicode: bool) -> None:
    text = yaml.safe_dump(document, default_flow_style=flow, allow_unicode=unicode)
    found = read(text)
    assert found is None or repr(found) == repr(yaml.safe_load(text))


@settings(max_examples=600, deadline=None)
@given(text=st.text(alphabet="ab1: {}[],-'\"#\n y&*!|>%@`=0x~.", max_size=24))
def test_never_reads_what_is_not_yaml(text: str) -> None:
    found = read(text)
    if found is not None:
        assert repr(found) == repr(yaml.safe_load(text) or {})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{}", {}),
        ('{"holdApplicationUntilProxyStarts": true}', {"holdApplicationUntilProxyStarts": True}),
        ("concurrency: 2\n", {"concurrency": 2}),
        (
            "  concurrency: 2 # few\n  proxyMetadata:\n    A: 'it''s'\n",
            {"concurrency": 2, "proxyMetadata": {"A": "it's"}},
        ),
        (
            "tracing:\n  sampling: 10.5\n  address: zipkin:9411",
            {"tracing": {"sampling": 10.5, "address": "zipkin:9411"}},
        ),
        ("list:\n- a\n- b\nnext: on", {"list": ["a", "b"], "next": True}),
        ('{drain: 20s, proxyMetadata: {A: "1", B: x}}', {"drain": "20s", "proxyMetadata": {"A": "1", "B": "x"}}),
        ('{\n  a: {b: "c"},\n}', {"a": {"b": "c"}}),
        ('# words\n\nA: "1" # one\nB:\n', {"A": "1", "B": None}),
    ],
)
def test_reads_what_people_write(text: str, found: dict[str, Any]) -> None:
    assert read(text) == found
    assert yaml.safe_load(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "- a", "text", "1", "[1]", '"a"', "{a: 1", "{a}", "a: &x 1", "a: *x", "a: |\n  b", "a: >-\n  b", "a: !!str 1",
        "a: 012", "a: 0x1f", "a: 1_000", "a: y", "a: 1\na: 2", "a:\n  - b: 1", "a: b\n  c: d", "a:\tb", "a: b: c",
        "--- \na: 1", "{a: [1]}", "NaN", "[" * 5000, '{"a":' * 5000, "a: 'b", "on: 1",
        "  a: 1\nb: 2", "a:\n- b\n    c", "{a: 1, a: 2}", '{a: "b', '{"a" 1}', "a: " + "9" * 5000,
    ],
)  # fmt: skip
def test_refuses_the_rest(text: str) -> None:
    assert read(text) is None
