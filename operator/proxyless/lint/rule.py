"""What a rule is: a value with metadata and one function. No classes per rule, no state.

A rule module ``pxNNN_slug.py`` defines ``RULE``; its page ``pxNNN_slug.md`` stands beside it and its cases in
``tests/lint/rules/pxNNN_slug/``. The engine adds code, severity, evidence and line to what ``check`` yields.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from proxyless.model.client import Framework
from proxyless.model.finding import Severity
from proxyless.model.fix import Fix
from proxyless.model.path import FieldPath
from proxyless.model.record import NamedTuple
from proxyless.model.resource import Ref, Resource

if TYPE_CHECKING:
    from proxyless.lint.world import World

Check = Callable[[Resource, "World"], Iterator["Hit"]]
Keys = Callable[[str, "World"], frozenset[str] | None]
"""Tells for objects of a kind the keys of which one must be in an object; None: it may have none of them."""
Gate = Callable[[Resource, "World"], bool]
"""Whether rules may have something to say of an object."""


class Hit(NamedTuple):
    """One place where a rule fires."""

    path: FieldPath
    """Where; a path that does not exist (a missing field) is shown at its nearest existing parent."""
    message: str
    """The actual value and its consequence."""
    remedy: str = ""
    """Replaces the rule's remedy where the object allows a more exact one."""
    severity: Severity | None = None
    """Replaces the rule's severity."""
    applies: str = ""
    """A condition that could not be decided; makes an error a warning (design decision 3)."""
    related: tuple[Ref, ...] = ()
    command: str = ""
    """A shell command that does what the remedy says on the live object, see ``lint.remedy_commands``."""
    deny: bool = True
    """False where this hit rests on other objects, so that admission must not reject on it."""
    fix: Fix | None = None
    """What the remedy comes to, where it leaves no choice."""


class Rule(NamedTuple):
    """A rule's metadata and its function."""

    code: str
    slug: str
    """What is wrong, reads after "allow ..."."""
    summary: str
    severity: Severity
    kinds: tuple[str, ...]
    """Kinds that the engine hands to ``check``."""
    check: Check
    remedy: str
    evidence: tuple[str, ...]
    reads: tuple[str, ...] = ()
    """Other kinds that ``check`` asks the world for; a test compares them with what it does ask for."""
    needs: "tuple[str, ...] | Keys" = ()
    """Keys of which one must be somewhere in the object for ``check`` to yield or raise anything: the engine skips the
    rule if the object has none of them. Empty: always asked. A function where the rows of the feature table tell the
    keys, see :func:`proxyless.lint.field_rows.keys_for`. A test compares both ways."""
    awake: "Callable[[World], bool] | None" = None
    """Precondition on the whole mesh, checked once per run and kind; if it is False, ``check`` finds nothing for any
    object, since no library or Istio of this mesh has what the rule is about. Tests prove that skipping loses nothing."""
    gate: "Gate | None" = None
    """Precondition on one object, checked once for all rules that share it; if it is False, ``check`` finds nothing. Worth it
    if it is cheap and mostly False. A test compares both ways."""
    frameworks: tuple[Framework, ...] = ()
    """Frameworks of which some workload must be known for ``check`` to yield or raise anything. Empty: always asked."""
    alone: bool = False
    """Whether ``check`` asks the world for no objects at all, so that a change of one object touches no other."""
    by_value: bool = False
    """Whether a hit rests on the value at its path: where a template or an encrypted value stands there, nothing is known of
    it, and the hit becomes a notice."""
    deny: bool = False
    """Whether admission may reject where enforcement says so: the object alone must prove it."""
    fixes: tuple[str, ...] = ()
    """Which fixes its hits may have: ``safe``, ``unsafe``, both or none. The rule's page says so; tests compare."""
    since: str = "0.1.0"

    def keys_needed(self, kind: str, world: "World") -> frozenset[str] | None:
        """What ``needs`` says of objects of a kind; None: the rule is always asked."""
        return self.needs(kind, world) if callable(self.needs) else frozenset(self.needs) or None


class UnreadRule(NamedTuple):
    """A rule whose module is imported once an object has one of its keys and passes its gate; most runs have no such object."""

    code: str
    kinds: tuple[str, ...]
    needs: frozenset[str]
    """As ``Rule.needs``; empty: none are needed."""
    gate: Gate | None
    """As ``Rule.gate``."""
    read: Callable[[], Rule]
