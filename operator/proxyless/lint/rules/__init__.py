"""All rules, by name and in order of code. Codes are for ever: a retired one stays in ``RETIRED`` with the reason.

Modules of rules are imported when they are asked for: importing all of them takes longer than judging a small file.
"""

from collections.abc import Collection
from functools import cache, partial
from importlib import import_module

from proxyless.lint.frameworks import frameworks_known
from proxyless.lint.rule import Gate, Rule, UnreadRule
from proxyless.lint.rules.index import INDEX
from proxyless.lint.select import Selection
from proxyless.lint.world import World
from proxyless.model.resource import Resource
from proxyless.model.snapshot import Snapshot

ALL: tuple[Rule, ...]
"""All rules; imports them when it is first asked for."""
CODES = tuple(f"PX{stem[2:5]}" for stem, *_ in INDEX)
"""The codes of all rules."""
RETIRED: dict[str, str] = {}


def __getattr__(name: str) -> object:
    if name != "ALL":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, tuple(rule(stem) for stem, *_ in INDEX))


@cache
def rule(stem: str) -> Rule:
    """The rule of a module."""
    found: Rule = import_module(f"{__name__}.{stem}").RULE
    return found


def for_objects(
    objects: Collection[Resource] | Snapshot, world: World, selection: Selection
) -> tuple[Rule | UnreadRule, ...]:
    """Rules for a run over some objects: all that may have something to say of one, and one at least for each of their
    kinds that has rules, since an object counts as checked where there is a rule for its kind.
    """
    given = {item.kind for item in objects}
    others = {framework.value for framework in frameworks_known(world)}
    running = [
        (code, *entry)
        for code, entry in zip(CODES, INDEX, strict=True)
        if selection.runs(code) and not given.isdisjoint(entry[1])
    ]
    concerned = [entry for entry in running if not entry[4] or not others.isdisjoint(entry[4])]
    unseen = given.difference(*(kinds for _, _, kinds, *_ in concerned))
    return tuple(
        UnreadRule(code, kinds, frozenset(needs), _gate(gate), partial(rule, stem)) if needs or gate else rule(stem)
        for code, stem, kinds, needs, frameworks, gate in running
        if not frameworks or not others.isdisjoint(frameworks) or not unseen.isdisjoint(kinds)
    )


@cache
def _gate(name: str) -> Gate | None:
    """A gate by its module and name; None for an empty one."""
    module, _, function = name.rpartition(".")
    return getattr(import_module(module), function) if name else None
