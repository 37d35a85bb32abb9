"""Every rule is whole: module, page, cases, registry; fires where expected, and nowhere else."""

import copy
import re
from contextlib import suppress

import pytest

from lint.rule_cases import CASES, RULES, Case, file_cases, page_cases
from lint.watched import Watched
from proxyless.lint.not_known import NotKnown
from proxyless.lint.rule import Rule
from proxyless.lint.rules import ALL, RETIRED
from proxyless.lint.world import World
from proxyless.model.resource import PODS, Resource

STEMS = sorted(path.stem for path in RULES.glob("px*.py"))
BY_STEM = {f"{rule.code.lower()}_{rule.slug.replace('-', '_')}": rule for rule in ALL}
EVERY = [case for stem in STEMS for case in (*file_cases(stem), *page_cases(stem))]
LONGEST = 280
SECTIONS = ["Summary", "Why", "Flagged", "Clean", "Remedy", "Evidence", "Since"]


def test_registry_holds_every_module_in_order_of_code() -> None:
    assert sorted(BY_STEM) == STEMS
    codes = [rule.code for rule in ALL]
    assert codes == sorted(set(codes))
    assert not set(codes) & set(RETIRED)


@pytest.mark.parametrize("stem", STEMS)
def test_rule_has_page_cases_and_metadata(stem: str) -> None:
    rule = BY_STEM[stem]
    page = (RULES / f"{stem}.md").read_text()
    assert page.startswith(f"# {rule.code} {rule.slug}\n")
    assert re.findall(r"^## (\w+)", page, re.MULTILINE) == SECTIONS
    assert rule.remedy.endswith(".")
    assert rule.summary.endswith(".")
    assert rule.evidence
    flagged = [case for case in file_cases(stem) if case.expected()]
    clean = [case for case in file_cases(stem) if not case.expected()]
    assert flagged, f"no flagged case in {CASES / stem}"
    assert clean, f"no clean case in {CASES / stem}"
    kinds = [bool(case.expected()) for case in page_cases(stem)]
    assert True in kinds
    assert False in kinds


@pytest.mark.parametrize("case", EVERY, ids=lambda case: f"{case.stem}/{case.name}")
def test_case(case: Case) -> None:
    report = case.report(ALL)
    assert not [notice for notice in report.notices if notice.internal]
    mine = [finding for finding in report.findings if finding.code == case.code]
    found = sorted((finding.code, finding.line) for finding in mine)
    assert found == case.expected(), "\n".join(f"{f.line}: {f.message}" for f in mine)
    words = case.words()
    for line, text in case.quoted().items():
        told = [f"{item.message} {item.applies} {item.remedy}" for item in mine if item.line == line]
        assert any(text in whole for whole in told), told
    for finding in mine:
        said = {finding.severity.word, *(["deny"] if finding.deny else []), *(["if"] if finding.applies else [])}
        assert words.get(finding.line, said) == said, f"{finding.line}: {finding.message}"
        assert finding.message.endswith((".", ")"))
        assert finding.remedy.endswith(".")
        assert len(finding.message) <= LONGEST, "too long for a warning of admission, which is cut at 256"


@pytest.mark.parametrize("stem", STEMS)
def test_rule_reads_what_it_declares(stem: str) -> None:
    rule: Rule = BY_STEM[stem]
    asked: set[str] = set()
    for case in (*file_cases(stem), *page_cases(stem)):
        given = case.world()
        before = copy.deepcopy([item.body for item in given.snapshot])
        for subject in given.snapshot:
            if subject.kind in rule.kinds:
                snapshot = Watched(given.snapshot)
                with suppress(NotKnown):
                    list(rule.check(subject, World(snapshot, given.settings)))
                asked |= snapshot.kinds
        assert [item.body for item in given.snapshot] == before, "the rule changed its input"
    assert asked - set(PODS) <= set(rule.reads) | set(rule.kinds)
    assert not (rule.alone and asked), "asks for objects"
    assert set(rule.reads) <= asked, "declares kinds that no case makes it read"


@pytest.mark.parametrize("rule", [rule for rule in ALL if "Pod" in rule.kinds], ids=lambda rule: rule.code)
def test_rule_leaves_pods_of_an_owner_to_the_owner(rule: Rule) -> None:
    stem = next(stem for stem, item in BY_STEM.items() if item is rule)
    for case in file_cases(stem):
        world = case.world()
        for subject in world.snapshot.of_kind("Pod"):
            body = copy.deepcopy(subject.body)
            body["metadata"]["ownerReferences"] = [{"kind": "ReplicaSet", "name": "owner", "controller": True}]
            owned = Resource(subject.ref, body)
            with suppress(NotKnown):
                assert list(rule.check(owned, World(world.snapshot.overlay(owned), world.settings))) == []


@pytest.mark.parametrize("stem", STEMS)
def test_nothing_of_the_scaffold_is_left(stem: str) -> None:
    left = [path.name for suffix in (".py", ".md") if "WRITE" in (path := RULES / f"{stem}{suffix}").read_text()]
    assert left == [], "write what is marked WRITE (make rule)"
