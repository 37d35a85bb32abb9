"""Numbers in digits, and values that are not in the file."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyless.model.scalar import is_template, whole


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (8080, 8080),
        ("8080", 8080),
        ("0", 0),
        (True, None),
        ("-1", None),
        ("²", None),
        ("${PORT}", None),
        ("", None),
        (None, None),
        ("9" * 5000, None),
        ([], None),
    ],
)
def test_whole(value: Any, number: int | None) -> None:
    assert whole(value) == number


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.lists(st.text())))
def test_whole_never_raises(value: Any) -> None:
    found = whole(value)
    assert found is None or isinstance(found, int)


@pytest.mark.parametrize(
    ("value", "template"),
    [
        ("{{ .Values.mode }}", True),
        ("${MODE}", True),
        ("$(MODE)", True),
        ("ENC[AES256_GCM,data:x]", True),
        (["a", "${B}"], True),
        ({"a": "{{ .b }}"}, True),
        ("STRICT", False),
        ("a$", False),
        ({"a": {"b": "${C}"}}, False),
        (5, False),
        (None, False),
    ],
)
def test_is_template(value: Any, template: bool) -> None:
    assert is_template(value) is template
