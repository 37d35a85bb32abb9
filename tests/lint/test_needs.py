"""The engine passes rules by where none of the keys that they need is in an object: nothing may be lost by that."""

import pytest

from lint.rule_cases import RULES, Case, file_cases, page_cases
from proxyless.lint.engine import run
from proxyless.lint.frameworks import frameworks_known
from proxyless.lint.keys import keys_of
from proxyless.lint.not_known import NotKnown
from proxyless.lint.rule import Hit, Rule
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.model.resource import Ref, Resource
from proxyless.model.snapshot import Snapshot

STEMS = sorted(path.stem for path in RULES.glob("px*.py"))
CASES = [case for stem in STEMS for case in (*file_cases(stem), *page_cases(stem))]
PICKY = [rule for rule in ALL if rule.needs]


def answer(rule: Rule, subject: Resource, world: World) -> list[Hit | str]:
    """What a rule yields, and what it raises after that."""
    said: list[Hit | str] = []
    try:
        said.extend(rule.check(subject, world))
    except NotKnown as missing:
        said.append(str(missing))
    return said


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.stem}/{case.name}")
def test_rule_has_nothing_to_say_where_its_keys_are_absent(case: Case) -> None:
    world = case.world()
    for subject in world.snapshot:
        keys = keys_of(subject.body)
        for rule in PICKY:
            if subject.kind not in rule.kinds:
                continue
            needed = rule.keys_needed(subject.kind, world)
            if needed is not None and keys.isdisjoint(needed):
                assert answer(rule, subject, world) == [], f"{rule.code} on {subject.ref}, which has none of its keys"


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.stem}/{case.name}")
def test_rule_has_nothing_to_say_without_its_frameworks(case: Case) -> None:
    world = case.world()
    for subject in world.snapshot:
        for rule in ALL:
            if subject.kind in rule.kinds and rule.frameworks and frameworks_known(world).isdisjoint(rule.frameworks):
                assert answer(rule, subject, world) == [], f"{rule.code} on {subject.ref}"


def test_every_needed_key_is_met_in_some_case() -> None:
    """A key with a typing mistake would silence its rule for good."""
    met: dict[str, set[str]] = {}
    for case in CASES:
        for subject in case.world().snapshot:
            met.setdefault(subject.kind, set()).update(keys_of(subject.body))
    for rule in PICKY:
        if callable(rule.needs):  # rows of the table, whose paths other tests hold against Istio's schema
            continue
        known = set().union(*(met.get(kind, set()) for kind in rule.kinds))
        assert set(rule.needs) <= known, rule.code


def test_rule_without_its_keys_is_not_asked() -> None:
    asked: list[Ref] = []

    def check(subject: Resource, world: World) -> list[Hit]:
        del world
        asked.append(subject.ref)
        return [Hit(("spec",), "found.")]

    plain = Resource(Ref("Service", "shop", "plain"), {"spec": {"ports": [{"port": 1}]}})
    deep = Resource(Ref("Service", "shop", "deep"), {"spec": {"ports": [{"port": 1, "wanted": None}]}})
    rule = Rule(
        "PX999", "x", "x.", ALL[0].severity, ("Service",), lambda *of: iter(check(*of)), "x.", ("x",), (), ("wanted",)
    )
    snapshot = Snapshot([plain, deep])
    found = run([rule], World(snapshot), snapshot)
    assert asked == [deep.ref]
    assert [item.ref for item in found.findings] == [deep.ref]
    assert found.checked == len(snapshot)


def test_keys_of_an_object_that_holds_itself() -> None:
    body: dict[str, object] = {"spec": {"a": [1, {"b": "c"}]}}
    body["again"] = [body, body]
    assert keys_of(body) == {"spec", "a", "b", "again"}
