"""Selects the rules that can apply to objects of one kind. Used by the engine; never runs a rule's check."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from proxyless.lint.frameworks import frameworks_known
from proxyless.lint.keys import keys_of
from proxyless.lint.rule import Gate, Rule, UnreadRule
from proxyless.lint.world import World


class GatedRules:
    """Rules with one gate, so that it is asked once. Those that are unread are read when the gate opens for the first time."""

    __slots__ = ("_unread", "_world", "gate", "rules")

    def __init__(self, gate: Gate | None, rules: Sequence[Rule | UnreadRule], world: World) -> None:
        self.gate: Final = gate
        self.rules: tuple[Rule, ...] = ()
        """Those that are asked; call :meth:`read` first where it is empty."""
        self._unread: Sequence[Rule | UnreadRule] = rules
        self._world = world

    def read(self) -> tuple[Rule, ...]:
        """The rules, after the first call at once."""
        read = (rule.read() if isinstance(rule, UnreadRule) else rule for rule in self._unread)
        self.rules += tuple(rule for rule in read if concerned(rule, self._world))
        self._unread = ()
        return self.rules


class RulesOfKind:
    """The rules for one kind, so that an object meets only those that may have something to say of it."""

    def __init__(self, kind: str, rules: Iterable[Rule | UnreadRule], world: World) -> None:
        mine = [rule for rule in rules if kind in rule.kinds]
        self.looked_at = bool(mine)
        """Whether there is a rule for the kind at all."""
        self._world = world
        self._rules = [
            (rule, (rule.needs or None) if isinstance(rule, UnreadRule) else keys_needed(rule, kind, world))
            for rule in mine
        ]
        self._keys = frozenset(key for _, keys in self._rules for key in keys or ())
        self._chosen: dict[frozenset[str], tuple[GatedRules, ...]] = {}

    def for_body(self, body: dict[str, Any]) -> tuple[GatedRules, ...]:
        """Those whose keys an object has, in order of code. Few sets of keys occur, so each is judged once."""
        present = self._keys.intersection(keys_of(body))
        chosen = self._chosen.get(present)
        if chosen is None:
            chosen = self._chosen[present] = tuple(self._with_keys(present))
        return chosen

    def _with_keys(self, present: frozenset[str]) -> Iterator[GatedRules]:
        by_gate: dict[Gate | None, list[Rule | UnreadRule]] = {}
        for rule, keys in self._rules:
            if keys is None or not present.isdisjoint(keys):
                by_gate.setdefault(rule.gate, []).append(rule)
        return (GatedRules(gate, rules, self._world) for gate, rules in by_gate.items())


def concerned(rule: Rule, world: World) -> bool:
    """Whether a rule has anything to tell of in this world."""
    if rule.frameworks and frameworks_known(world).isdisjoint(rule.frameworks):
        return False
    try:
        return rule.awake is None or rule.awake(world)
    except Exception:  # noqa: BLE001  asked about an object the rule meets the same, and is named with it
        return True


def keys_needed(rule: Rule, kind: str, world: World) -> frozenset[str] | None:
    """Keys of which an object must have one for a rule to be asked; None: it is always asked."""
    try:
        return rule.keys_needed(kind, world)
    except Exception:  # noqa: BLE001  asked about an object the rule meets the same, and is named with it
        return None
