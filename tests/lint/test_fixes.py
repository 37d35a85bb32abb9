"""Every fix of every case of a rule: the finding is gone, no other comes, and a second run changes nothing."""

import re
from collections import Counter
from collections.abc import Sequence

import pytest

from lint.rule_cases import RULES, Case, file_cases, page_cases
from proxyless.adapters.manifests import read_text
from proxyless.adapters.policies import exemptions_from, settings_from
from proxyless.adapters.reading import MeshObjects, Reading
from proxyless.cli.fixing import Fixed, fixed
from proxyless.lint.engine import run
from proxyless.lint.rules import ALL
from proxyless.lint.select import Selection
from proxyless.lint.world import World
from proxyless.model.finding import Report, Severity
from proxyless.model.snapshot import Snapshot

STEMS = {f"{rule.code.lower()}_{rule.slug.replace('-', '_')}": rule for rule in ALL}
CASES = [case for stem in STEMS for case in (*file_cases(stem), *page_cases(stem))]
FIXABLE = [case for case in CASES if STEMS[case.stem].fixes and case.expected()]
SAID = {
    (): "",
    ("safe",): "`proxyless lint --fix` does it.",
    ("unsafe",): "`proxyless lint --fix --unsafe-fixes` does it.",
    (
        "safe",
        "unsafe",
    ): "`proxyless lint --fix` does it where nothing is given up, with `--unsafe-fixes` elsewhere too.",
}


def reading(case: Case, text: str) -> Reading:
    read = read_text(text, case.name)
    assert not read.problems, read.problems
    snapshot = Snapshot(read.resources, complete=case.complete())
    return Reading(snapshot, {case.name: text}, meshes=(MeshObjects(snapshot, snapshot),))


def repaired(case: Case, text: str) -> Fixed:
    """What ``lint --fix --unsafe-fixes`` makes of a case, all rules counting."""

    def judge(read: Reading) -> Sequence[Report]:
        world = World(read.snapshot, settings_from(read.snapshot, case.settings()))
        selection = Selection(exemptions=exemptions_from(read.snapshot))
        return [run(ALL, world, read.snapshot, selection)]

    read = reading(case, text)
    return fixed(read, judge(read), judge, "default", unsafe=True)


@pytest.mark.parametrize("case", FIXABLE, ids=lambda case: f"{case.stem}/{case.name}")
def test_a_fixed_file_lints_clean(case: Case) -> None:
    before = Counter((item.code, item.ref, item.severity) for item in case.report(ALL).findings)
    outcome = repaired(case, case.text)
    assert [item.why for item in outcome.left if not item.why.startswith("it would bring")] == []
    after = Counter((item.code, item.ref, item.severity) for item in outcome.reports[0].findings)
    given_up = {(item.finding.code, item.finding.ref, item.finding.path) for item in outcome.left}
    for item in outcome.reports[0].findings:
        assert item.fix is None or (item.code, item.ref, item.path) in given_up, item
    brought = after - before
    assert {severity for _, _, severity in brought} <= {Severity.INFO}
    assert not brought or any(item.severity > Severity.INFO for item in outcome.done)
    text = outcome.reading.texts[case.name]
    assert bool(outcome.done) == (text != case.text)
    again = repaired(case, text)
    assert again.reading.texts[case.name] == text
    assert not again.done


@pytest.mark.parametrize("stem", [stem for stem, rule in STEMS.items() if rule.fixes])
def test_each_rule_with_a_fix_shows_one_that_is_taken(stem: str) -> None:
    code = STEMS[stem].code
    cases = [case for case in FIXABLE if case.stem == stem]
    assert any(item.code == code for case in cases for item in repaired(case, case.text).done)


@pytest.mark.parametrize("stem", STEMS)
def test_rule_declares_its_fixes_and_its_page_tells(stem: str) -> None:
    rule = STEMS[stem]
    found = {
        "safe" if item.fix.safe else "unsafe"
        for case in CASES
        if case.stem == stem
        for item in case.report(ALL).findings
        if item.code == rule.code and item.fix is not None
    }
    assert tuple(sorted(found)) == rule.fixes
    remedy = re.search(r"^## Remedy\n(.*?)^## ", (RULES / f"{stem}.md").read_text(), re.MULTILINE | re.DOTALL)
    assert remedy is not None
    told = remedy[1].rstrip().rpartition("\n\n")[2].replace("\n", " ")
    assert told == f"Fix: {SAID[rule.fixes]}" if rule.fixes else told.startswith("No fix: "), told
