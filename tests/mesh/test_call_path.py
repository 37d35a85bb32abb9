"""Whether conditions on a path can match that of a gRPC call: against Python's own matching of such paths."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyless.mesh.call_path import exact_may_match, expression_may_match, prefix_may_match

_NAMES = st.text("ab.", min_size=1, max_size=4)
_PATHS = st.builds("/{}/{}".format, _NAMES, _NAMES)
_PARTS = st.recursive(
    st.sampled_from(["a", "b", "/", r"\.", "[^/]", "[ab]", "[/a]", r"\w", ".*", ".+", "(a|/)", "(?:/a)"]),
    lambda inner: (
        st.builds("{}{}".format, inner, inner)
        | st.builds("({}|{})".format, inner, inner)
        | st.builds("({}){}".format, inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{1,}", "*?"]))
    ),
    max_leaves=8,
)


@given(_PATHS)
def test_every_path_of_a_call_may_match(path: str) -> None:
    assert exact_may_match(path)
    assert expression_may_match(re.escape(path))
    for size in range(1, len(path) + 1):
        assert prefix_may_match(path[:size])


@given(_PARTS, st.lists(_PATHS, max_size=20))
def test_an_expression_that_cannot_match_matches_no_path(expression: str, paths: list[str]) -> None:
    if expression_may_match(expression) is False:
        found = re.compile(expression)
        assert not any(found.fullmatch(path) for path in (*paths, "/a/b", "/aa/a", "/a.b/a", "/b/aa"))


@pytest.mark.parametrize(
    "expression",
    ["/shop.Api", "/shop", "shop.Api/.*", "/[^/]+", "/a/b/c", "/a/", "/a{2}", "[a-z]+", "", "Get", "/*", "a|b", "a$"],
)
def test_never_matches(expression: str) -> None:
    assert expression_may_match(expression) is False


@pytest.mark.parametrize(
    "expression",
    [
        ".*", "/.+", ".*Get", "^/shop.Api/Get$", "/[^/]+/Get", "/(a|b)/(c|d)", r"/shop\.Api/\w+", "(/a)?/b", "(/a){2}",
        "[a-z/]+", "x|/a/b", r"\/a\/b", "/+a/b", "/a/b{0,}",
    ],
)  # fmt: skip
def test_may_match(expression: str) -> None:
    assert expression_may_match(expression) is True


@pytest.mark.parametrize("expression", ["(?i)/a", "(/a", r"/\pL", "[[:alpha:]]", "*a", "a{", "[a", "(?P<x>a)", "a)"])
def test_what_is_not_understood_has_no_answer(expression: str) -> None:
    assert expression_may_match(expression) is None


@given(st.text("a/.*+?()[]{}|^$\\-1,", max_size=12))
def test_no_text_is_an_error(expression: str) -> None:
    expression_may_match(expression)


def test_texts() -> None:
    assert not exact_may_match("shop.Api/Get")
    assert not exact_may_match("/Get")
    assert not exact_may_match("/a/b/c")
    assert not prefix_may_match("shop")
    assert not prefix_may_match("/a/b/")
    assert not prefix_may_match("//")
    assert prefix_may_match("")
