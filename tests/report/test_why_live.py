"""``why`` with what was seen of a running client: the document, and the text made of it."""

from typing import Any

import pytest

from lint.why.small import BASE, GET, HOST, ask, world_of
from proxyless.lint.why.sent import Point
from proxyless.lint.why.taken import BY_APPLICATION, BY_ISTIOD, Compared, Taken, TakenState, Took, Whose
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref
from proxyless.report import why_text, why_v1

POINT = Point("routes", "RouteConfiguration", "r", HOST, "a -> b", "a -> b")


class Seen(NamedTuple):
    """As ``cli.compare`` gives it."""

    istiod: Ref | None = Ref("Pod", "istio-system", "istiod-1")
    revision: str = "default"
    pod: Ref | None = Ref("Pod", "web", "cart-1")
    taken: Taken | None = Taken(BY_ISTIOD, {}, {})
    rows: tuple[Compared, ...] = ()
    notes: tuple[str, ...] = ()


def _document(seen: Seen | None) -> dict[str, Any]:
    return why_v1.document(ask(world_of(BASE), f"{HOST}:7070", GET), {}, seen=seen)


def _row(took: Took, whose: Whose, text: str, **changed: str) -> Compared:
    return Compared(POINT._replace(**changed), "", TakenState(took), whose, text)


def test_without_a_cluster_it_is_null() -> None:
    values = _document(None)
    assert values["live"] is None
    assert "What istiod sends now" not in why_text.text(values)


@pytest.mark.parametrize(
    ("row", "lines"),
    [
        (_row(Took.ACCEPTED, Whose.NOBODY, ""), [f"  ok    routes {HOST}: a -> b; accepted"]),
        (
            _row(Took.REJECTED, Whose.LIBRARY, "the library rejected it"),
            [f"  FAIL  routes {HOST}: a -> b; REJECTED", "        the library rejected it"],
        ),
        (
            _row(Took.NOT_ASKED, Whose.APPLICATION, "it has not asked"),
            [f"  -     routes {HOST}: a -> b; not asked for", "        it has not asked"],
        ),
        (
            _row(Took.ACCEPTED, Whose.CALCULATION, "ours", sent="c -> d"),
            [f"  FAIL  routes {HOST}: c -> d; accepted", "        calculated: a -> b", "        ours"],
        ),
        (
            _row(Took.ACCEPTED, Whose.FILES, "not applied", sent="c -> d"),
            [f"  -     routes {HOST}: c -> d; accepted", "        calculated: a -> b", "        not applied"],
        ),
    ],
)
def test_each_point_says_whose_it_is(row: Compared, lines: list[str]) -> None:
    values = _document(Seen(rows=(row,), notes=("one of 2 pods",)))
    assert values["live"]["points"][0]["whose"] == row.whose.value
    assert values["live"]["points"][0]["accepted"] == row.state.took.value
    told = why_text.text(values).splitlines()
    head = "What istiod sends now (Pod istio-system/istiod-1), and what Pod web/cart-1 took by istiod's record"
    start = told.index(head)
    assert told[start + 1 : start + 2 + len(lines)] == [*lines, "  note: one of 2 pods"]


def test_every_word_of_the_enumerations_has_a_text() -> None:
    for took in Took:
        for whose in Whose:
            why_text.text(_document(Seen(rows=(_row(took, whose, "x"),))))


def test_who_told_and_what_could_not_be_seen() -> None:
    values = _document(Seen(taken=Taken(BY_APPLICATION, {}, {})))
    assert values["live"]["taken_by"] == "application"
    assert "took by its own word" in why_text.text(values)
    values = _document(Seen(istiod=None, pod=None, taken=None, notes=("not compared: no right",)))
    assert (values["live"]["istiod"], values["live"]["pod"], values["live"]["taken_by"]) == (None, None, None)
    assert "Not seen live\n  note: not compared: no right\n" in why_text.text(values)
