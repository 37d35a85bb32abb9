"""Which paths a condition on ``uri`` can match: the path of a gRPC call is ``/package.Service/Method``. Pure; read by ``lint``.

A regular expression counts for the whole path (Envoy and gRPC ask for a full match), so it is followed through the five
states that such a path has. What is not understood of an expression gives no answer. A single ``.`` is read as the dot of a
package's name, which people leave without its backslash; it would match a slash too.
"""

from typing import Final

from proxyless.model.pattern import pattern

_EXACT = pattern(r"/[^/]+/[^/]+")
_PREFIX = pattern(r"/([^/]+(/[^/]*)?)?")
_START, _SLASH, _SERVICE, _SECOND, _METHOD, _DEAD = range(6)
"""States of a path that is read: nothing, ``/``, in the service, the second slash, in the method, no path of a call."""
_ON_SLASH: Final = {_SERVICE: _SECOND, _START: _SLASH}
_ON_OTHER: Final = {_SLASH: _SERVICE, _SERVICE: _SERVICE, _SECOND: _METHOD, _METHOD: _METHOD}
_STATES = range(_DEAD)
_UNLIMITED = 8
"""Repetitions after which more of them lead to no other state."""

_Steps = frozenset[tuple[int, int]]
"""From which state a part of an expression leads to which."""
_NOTHING: _Steps = frozenset((state, state) for state in _STATES)


def exact_may_match(text: str) -> bool:
    """Whether the text can be the path of a call."""
    return _EXACT.fullmatch(text) is not None


def prefix_may_match(text: str) -> bool:
    """Whether the path of a call can begin with the text."""
    return not text or _PREFIX.fullmatch(text) is not None


def expression_may_match(expression: str) -> bool | None:
    """Whether a regular expression can match the whole path of a call; None: it is not understood."""
    reader = _Reader(expression)
    try:
        steps = reader.alternatives()
    except _NotUnderstoodError:
        return None
    return (_START, _METHOD) in steps if reader.at_end else None


class _NotUnderstoodError(Exception):
    """The expression has something that is not followed here."""


def _of_class(*, slash: bool, other: bool) -> _Steps:
    """Steps of one character that may be a slash, or may be another."""
    found: set[tuple[int, int]] = set()
    if slash:
        found |= _ON_SLASH.items()
    if other:
        found |= _ON_OTHER.items()
    return frozenset(found)


def _then(one: _Steps, other: _Steps) -> _Steps:
    return frozenset((start, end) for start, middle in one for again, end in other if middle == again)


def _repeated(part: _Steps, least: int, most: int | None) -> _Steps:
    found: _Steps = _NOTHING
    for _ in range(min(least, _UNLIMITED)):
        found = _then(found, part)
    for _ in range(_UNLIMITED if most is None else min(most - least, _UNLIMITED)):
        found |= _then(found, part)
    return found


_CLASSES: Final = {"d": False, "w": False, "s": False, "D": True, "W": True, "S": True}
"""Classes by their letter: whether a slash is one of them."""
_COUNT = pattern(r"\{(\d+)(,?)(\d*)\}")
_MARKS = "*+?{"


class _Reader:
    """Reads one expression of RE2's syntax from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    @property
    def at_end(self) -> bool:
        return self._place == len(self._text)

    def _peek(self) -> str:
        return self._text[self._place : self._place + 1]

    def _take(self) -> str:
        if self.at_end:
            raise _NotUnderstoodError
        self._place += 1
        return self._text[self._place - 1]

    def alternatives(self) -> _Steps:
        """Branches between bars."""
        found = self._branch()
        while self._peek() == "|":
            self._take()
            found |= self._branch()
        return found

    def _branch(self) -> _Steps:
        found = _NOTHING
        while self._peek() not in ("", "|", ")"):
            found = _then(found, self._counted(self._atom()))
        return found

    def _counted(self, part: _Steps) -> _Steps:
        while self._peek() and self._peek() in _MARKS:
            part = self._repeat(part)
        return part

    def _repeat(self, part: _Steps) -> _Steps:
        mark = self._peek()
        if mark == "{":
            found = _COUNT.match(self._text, self._place)
            if found is None:
                raise _NotUnderstoodError
            self._place = found.end()
            least, most = int(found[1]), int(found[3]) if found[3] else None
            part = _repeated(part, least, most if found[2] else least)
        else:
            self._take()
            part = _repeated(part, int(mark == "+"), 1 if mark == "?" else None)
        if self._peek() == "?":
            self._take()  # as few as possible: the same for a full match
        return part

    def _atom(self) -> _Steps:
        sign = self._take()
        if sign == "(":
            return self._group()
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escaped()
        if sign == "^":
            return frozenset({(_START, _START)})
        if sign == "$":
            # only at the end: whatever follows must match nothing, which the full match sees to for all but more text
            if self._peek() not in ("", "|", ")"):
                raise _NotUnderstoodError
            return _NOTHING
        if sign == ".":
            # one dot between letters is meant as the dot of a package, not as a slash
            return _of_class(slash=self._peek() in _MARKS and not self.at_end, other=True)
        if sign in "*+?{":
            raise _NotUnderstoodError
        return _of_class(slash=sign == "/", other=sign != "/")

    def _group(self) -> _Steps:
        if self._peek() == "?":
            self._take()
            if self._take() != ":":
                raise _NotUnderstoodError
        found = self.alternatives()
        if self._take() != ")":
            raise _NotUnderstoodError
        return found

    def _escaped(self) -> _Steps:
        sign = self._take()
        if sign in _CLASSES:
            return _of_class(slash=_CLASSES[sign], other=True)
        if sign.isalnum():
            raise _NotUnderstoodError
        return _of_class(slash=sign == "/", other=sign != "/")

    def _class(self) -> _Steps:
        """A set in brackets: whether a slash is in it, and whether anything else is."""
        negative = self._peek() == "^"
        if negative:
            self._take()
        slash = other = False
        first = True
        while first or self._peek() != "]":
            first = False
            low = self._member()
            high = low
            if self._peek() == "-" and self._text[self._place + 1 : self._place + 2] not in ("", "]"):
                self._take()
                high = self._member()
            slash |= low <= "/" <= high
            other |= low != "/" or high != "/"
        self._take()
        return _of_class(slash=not slash, other=True) if negative else _of_class(slash=slash, other=other)

    def _member(self) -> str:
        sign = self._take()
        if sign == "[":
            raise _NotUnderstoodError
        if sign == "\\":
            sign = self._take()
            if sign in "wd":
                return "a"
            if sign.isalnum():
                raise _NotUnderstoodError
        return sign
