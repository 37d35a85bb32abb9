"""Texts that may reach a pod: forms and amounts. Whether they are the API server's own is asked in test_never_refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyless.model import forms


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("100m", "0.1"),
        ("1Ki", "1024"),
        ("1.5", "1.5"),
        (".5", "0.5"),
        ("+2", "2"),
        ("1e3", "1000"),
        ("2E", "2e18"),
        ("5n", "5e-9"),
    ],
)
def test_amount(text: str, number: str) -> None:
    assert forms.QUANTITY.fits(text)
    assert forms.amount(text) == Decimal(number)


@pytest.mark.parametrize("text", ["lots", "-1", "", "1 Gi", "1GiB", "1Gi\n", "٣", "NaN"])
def test_no_quantity(text: str) -> None:
    assert not forms.QUANTITY.fits(text)
    assert "must be a quantity" in forms.QUANTITY.wrong(text)


@given(st.from_regex(forms.QUANTITY.pattern.replace("[+]", "\\+"), fullmatch=True))
def test_every_quantity_has_an_amount(text: str) -> None:
    if forms.QUANTITY.fits(text):
        assert forms.amount(text) >= 0


@given(
    st.recursive(
        st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_resources_of_any_shape_get_an_answer(value: object) -> None:
    assert isinstance(forms.wrong_resources(value), str)


def test_equal_amounts_in_other_words_fit() -> None:
    assert forms.wrong_resources({"requests": {"cpu": "1000m"}, "limits": {"cpu": "1"}}) == ""
    assert "must not be more" in forms.wrong_resources({"requests": {"cpu": "1001m"}, "limits": {"cpu": "1"}})
