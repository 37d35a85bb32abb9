"""Every remedy, applied, lints clean: the second example of each rule's page is the first one repaired, and brings nothing that
the first one did not have. And each page names the codes of other tools that say the same, as those tools say them.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest

from lab.parts import binary
from lint.rule_cases import RULES, page_cases
from proxyless.lint.rules import ALL
from proxyless.model.finding import Severity

STEMS = sorted(path.stem for path in RULES.glob("px*.py"))
NOT_SHOWN = {
    "px702_gateway_only_route": {"PX511"},  # the DestinationRule with its subsets is no part of the example
}
"""What a page leaves out, and the finding that its absence brings."""
ANALYZE = re.compile(r"\bIST\d{4}\b")
KIALI = re.compile(r"\bKIA\d{4}\b")
OTHERS = {
    stem: found[1]
    for stem in STEMS
    if (found := re.search(r"^Others say it too: (.*)$", (RULES / f"{stem}.md").read_text(), re.MULTILINE))
}


def found(stem: str, *, flagged: bool) -> set[str]:
    """Codes that make a run fail, of all rules, in one of the two examples of a page."""
    cases = [case for case in page_cases(stem) if bool(case.expected()) is flagged]
    return {item.code for case in cases for item in case.report(ALL).findings if item.severity > Severity.INFO}


@pytest.mark.parametrize("stem", STEMS)
def test_a_repaired_example_brings_nothing(stem: str) -> None:
    assert found(stem, flagged=False) - found(stem, flagged=True) == NOT_SHOWN.get(stem, set())


@pytest.mark.parametrize("stem", STEMS)
def test_a_repaired_example_is_repaired(stem: str) -> None:
    assert stem[:5].upper() not in found(stem, flagged=False)


def analyzed(stem: str, folder: Path, *, flagged: bool) -> set[str]:
    """Codes by which ``istioctl analyze`` tells of one of the two examples of a page."""
    codes = set()
    for case in page_cases(stem):
        if bool(case.expected()) is flagged:
            file = folder / "example.yaml"
            file.write_text(case.text)
            command = [binary("istioctl"), "analyze", "--use-kube=false", "--all-namespaces", "-o", "json", file]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
            codes |= {item["code"] for item in json.loads(done.stdout or "[]")}
    return codes


@pytest.mark.parametrize("stem", [stem for stem, text in OTHERS.items() if ANALYZE.search(text)])
def test_what_istioctl_analyze_says_of_the_example_is_named(stem: str, tmp_path: Path) -> None:
    told = analyzed(stem, tmp_path, flagged=True) - analyzed(stem, tmp_path, flagged=False)
    assert told <= set(ANALYZE.findall(OTHERS[stem]))


def test_most_codes_of_istioctl_analyze_were_seen(tmp_path: Path) -> None:
    stems = [stem for stem, text in OTHERS.items() if ANALYZE.search(text)]
    seen = [stem for stem in stems if analyzed(stem, tmp_path, flagged=True) & set(ANALYZE.findall(OTHERS[stem]))]
    assert len(seen) >= 7, "the others need a cluster, or another object"


def test_pages_name_codes_of_both_tools() -> None:
    assert len(OTHERS) >= 15
    assert any(KIALI.search(text) for text in OTHERS.values())
