"""Selects the rules that can apply to objects of one kind. Used by the engine; never runs a rule's check."""

from collections.abc import Iterable, Iterator
from typing import Any

from proxyless.lint.frameworks import frameworks_known
from proxyless.lint.keys import keys_of
from proxyless.lint.rule import Gate, Rule, UnreadRule
from proxyless.lint.world import World

GatedRules = tuple[tuple[Gate | None, tuple[Rule, ...]], ...]
"""Rules by their gates, so that each gate is asked once."""


class RulesOfKind:
    """The rules for one kind, so that an object meets only those that may have something to say of it."""

    def __init__(self, kind: str, rules: Iterable[Rule | UnreadRule], world: World) -> None:
        mine = [rule for rule in rules if kind in rule.kinds]
        self.looked_at = bool(mine)
        """Whether there is a rule for the kind at all."""
        self._world = world
        self._rules = [
            (rule, rule.needs if isinstance(rule, UnreadRule) else _keys(rule, kind, world))
            for rule in mine
            if isinstance(rule, UnreadRule) or _concerned(rule, world)
        ]
        self._keys = frozenset(key for _, keys in self._rules for key in keys or ())
        self._chosen: dict[frozenset[str], GatedRules] = {}

    def for_body(self, body: dict[str, Any]) -> GatedRules:
        """Those whose keys an object has, in order of code. Few sets of keys occur, so each is judged once."""
        present = self._keys.intersection(keys_of(body))
        chosen = self._chosen.get(present)
        if chosen is None:
            chosen = self._chosen[present] = _by_gate(self._with_keys(present))
        return chosen

    def _with_keys(self, present: frozenset[str]) -> Iterator[Rule]:
        for rule, keys in self._rules:
            if keys is not None and present.isdisjoint(keys):
                continue
            if not isinstance(rule, UnreadRule):
                yield rule
            elif _concerned(found := rule.read(), self._world):
                yield found


def _by_gate(rules: Iterable[Rule]) -> GatedRules:
    found: dict[Gate | None, list[Rule]] = {}
    for rule in rules:
        found.setdefault(rule.gate, []).append(rule)
    return tuple((gate, tuple(behind)) for gate, behind in found.items())


def _concerned(rule: Rule, world: World) -> bool:
    """Whether a rule has anything to tell of in this world."""
    if rule.frameworks and frameworks_known(world).isdisjoint(rule.frameworks):
        return False
    try:
        return rule.awake is None or rule.awake(world)
    except Exception:  # noqa: BLE001  asked about an object the rule meets the same, and is named with it
        return True


def _keys(rule: Rule, kind: str, world: World) -> frozenset[str] | None:
    """Keys of which an object must have one for a rule to be asked; None: it is always asked."""
    try:
        return rule.keys_needed(kind, world)
    except Exception:  # noqa: BLE001  asked about an object the rule meets the same, and is named with it
        return None
