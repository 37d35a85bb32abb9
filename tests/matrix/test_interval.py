"""Stretches of releases cover all of them once, and are worded as people say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyless.matrix.interval import Interval, cut
from proxyless.model.version import Span, Version

numbers = st.integers(0, 6)
versions = st.builds(Version, st.just(1), numbers, st.none() | numbers)
spans = (
    st.builds(lambda a, b: Span(min(a, b), max(a, b)), versions, versions) | st.builds(Span, versions) | st.just(Span())
)


@given(st.lists(spans, max_size=5), st.builds(Version, st.just(1), numbers, numbers))
def test_within_a_stretch_no_span_begins_or_ends(given_spans: list[Span], probe: Version) -> None:
    floor = Version(1, 0, 0)
    pieces = cut(floor, given_spans)
    (home,) = [
        (first, stretch)
        for first, stretch in pieces
        if (stretch.start is None or probe >= stretch.start) and (stretch.stop is None or probe < stretch.stop)
    ]
    assert [probe in span for span in given_spans] == [home[0] in span for span in given_spans]


@pytest.mark.parametrize(
    ("start", "stop", "words", "span"),
    [
        (None, None, "", ".."),
        (None, "1.56.0", "below 1.56", "..1.55"),
        ("1.73.0", None, "from 1.73", "1.73.0.."),
        ("1.73.0", "1.77.0", "1.73 to 1.76", "1.73.0..1.76"),
        ("1.42.0", "1.82.1", "1.42 to 1.82.0", "1.42.0..1.82.0"),
        ("1.11.0", "1.12.0", "1.11", "1.11.0..1.11"),
        ("1.66.1", None, "from 1.66.1", "1.66.1.."),
    ],
)
def test_words(start: str | None, stop: str | None, words: str, span: str) -> None:
    interval = Interval((start and Version.parse(start)) or None, (stop and Version.parse(stop)) or None)
    assert interval.words == words
    assert str(interval.span) == span


def test_borders_lie_before_a_first_and_after_a_last_release() -> None:
    pieces = cut(Version(1, 36), [Span.parse("1.41..1.72"), Span.parse("1.80..1.82.0"), Span.parse("..1.30")])
    assert [stretch.words for _, stretch in pieces] == [
        "below 1.41",
        "1.41 to 1.72",
        "1.73 to 1.79",
        "1.80 to 1.82.0",
        "from 1.82.1",
    ]
