"""What a rule says, as CEL: the one statement from which its policy is made.

A statement lists the places of an object where its rule denies, and their words. Its rule in ``lint/rules`` is the
reference; the test ``tests/export/test_verdicts.py`` compares both on objects that a real API server accepted.
"""

from collections.abc import Callable
from functools import cache

from proxyless.lint.rule import Rule
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.model.record import NamedTuple
from proxyless.model.snapshot import Snapshot

CelPlaces = Callable[[str], str]
"""From the CEL name of an object to a list of lists of places (``cel.place``) in it, as CEL text."""


class StatementPart(NamedTuple):
    """What a statement says of objects of some kinds."""

    kinds: tuple[str, ...]
    places: CelPlaces


class Statement(NamedTuple):
    """One rule."""

    code: str
    parts: tuple[StatementPart, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that it speaks of."""
        return tuple(kind for part in self.parts for kind in part.kinds)

    @property
    def rule(self) -> Rule:
        """The rule that it says once more."""
        return rules()[self.code]

    def places(self, name: str) -> str:
        """The places in an object of any of its kinds."""
        *others, last = self.parts
        said = last.places(name)
        for part in reversed(others):
            kinds = ", ".join(f'"{kind}"' for kind in part.kinds)
            said = f"object.kind in [{kinds}] ?\n({part.places(name)}) :\n({said})"
        return said


@cache
def rules() -> dict[str, Rule]:
    """All rules by their codes."""
    return {rule.code: rule for rule in ALL}


@cache
def nothing_known() -> World:
    """The world of a policy: it knows the request alone, so words that depend on more are those for what is not known."""
    return World(Snapshot())
