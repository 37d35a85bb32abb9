"""One drawn object for a rule, sometimes with something odd in it, for the tests that hold policies to their rules."""

from collections.abc import Iterator
from random import Random
from typing import Any

from export.drawn import DRAWN, Body

_ODD = ({}, [], None, "", 0, "x", True, [{}], [None], {"x": "y"})


def drawn(code: str, draw: Random) -> Body:
    """One object for a rule; one of four has something odd somewhere in its spec, which few API servers accept."""
    body = draw.choice(DRAWN[code])(draw)
    if draw.random() < 0.25:
        places = list(_places(body["spec"]))
        holder, key = draw.choice(places) if places else (body, "spec")
        if draw.random() < 0.3:
            del holder[key]
        else:
            holder[key] = draw.choice(_ODD)
    return body


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place inside a value, as what holds it and its key there."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield value, key
        yield from _places(child)
