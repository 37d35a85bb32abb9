"""Every rule is whole: module, page, cases, registry; fires where expected, and nowhere else."""

import copy
import re
from contextlib import suppress

import pytest
from lint.rule_cases import CASES, RULES, Case, file_cases, page_cases

from proxyless.lint.rule import NotKnown, Rule
from proxyless.lint.rules import ALL, RETIRED

STEMS = sorted(path.stem for path in RULES.glob("px*.py"))
BY_STEM = {f"{rule.code.lower()}_{rule.slug.replace('-', '_')}": rule for rule in ALL}
EVERY = [case for stem in STEMS for case in (*file_cases(stem), *page_cases(stem))]
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
    for finding in mine:
        said = {finding.severity.word, *(["deny"] if finding.deny else []), *(["if"] if finding.applies else [])}
        assert words.get(finding.line, said) == said, f"{finding.line}: {finding.message}"
        assert finding.message.endswith((".", ")"))
        assert finding.remedy.endswith(".")


@pytest.mark.parametrize("stem", STEMS)
def test_rule_reads_what_it_declares(stem: str) -> None:
    rule: Rule = BY_STEM[stem]
    asked: set[str] = set()
    for case in (*file_cases(stem), *page_cases(stem)):
        world = case.world()
        before = copy.deepcopy([item.body for item in world._snapshot])
        for subject in world._snapshot:
            if subject.kind in rule.kinds:
                with suppress(NotKnown):
                    list(rule.check(subject, world))
        assert [item.body for item in world._snapshot] == before, "the rule changed its input"
        asked |= world.asked
    assert asked <= set(rule.reads) | set(rule.kinds)
    assert set(rule.reads) <= asked, "declares kinds that no case makes it read"
