"""Indexes that follow single changes are what they would be if they were made anew, and are kept as long as may be."""

import random
from collections.abc import Iterable
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyless.model import grouping
from proxyless.model.grouping import grouped, itself
from proxyless.model.groups import Groups
from proxyless.model.memory import KEPT, Memory, View, for_each, for_key, index_of
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot


class Words(NamedTuple):
    """Settings of a mesh."""

    domain: str = "local"
    other: int = 0


Mesh = View[Words]
MADE: list[str] = []


@grouped("Service", "Pod", of=itself, beside=("Namespace",), settings=("domain",))
def by_word(item: Resource, view: Mesh) -> Iterable[str]:
    """Objects by each word of their spec."""
    MADE.append(item.name)
    ends = len(view.snapshot.of_kind("Namespace"))
    return (f"{word}.{view.settings.domain}{ends}" for word in item.spec.get("words", ()))


@index_of("Service", settings=("domain",))
def names(view: Mesh) -> tuple[str, ...]:
    """Names of all Services."""
    MADE.append("names")
    return tuple(f"{item.name}.{view.settings.domain}" for item in view.snapshot.of_kind("Service"))


@for_each
def loud(item: Resource, view: Mesh) -> str:
    """An answer about one object of one mesh."""
    MADE.append(f"loud {item.name}")
    return item.name.upper() + view.settings.domain


@for_key
def twice(word: str, view: Mesh) -> str | None:
    """An answer that may be None."""
    MADE.append(f"twice {word}")
    return None if word == "no" else word * 2 + view.settings.domain


def thing(kind: str, name: str, *words: str, namespace: str = "shop") -> Resource:
    return Resource(Ref(kind, namespace, name), {"spec": {"words": list(words)}})


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    MADE.clear()


def plain(groups: Groups[str, Resource]) -> dict[str, list[int]]:
    """All that is in an index, by identity."""
    assert all(key in groups for key in groups)
    return {key: [id(item) for item in groups.get(key)] for key in groups}


THINGS = st.builds(
    lambda kind, name, words, place: thing(kind, name, *words, namespace=place),
    st.sampled_from(("Service", "Pod")),
    st.sampled_from("abc"),
    st.lists(st.sampled_from("xyz"), max_size=3),
    st.sampled_from(("shop", "web")),
)


@given(
    first=st.lists(THINGS, max_size=12),
    steps=st.lists(st.tuples(st.booleans(), st.lists(THINGS, max_size=3), st.lists(THINGS, max_size=2)), max_size=8),
    whole=st.sampled_from((0.0, 0.25, 9.0)),
    many=st.booleans(),
)
def test_index_follows_changes(
    first: list[Resource],
    steps: list[tuple[bool, list[Resource], list[Resource]]],
    whole: float,
    many: bool,
) -> None:
    """Also over snapshots that come one after another, and that lie over the same one; and in the same order."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "WHOLE", whole)
        rest = [thing("Service", f"s{n}", f"w{n}") for n in range(40 if many else 0)]
        base, memory = Snapshot([*rest, *first]), Memory()
        for over, changed, removed in steps:
            now = base.overlay(*changed, removed=[item.ref for item in removed])
            assert plain(by_word(View(now, Words(), memory))) == plain(by_word(View(now, Words())))
            base = base if over else now
        assert plain(by_word(View(base, Words(), memory))) == plain(by_word(View(base, Words())))


@pytest.mark.parametrize("seed", range(5))
def test_order_of_objects_is_that_of_the_snapshot(seed: int) -> None:
    chance = random.Random(seed)
    snapshot, memory = Snapshot(), Memory()
    for _ in range(40):
        kind, place = chance.choice(("Service", "Pod")), chance.choice(("shop", "web", "bank"))
        item = thing(kind, str(chance.randrange(9)), "x", namespace=place)
        snapshot = snapshot.overlay(item, removed=[item.ref] if chance.random() < 0.3 else [])
        found = by_word(View(snapshot, Words(), memory)).get("x.local0")
        wanted = [*snapshot.of_kind("Service"), *snapshot.of_kind("Pod")]
        assert [id(item) for item in found] == [id(item) for item in wanted]


def test_one_object_laid_over_many_costs_one() -> None:
    cluster = Snapshot([thing("Service", f"s{n}", f"w{n}") for n in range(100)])
    memory = Memory()
    by_word(View(cluster, Words(), memory))
    assert len(MADE) == len(cluster)
    MADE.clear()
    over = View(cluster.overlay(thing("Service", "s7", "new")), Words(), memory)
    assert [item.name for item in by_word(over).get("new.local0")] == ["s7"]
    assert by_word(over).get("w7.local0") == ()
    assert MADE == ["s7", "s7"], "as it was and as it is"
    assert [item.name for item in by_word(View(cluster, Words(), memory)).get("w7.local0")] == ["s7"]


def test_index_is_kept_until_what_it_rests_on_changes() -> None:
    cluster, memory = Snapshot([thing("Service", "a", "x"), thing("Pod", "b")], complete=["Pod"]), Memory()
    views = [
        View(cluster, Words(), memory),
        View(cluster, Words(), memory),
        View(cluster, Words(other=1), memory),
        View(cluster.overlay(thing("Pod", "c")), Words(), memory),
    ]
    assert len({id(names(view)) for view in views}) == 1
    assert MADE == ["names"]
    changed = [
        View(cluster.overlay(thing("Service", "c")), Words(), memory),
        View(cluster, Words("else"), memory),
        View(Snapshot(cluster, complete=["Service"]), Words(), memory),
    ]
    assert [names(view) for view in changed] == [("a.local", "c.local"), ("a.else",), ("a.local",)]
    assert MADE == ["names"] * 4
    assert names(views[0]) == names(View(cluster, Words(), memory)) == ("a.local",)
    assert MADE == ["names"] * 4
    for number in range(KEPT):
        names(View(cluster, Words(str(number)), memory))
    names(View(cluster, Words(), memory))
    assert MADE == ["names"] * (5 + KEPT), "the longest unused is forgotten"


def test_kinds_beside_make_an_index_anew() -> None:
    cluster, memory = Snapshot([thing("Service", "a", "x"), thing("Service", "b", "y")]), Memory()
    assert set(by_word(View(cluster, Words(), memory))) == {"x.local0", "y.local0"}
    with_place = cluster.overlay(thing("Namespace", "shop"))
    assert set(by_word(View(with_place, Words(), memory))) == {"x.local1", "y.local1"}


def test_answers_about_one_object_live_as_long_as_the_view() -> None:
    item = thing("Service", "a")
    memory = Memory()
    one, other = (View(Snapshot([item]), Words(domain), memory) for domain in ("1", "2"))
    assert [loud(item, one), loud(item, one), loud(item, other)] == ["A1", "A1", "A2"]
    assert [twice("no", one), twice("no", one), twice("a", one), twice("a", one)] == [None, None, "aa1", "aa1"]
    assert MADE == ["loud a", "loud a", "twice no", "twice a"]


def test_failure_is_not_kept() -> None:
    failing = True

    @index_of("Service")
    def fails(_: Mesh) -> int:
        if failing:
            raise ValueError
        return 1

    view = View(Snapshot(), Words())
    with pytest.raises(ValueError, match=r"^$"):
        fails(view)
    failing = False
    assert fails(view) == 1
