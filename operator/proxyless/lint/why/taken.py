"""Intent, sent, accepted: each point of a call as it is calculated, as istiod sends it, and as the application took it. Pure.

Called by ``cli.compare`` with what ``adapters`` saw. A difference is an error of somebody, and :class:`Whose` says of whom.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum

from proxyless.lint.nack.culprit import culprit
from proxyless.lint.nack.text import Rejection, languages, rejections
from proxyless.lint.why.question import Question
from proxyless.lint.why.sent import Point, Sent, points
from proxyless.model.record import NamedTuple

BY_APPLICATION, BY_ISTIOD = "the application", "istiod"
"""Who says what was taken: the application itself, resource by resource (CSDS), or istiod's record, type by type."""


class Took(Enum):
    """What the application made of a resource."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    OLDER = "older"
    """It holds what istiod sent before."""
    PENDING = "pending"
    """It has not answered, or has asked and not been answered."""
    NOT_ASKED = "not_asked"
    UNKNOWN = "unknown"


class Whose(Enum):
    """Whose a difference is."""

    NOBODY = ""
    FILES = "files"
    """They are not applied."""
    ISTIOD = "istiod"
    """It has not taken up, or not pushed, what is there."""
    CALCULATION = "calculation"
    """Ours: istiod is right."""
    LIBRARY = "library"
    """It rejected what istiod sent."""
    APPLICATION = "application"
    """It has not asked."""


class TakenState(NamedTuple):
    """How one resource, or one type, stands."""

    took: Took
    error: str = ""
    shown: bool = False
    """Whether the application shows what it holds, or that it holds nothing."""


class Taken(NamedTuple):
    """What the application of one pod took."""

    by: str
    """:data:`BY_APPLICATION` or :data:`BY_ISTIOD`."""
    named: Mapping[tuple[str, str], TakenState]
    """By type and name, as the application tells it."""
    types: Mapping[str, tuple[TakenState, ...]]
    """By type, of each of its streams, as istiod tells it."""
    held: Sent | None = None
    """What the application holds, where it tells."""


class Compared(NamedTuple):
    """One point in all three columns."""

    point: Point
    held: str
    """What the application holds, empty where it does not tell or holds nothing."""
    state: TakenState
    whose: Whose
    text: str
    """What the difference means, empty where there is none."""


Blamed = Callable[[Point], tuple[Whose, str]]
"""Whose it is, and why, where istiod sends something else than was calculated."""


def compare(question: Question, sent: Sent, taken: Taken | None, blamed: Blamed) -> tuple[Compared, ...]:
    """All points of a call; behind one that was not asked for, or rejected, the rest is told only where it differs as well."""
    return tuple(_compared(question, points(question, sent), taken, blamed))


def _compared(question: Question, found: Iterable[Point], taken: Taken | None, blamed: Blamed) -> Iterator[Compared]:
    held = {(one.topic, one.name): one.sent for one in points(question, taken.held)} if taken and taken.held else {}
    stopped = False
    for point in found:
        holds = held.get((point.topic, point.name), "")
        state = _state(point, taken, holds)
        whose, text = _judged(question, point, state, taken, holds, blamed=blamed, silent=stopped)
        yield Compared(point, holds, state, whose, text)
        stopped = stopped or state.took in (Took.NOT_ASKED, Took.REJECTED)


def _state(point: Point, taken: Taken | None, holds: str) -> TakenState:
    if taken is None:
        return TakenState(Took.UNKNOWN)
    if taken.by == BY_ISTIOD:
        return _of_type(point, taken.types.get(point.kind, ()))
    state = taken.named.get((point.kind, point.resource), TakenState(Took.NOT_ASKED))
    if state.took is Took.ACCEPTED and state.shown and holds and holds != point.sent:
        return TakenState(Took.OLDER)
    return state


def _of_type(point: Point, states: tuple[TakenState, ...]) -> TakenState:
    """Of a pod's streams the one that rejects this resource, or else one that accepted its type."""
    rejected = [item for item in states if item.took is Took.REJECTED]
    named = next((item for item in rejected if point.resource in item.error), None)
    if named is not None:
        return named
    others = [item for item in states if item.took is not Took.REJECTED]
    best = next((item for took in (Took.ACCEPTED, Took.PENDING) for item in others if item.took is took), None)
    if best is not None:
        return best
    if rejected:
        return TakenState(Took.UNKNOWN, rejected[0].error)
    return TakenState(Took.NOT_ASKED)


def _judged(
    question: Question,
    point: Point,
    state: TakenState,
    taken: Taken | None,
    holds: str,
    *,
    blamed: Blamed,
    silent: bool,
) -> tuple[Whose, str]:
    """The first that went wrong: what istiod sends, then what the application made of it."""
    if point.differs:
        return blamed(point)
    by = "" if taken is None or taken.by == BY_APPLICATION else ", by istiod's record"
    match state.took:
        case Took.REJECTED:
            return Whose.LIBRARY, (
                f"the library rejected it{by} (NACK), {_cause(question, point, state.error)}: "
                f"{state.error or 'without a reason'}. It keeps what it had before; a pod that starts now gets nothing"
            )
        case Took.OLDER:
            return Whose.ISTIOD, f"the application still holds what istiod sent before: {holds}"
        case Took.PENDING:
            return Whose.ISTIOD, f"it is on its way: sent and not accepted yet{by}"
        case Took.NOT_ASKED if not silent and point.sent != "not there":
            return (
                Whose.APPLICATION,
                f"the application has not asked for it{by}: it has not dialed this target yet, or not by xds:///",
            )
        case Took.UNKNOWN if state.error and not silent:
            return Whose.NOBODY, f"the library rejected another resource of this type{by}: {state.error}"
        case _:
            return Whose.NOBODY, ""


def _cause(question: Question, point: Point, error: str) -> str:
    """The object and field that a rejection is about, or what it may be; the application may tell the bare reason alone."""
    told = [item for item in rejections(point.kind, error) if item.name == point.resource]
    words = told[0].words if told else error
    return culprit(
        question.world, question.workload, Rejection(point.kind, point.resource, words), languages(error)
    ).words
