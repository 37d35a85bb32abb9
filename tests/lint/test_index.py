"""Rules are imported and asked only where they may have something to say: nothing may be lost by that."""

from functools import partial
from pathlib import Path

import pytest

from lint import rule_table
from lint.rule_cases import RULES, Case, file_cases, page_cases
from lint.test_needs import answer
from proxyless.lint.engine import run
from proxyless.lint.keys import keys_of
from proxyless.lint.rule import Hit, Rule, UnreadRule
from proxyless.lint.rules import ALL, CODES, for_objects
from proxyless.lint.rules import rule as rule_of
from proxyless.lint.select import Selection
from proxyless.lint.world import World
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot

STEMS = sorted(path.stem for path in RULES.glob("px*.py"))
CASES = [case for stem in STEMS for case in (*file_cases(stem), *page_cases(stem))]
SHY = [rule for rule in ALL if rule.gate or rule.awake]


def test_index_says_what_the_rules_say() -> None:
    assert Path(rule_table.INDEX).read_text() == rule_table.text(), "run: make generate"
    assert [rule.code for rule in ALL] == list(CODES)
    assert [rule_of(stem) for stem in STEMS] == list(ALL)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.stem}/{case.name}")
def test_rule_has_nothing_to_say_behind_a_closed_gate(case: Case) -> None:
    world = case.world()
    for rule in SHY:
        asleep = rule.awake is not None and not rule.awake(world)
        for subject in world.snapshot:
            if subject.kind in rule.kinds and (asleep or (rule.gate is not None and not rule.gate(subject, world))):
                assert answer(rule, subject, world) == [], f"{rule.code} on {subject.ref}"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.stem}/{case.name}")
def test_few_rules_find_what_all_find(case: Case) -> None:
    world = case.world()
    whole = world.snapshot
    for selection in (Selection(), Selection(("PX5", "PX9")), Selection((), ("PX1",))):
        chosen = for_objects(whole, world, selection)
        assert run(chosen, world, whole, selection) == run(ALL, world, whole, selection)


def test_every_gate_is_open_and_closed_somewhere() -> None:
    seen: dict[str, set[bool]] = {rule.code: set() for rule in SHY}
    for case in CASES:
        world = case.world()
        for rule in SHY:
            if rule.awake is not None:
                seen[rule.code].add(rule.awake(world))
            for subject in world.snapshot:
                if rule.gate is not None and subject.kind in rule.kinds:
                    seen[rule.code].add(rule.gate(subject, world))
    assert {code for code, answers in seen.items() if answers != {True, False}} == set()


def test_a_rule_is_read_once_an_object_has_one_of_its_keys() -> None:
    plain = Resource(Ref("Service", "shop", "plain"), {"spec": {}})
    named = Resource(Ref("Service", "shop", "named"), {"spec": {"clusterIP": "None"}})
    read: list[str] = []
    for items, wanted in (((plain,), []), ((plain, named), ["PX205"])):
        world = World(Snapshot(items))
        rules = [
            item._replace(read=partial(_noted, item, read)) if isinstance(item, UnreadRule) else item
            for item in for_objects(items, world, Selection())
        ]
        assert all("Service" in item.kinds for item in rules)
        assert sum(isinstance(item, UnreadRule) for item in rules) > 2
        run(rules, world, items)
        assert read == wanted


def _noted(item: UnreadRule, read: list[str]) -> Rule:
    read.append(item.code)
    return item.read()


def test_gate_that_fails_leaves_it_to_the_rule() -> None:
    def gate(_: Resource, __: World) -> bool:
        raise RuntimeError

    def check(subject: Resource, _: World) -> list[Hit]:
        return [Hit(("spec",), f"{subject.name} was asked.")]

    item = Resource(Ref("Service", "shop", "cart"), {"spec": {"ports": []}})
    rule = Rule(
        "PX999", "x", "x.", ALL[0].severity, ("Service",), lambda *of: iter(check(*of)), "x.", ("x",), gate=gate
    )
    shut = rule._replace(gate=lambda *_: False)
    snapshot = Snapshot([item])
    assert keys_of(item.body) == {"spec", "ports"}
    asleep = rule._replace(awake=lambda _: False)
    assert [len(run([one], World(snapshot), snapshot).findings) for one in (rule, asleep, shut)] == [1, 0, 0]
