import copy
import pickle
import typing
from typing import Any

import pytest

from proxyless.model import record


class Ours(record.NamedTuple):
    """Words."""

    first: str
    second: int
    third: "str | None" = None
    fourth: float = 0.5

    @property
    def both(self) -> str:
        """Of two fields."""
        return f"{self.first}{self.second}"


class Theirs(typing.NamedTuple):
    """Words."""

    first: str
    second: int
    third: "str | None" = None
    fourth: float = 0.5

    @property
    def both(self) -> str:
        """Of two fields."""
        return f"{self.first}{self.second}"


class OursEmpty(record.NamedTuple):
    """Nothing."""


class TheirsEmpty(typing.NamedTuple):
    """Nothing."""


PAIRS = ((Ours, Theirs), (OursEmpty, TheirsEmpty))
CALLS: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = (
    ((), {}),
    (("a", 1), {}),
    (("a",), {"second": 2}),
    ((), {"second": 2, "first": "b", "fourth": 1.0}),
    (("a", 1, None, 2.0), {}),
    (("a", 1, None, 2.0, 3), {}),
    (("a", 1), {"first": "b"}),
    (("a", 1), {"fifth": 1}),
)


def _seen(made: Any) -> Any:
    return (tuple(made), repr(made).removeprefix(type(made).__name__), made._asdict(), hash(made))


def _outcome(kind: Any, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    try:
        return _seen(kind(*args, **named))
    except TypeError as error:
        return str(error).replace(kind.__name__, "")


def test_what_is_tested_is_not_the_original() -> None:
    assert record.NamedTuple is not typing.NamedTuple


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_makes_what_the_original_makes(ours: Any, theirs: Any) -> None:
    assert [_outcome(ours, *call) for call in CALLS] == [_outcome(theirs, *call) for call in CALLS]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_classes_say_what_those_of_the_original_say(ours: Any, theirs: Any) -> None:
    for name in ("_fields", "_field_defaults", "__match_args__", "__doc__", "__module__", "__slots__"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert set(ours.__annotations__) == set(theirs.__annotations__)
    assert issubclass(ours, tuple)


def test_fields_replace_copy_and_pickle() -> None:
    ours, theirs = Ours("a", 1), Theirs("a", 1)
    assert (ours.first, ours.third, ours.both) == ("a", None, "a1")
    assert tuple(ours._replace(third="c")) == tuple(theirs._replace(third="c"))
    assert Ours._make(["a", 1, None, 0.5]) == ours
    assert type(copy.deepcopy(ours)) is type(pickle.loads(pickle.dumps(ours))) is Ours
    assert pickle.loads(pickle.dumps(ours)) == copy.copy(ours) == ours
    with pytest.raises(AttributeError):
        ours.first = "b"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        ours.other = "b"  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match="fifth"):
        ours._replace(fifth=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Expected 4 arguments, got 1"):
        Ours._make(["a"])
    match ours:
        case Ours(first, second):
            assert (first, second) == ("a", 1)


def test_a_field_without_a_default_does_not_follow_one_with_a_default() -> None:
    with pytest.raises(TypeError, match="without a default"):

        class _Wrong(record.NamedTuple):
            first: int = 0
            second: str  # type: ignore[misc]
