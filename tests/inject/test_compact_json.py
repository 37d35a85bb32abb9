"""JSON in annotations and variables: the same from the fast encoder and from the one for what it refuses."""

import json
from datetime import date
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyless.inject.compact_json import compact

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(VALUES)
def test_reads_back_as_what_was_written(value: object) -> None:
    text = compact(value)
    assert json.loads(text) == value
    assert text == json.dumps(value, separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (MappingProxyType({"a": 1}), '{"a":1}'),
        ({"big": 2**70}, '{"big":1180591620717411303424}'),
        ({1: "x"}, '{"1":"x"}'),
        ({"on": date(2026, 1, 2)}, '{"on":"2026-01-02"}'),
        ({"half": "\ud800"}, '{"half":"\ud800"}'),
        ({"map": MappingProxyType({"n": 2**70})}, '{"map":{"n":1180591620717411303424}}'),
    ],
)
def test_writes_what_json_does_not_know(value: object, text: str) -> None:
    assert compact(value) == text
