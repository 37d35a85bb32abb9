"""Which route takes one call: by its method and its metadata, as a gRPC library compares them. Pure; asked by ``lint.why``.

What libraries do differently is asked of the language. A condition on what a library cannot see never holds, one that it
drops always does. Source: gRFC A28, and the tables of header and path matches that were read in each library.
"""

import re
from collections.abc import Iterable, Mapping

from proxyless.mesh.effective.matches import SentMatch
from proxyless.mesh.effective.routes import Route
from proxyless.model.client import C_CORE, Language
from proxyless.model.record import NamedTuple
from proxyless.model.truth import Truth

_NEVER_SEEN = (":authority", ":method", ":scheme", "host", "user-agent")
"""Headers that no gRPC client compares, whatever the call has there."""
_CONTENT_TYPE = "application/grpc"
_LONGEST = 512
"""Characters of a regular expression, or of a text, beyond which nothing is compared."""


class Call(NamedTuple):
    """One call of a client."""

    method: str = ""
    """``/package.Service/Method``; empty: any, so that conditions on the path are not decided."""
    metadata: Mapping[str, str] = {}
    """All that the application sends, by lower-case name."""
    language: Language | None = None
    """Of the client's library; None: not known."""


class Tried(NamedTuple):
    """What becomes of a call at one route."""

    route: Route
    takes: Truth
    why: str
    """The condition that decides, in words."""
    reached: bool = True
    """False: an earlier route takes the call, whatever this one says."""


def tried(routes: Iterable[Route], call: Call) -> tuple[Tried, ...]:
    """Each route in order, up to the first one that takes the call; those behind it are not reached."""
    found: list[Tried] = []
    taken = False
    for route in routes:
        if taken:
            found.append(Tried(route, Truth.NO, "an earlier route takes the call", reached=False))
            continue
        takes, why = takes_call(route.match, call)
        taken = takes is Truth.YES
        found.append(Tried(route, takes, why))
    return tuple(found)


def takes_call(match: SentMatch, call: Call) -> tuple[Truth, str]:
    """Whether a match holds for a call, and the condition that decides it."""
    if match.takes_all:
        return Truth.YES, "it has no conditions"
    answers = [_path(match, call), *(_header(text, call) for text in match.headers)]
    answers += [_query(text, call) for text in match.query]
    for wanted in (Truth.NO, Truth.UNKNOWN):
        for truth, why in answers:
            if truth is wanted:
                return truth, why
    return Truth.YES, " and ".join(why for _, why in answers if why)


def _path(match: SentMatch, call: Call) -> tuple[Truth, str]:
    kind, _, text = match.path.partition(":")
    if match.path == "prefix:/":
        return Truth.YES, ""
    if not call.method:
        return Truth.UNKNOWN, f"it takes methods by {_KINDS.get(kind, kind)} {text}"
    method, asked = call.method, text
    if match.ignores_case:
        method, asked = method.lower(), text.lower()
    if kind == "safe_regex":
        return _regex(text, call.method, call.method, ignores_case=match.ignores_case)
    holds = {
        "path": method == asked,
        "prefix": method.startswith(asked),
        "path_separated_prefix": method == asked or method.startswith(f"{asked}/"),
    }.get(kind)
    if holds is None:
        return Truth.UNKNOWN, f"its condition {match.path} is not known"
    return Truth.of(holds), f"{call.method} {'has' if holds else 'has not'} the {_KINDS[kind]} {text}"


_KINDS = {
    "path": "exact path",
    "prefix": "prefix",
    "path_separated_prefix": "prefix up to a slash",
    "safe_regex": "regular expression",
}


def _regex(pattern: str, text: str, shown: str, *, ignores_case: bool = False) -> tuple[Truth, str]:
    """A full match, as RE2 has it; what Python reads differently, or not at all, is not decided."""
    if max(len(pattern), len(text)) > _LONGEST or re.search(r"[*+}]\)?[*+{]", pattern):
        return Truth.UNKNOWN, f"whether {pattern} matches {shown} was not tried"
    try:
        holds = re.fullmatch(pattern, text, re.IGNORECASE if ignores_case else 0) is not None
    except (re.error, RecursionError, OverflowError):
        return Truth.UNKNOWN, f"{pattern} is no regular expression that can be tried here"
    return Truth.of(holds), f"{shown} {'matches' if holds else 'does not match'} {pattern}"


def _header(text: str, call: Call) -> tuple[Truth, str]:
    inverted = text.startswith("!")
    name, _, rest = text.removeprefix("!").partition("~")
    kind, _, wanted = rest.partition("~")
    key = name.lower()
    if kind == "present_match":
        return _presence(key, call, inverted=inverted)
    value = _value(key, call)
    if value is None:
        return Truth.UNKNOWN, f"whether the library shows the header {key} to routes is not known"
    how, _, expected = wanted.partition(":")
    if value == "":
        return _absent(key, call, inverted=inverted, wanted=expected)
    if how == "safe_regex":
        holds, why = _regex(expected, value, f"{key}: {value}")
    else:
        holds = Truth.of(value == expected if how == "exact" else value.startswith(expected))
        why = f"{key} is {value}"
    if inverted and holds is not Truth.UNKNOWN:
        holds = Truth.of(holds is Truth.NO)
    return (
        holds,
        why if holds is not Truth.NO else f"{why}, it asks for {'another than ' if inverted else ''}{expected}",
    )


def _presence(key: str, call: Call, *, inverted: bool) -> tuple[Truth, str]:
    value = _value(key, call)
    if value is None:
        return Truth.UNKNOWN, f"whether the library shows the header {key} to routes is not known"
    return Truth.of(bool(value) != inverted), f"the call has {'the' if value else 'no'} header {key}"


def _absent(key: str, call: Call, *, inverted: bool, wanted: str) -> tuple[Truth, str]:
    """A header that the call lacks: a negative condition holds for it in Node alone."""
    said = f"the call has no header {key}"
    if not inverted:
        return Truth.NO, f"{said} (asked for: {wanted})"
    if call.language is None:
        return Truth.UNKNOWN, f"{said}; what a negative condition makes of that depends on the library"
    return Truth.of(call.language is Language.NODE), f"{said}, and the condition is negative"


def _value(key: str, call: Call) -> str | None:
    """A header as routes see it; empty: they do not, None: not known."""
    if key in _NEVER_SEEN or key.endswith("-bin"):
        return ""
    if key in ("content-type", ":path"):
        if call.language is None or (key == ":path" and call.language is Language.JAVA):
            return None
        sees = call.language in C_CORE if key == ":path" else call.language is not Language.GO
        text = (call.method or None) if key == ":path" else _CONTENT_TYPE
        return text if sees else ""
    return call.metadata.get(key, "")


def _query(text: str, call: Call) -> tuple[Truth, str]:
    name = text.partition("~")[0]
    if call.language is None:
        return Truth.UNKNOWN, f"what a condition on the query parameter {name} does depends on the library"
    if call.language is Language.NODE:
        return Truth.YES, f"the condition on the query parameter {name} is dropped"
    return Truth.NO, f"a gRPC call has no query parameter {name}"
