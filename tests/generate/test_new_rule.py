"""The scaffold of a rule, for every hundred of codes."""

import pytest
import yaml

from generate.new_rule import UnusableNameError, files, stem_of
from generate.rule_templates import OBJECTS
from lint.rule_cases import Case
from lint.test_rules import SECTIONS
from proxyless.lint.rule import Rule
from proxyless.lint.rules import ALL


@pytest.mark.parametrize("digit", OBJECTS)
def test_scaffold_is_whole_and_fails_where_it_is_to_be_written(digit: str) -> None:
    stem = stem_of(f"px{digit}_some-thing")
    new = files(stem)
    module, page, flagged, clean = new.values()
    assert [path.name for path in new][:2] == [f"{stem}.py", f"{stem}.md"]
    names: dict[str, object] = {}
    exec(compile(module, stem, "exec"), names)
    rule = names["RULE"]
    assert isinstance(rule, Rule)
    assert f"{rule.code.lower()}_{rule.slug.replace('-', '_')}" == stem
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == SECTIONS
    assert page.count(f"# expect: {rule.code}") == 1
    wrong, right = (Case(stem, "case", text) for text in (flagged, clean))
    assert [len(case.expected()) for case in (wrong, right)] == [1, 0]
    assert yaml.safe_load(flagged)["kind"] == rule.kinds[0]
    for case in (wrong, right):
        report = case.report((rule,))
        assert not report.findings
        assert not report.notices


def test_next_code_is_free() -> None:
    assert stem_of("px5_retry_budget")[:5].upper() not in {rule.code for rule in ALL}
    assert stem_of("PX549-retry-budget") == "px549_retry_budget"


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "expected px"), ("px527", "expected px"), ("px527_", "expected px"), ("px301_x", "PX301 is taken"), ("px0_x", "expected px")],
)  # fmt: skip
def test_unusable_name_is_told(name: str, said: str) -> None:
    with pytest.raises(UnusableNameError, match=said):
        stem_of(name)
