"""Which route takes a call, by method and metadata, in each language."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyless.mesh.effective.call import Call, takes_call, tried
from proxyless.mesh.effective.matches import ALL, SentMatch, sent
from proxyless.mesh.effective.routes import Route
from proxyless.model.client import Language
from proxyless.model.truth import Truth

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
GET = "/shop.Api/Get"


def _takes(match: dict[str, Any], language: Language | None = Language.GO, **metadata: str) -> Truth:
    return takes_call(sent(match), Call(GET, metadata, language))[0]


@pytest.mark.parametrize(
    ("uri", "takes"),
    [
        ({"prefix": "/shop.Api/"}, YES),
        ({"prefix": "/shop.Cart/"}, NO),
        ({"exact": GET}, YES),
        ({"exact": "/shop.Api"}, NO),
        ({"regex": "/shop[.]Api/.*"}, YES),
        ({"regex": "/shop"}, NO),
        ({"regex": "("}, UNKNOWN),
        ({"regex": "(a+)+b"}, UNKNOWN),
    ],
)
def test_path(uri: dict[str, str], takes: Truth) -> None:
    assert _takes({"uri": uri}) is takes


def test_case_counts_unless_the_match_ignores_it() -> None:
    assert _takes({"uri": {"prefix": "/SHOP.api/"}}) is NO
    assert _takes({"uri": {"prefix": "/SHOP.api/"}, "ignoreUriCase": True}) is YES
    assert _takes({"uri": {"regex": "/SHOP.api/.*"}, "ignoreUriCase": True}) is YES


def test_a_separated_prefix_ends_at_a_slash() -> None:
    match = sent({"uri": {"prefix": "/shop.Api"}}, separated=True)
    assert takes_call(match, Call(GET))[0] is YES
    assert takes_call(match, Call("/shop.ApiV2/Get"))[0] is NO


def test_without_a_method_conditions_on_the_path_are_open() -> None:
    assert takes_call(sent({"uri": {"exact": GET}}), Call())[0] is UNKNOWN
    assert takes_call(sent({"headers": {"x-t": {"exact": "a"}}}), Call())[0] is NO
    assert takes_call(ALL, Call())[0] is YES


def test_metadata_that_is_not_named_is_not_sent() -> None:
    gold = {"headers": {"x-tenant": {"exact": "gold"}}}
    assert _takes(gold) is NO
    assert takes_call(sent(gold), Call(GET, {"x-tenant": "gold"}))[0] is YES
    assert takes_call(sent(gold), Call(GET, {"x-tenant": "iron"}))[0] is NO
    assert takes_call(sent({"headers": {"x-tenant": {"prefix": "go"}}}), Call(GET, {"x-tenant": "gold"}))[0] is YES
    assert takes_call(sent({"headers": {"x-tenant": {}}}), Call(GET, {"x-tenant": "gold"}))[0] is YES
    assert takes_call(sent({"withoutHeaders": {"x-tenant": {}}}), Call(GET, {"x-tenant": "gold"}))[0] is NO


def test_a_negative_condition_on_a_header_that_is_missing_differs_by_library() -> None:
    match = {"withoutHeaders": {"x-tenant": {"exact": "gold"}}}
    assert [_takes(match, language) for language in (Language.GO, Language.NODE, None)] == [NO, YES, UNKNOWN]


def test_a_negative_condition_on_a_value() -> None:
    match = sent({"withoutHeaders": {"x-tenant": {"exact": "gold"}}})
    assert takes_call(match, Call(GET, {"x-tenant": "iron"}, Language.GO))[0] is YES
    assert takes_call(match, Call(GET, {"x-tenant": "gold"}, Language.GO))[0] is NO


def test_what_a_library_cannot_see_never_holds() -> None:
    for name in ("user-agent", "x-trace-bin", "host"):
        match = sent({"headers": {name: {"exact": "a"}}})
        assert takes_call(match, Call(GET, {name: "a"}, Language.GO))[0] is NO
    assert _takes({"authority": {"exact": "api.shop:7070"}}) is NO
    assert _takes({"method": {"exact": "POST"}}) is NO
    content = {"headers": {"content-type": {"exact": "application/grpc"}}}
    assert [_takes(content, language) for language in (Language.GO, Language.PYTHON, None)] == [NO, YES, UNKNOWN]


def test_query_parameters_and_claims() -> None:
    query = {"queryParams": {"a": {"exact": "b"}}}
    assert [_takes(query, language) for language in (Language.GO, Language.NODE, None)] == [NO, YES, UNKNOWN]
    assert _takes({"headers": {"@request.auth.claims.sub": {"exact": "x"}}}) is YES


def test_routes_behind_the_one_that_takes_the_call_are_not_reached() -> None:
    routes = [Route("a", sent({"uri": {"prefix": "/x"}}), ()), Route("b", ALL, ()), Route("c", ALL, ())]
    found = tried(routes, Call(GET))
    assert [(item.route.name, item.takes, item.reached) for item in found] == [
        ("a", NO, True),
        ("b", YES, True),
        ("c", NO, False),
    ]


@given(st.text(max_size=30), st.dictionaries(st.text(max_size=8), st.text(max_size=8)), st.text(max_size=40))
def test_no_text_is_too_strange(path: str, metadata: dict[str, str], header: str) -> None:
    match = SentMatch(path, (header, f"!{header}", f"x~string_match~safe_regex:{header}"), query=(header,))
    for language in (None, *Language):
        assert takes_call(match, Call("/a.B/C", metadata, language))[0] in Truth
