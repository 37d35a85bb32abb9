"""Which rules are awake in a world, and for which objects: what ``lint.engine`` asks once for many objects. Pure; for ``controller.judge``."""

from collections.abc import Mapping, Sequence

from proxyless.lint.rule import Rule
from proxyless.lint.rules_of_kind import concerned, keys_needed
from proxyless.lint.world import World

Waking = Mapping[str, object]
"""By code: whether the rule is asked at all, and the keys that objects of each of its kinds need."""


def waking(rules: Sequence[Rule], world: World) -> Waking:
    """The state of all rules in a world."""
    return {
        rule.code: concerned(rule, world) and tuple(keys_needed(rule, kind, world) for kind in rule.kinds)
        for rule in rules
    }


def kinds_woken(rules: Sequence[Rule], old: Waking, new: Waking) -> set[str]:
    """Kinds of objects for which a rule is asked that was not, or the other way round."""
    return {kind for rule in rules if old.get(rule.code) != new.get(rule.code) for kind in rule.kinds}
