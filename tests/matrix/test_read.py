"""Rows from plain values: strict reading refuses what the annotations do not allow, both readings give the same row."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

import pytest

from proxyless.errors import MatrixError
from proxyless.matrix.read import reader
from proxyless.matrix.verdict import Verdict
from proxyless.model.client import Language
from proxyless.model.version import Span, Version


class Inner(NamedTuple):
    text: str
    verdict: Verdict = Verdict.SUPPORTED


class Whole(NamedTuple):
    name: Annotated[str, r"[a-z]+"]
    side: Literal["client", "server"] = "client"
    known: bool = False
    first: Version | None = None
    inner: tuple[Inner, ...] = ()
    names: frozenset[Language] = frozenset()
    spans: Mapping[Language, tuple[Span, ...]] = {}
    anything: Any = None


GOOD: dict[str, Any] = {
    "name": "a",
    "side": "server",
    "known": True,
    "first": "1.2.3",
    "inner": [{"text": "b", "verdict": "breaks"}, {"text": "c"}],
    "names": ["go", "cpp"],
    "spans": {"java": ["1.2..", "..3"], "node": []},
    "anything": [{"x": 1}],
}


@pytest.mark.parametrize("strict", [True, False])
def test_values_become_what_the_annotations_say(strict: bool) -> None:
    assert reader(Whole, strict=strict)(GOOD) == Whole(
        "a",
        "server",
        known=True,
        first=Version(1, 2, 3),
        inner=(Inner("b", Verdict.BREAKS), Inner("c")),
        names=frozenset({Language.GO, Language.CPP}),
        spans={Language.JAVA: (Span.parse("1.2.."), Span.parse("..3")), Language.NODE: ()},
        anything=[{"x": 1}],
    )
    assert reader(Whole, strict=strict)({"name": "a"}) == Whole("a")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "A"}, "name: 'A' does not match"),
        ({"name": 1}, "name: 1 does not match"),
        ({"side": "both"}, "side: 'both' is none of client, server"),
        ({"known": "true"}, "known: expected bool, not 'true'"),
        ({"first": 1.2}, "first: a release in quotes, not 1.2"),
        ({"first": "new"}, "first: 'new' is not a version"),
        ({"inner": "b"}, "inner: expected a list, not 'b'"),
        ({"inner": [{"text": "b", "verdicts": 1}]}, "inner: unknown key verdicts"),
        ({"inner": [{"verdict": "breaks"}]}, "inner: text missing"),
        ({"inner": [1]}, "inner: expected keys and values, not 1"),
        ({"inner": [{"text": None}]}, "inner: text: expected str, not None"),
        ({"names": ["cobol"]}, "names: 'cobol' is none of cpp"),
        ({"spans": {"go": ["2..1"]}}, "spans: '2..1' is not a range"),
        ({"spans": ["go"]}, "spans: expected keys and values"),
        ({"extra": 1}, "unknown key extra"),
    ],
)
def test_strict_reading_names_the_key(change: dict[str, Any], message: str) -> None:
    with pytest.raises(MatrixError, match=message):
        reader(Whole, strict=True)(GOOD | change)


def test_strict_reading_misses_keys() -> None:
    with pytest.raises(MatrixError, match="name missing"):
        reader(Whole, strict=True)({})
