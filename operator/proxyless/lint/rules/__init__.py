"""All rules, by name and in order of code. Codes are for ever: a retired one stays in ``RETIRED`` with the reason.

Modules of rules are imported when they are asked for: importing all of them takes longer than judging a small file.
"""

from collections.abc import Collection
from functools import cache
from importlib import import_module

from proxyless.lint.frameworks import frameworks_known
from proxyless.lint.keys import keys_of
from proxyless.lint.rule import Rule
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
FEW = 500
"""Objects up to which looking for their keys takes less than the import of rules that need others."""


def __getattr__(name: str) -> object:
    if name != "ALL":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, tuple(rule(stem) for stem, *_ in INDEX))


@cache
def rule(stem: str) -> Rule:
    """The rule of a module."""
    found: Rule = import_module(f"{__name__}.{stem}").RULE
    return found


def for_objects(objects: Collection[Resource] | Snapshot, world: World, selection: Selection) -> tuple[Rule, ...]:
    """Rules for a run over some objects: those that the engine would ask about them, and one at least for each of their
    kinds that has rules, since an object counts as checked where there is a rule for its kind.
    """
    keys: dict[str, set[str]] = {}
    few = len(objects) <= FEW
    for item in objects:
        known = keys.setdefault(item.kind, set())
        if few:
            known |= keys_of(item.body)
    others = {framework.value for framework in frameworks_known(world)}
    running = [entry for code, entry in zip(CODES, INDEX, strict=True) if selection.runs(code)]
    chosen = {
        stem: kinds
        for stem, kinds, needs, frameworks in running
        if not (frameworks and others.isdisjoint(frameworks))
        and any(kind in keys and not (few and needs and keys[kind].isdisjoint(needs)) for kind in kinds)
    }
    for kind in keys.keys() - {kind for kinds in chosen.values() for kind in kinds}:
        chosen.update({stem: kinds for stem, kinds, *_ in running if kind in kinds})
    return tuple(rule(stem) for stem, *_ in INDEX if stem in chosen)
