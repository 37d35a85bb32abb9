"""Generated files are what their sources say, and what cites a page cites one that exists."""

import re

import pytest

from generate import block, cited, tutorial
from generate.files import DOCS, ROOT, generated
from generate.rule_index import SUBJECTS
from proxyless.lint.rules import ALL

HOW = "run `make generate` (python -m generate) and commit the result"


def test_files_are_what_their_sources_say() -> None:
    different = [str(path.relative_to(ROOT)) for path, text in generated() if path.read_text(encoding="utf-8") != text]
    assert different == [], HOW


def test_cited_failure_modes_have_an_entry() -> None:
    entries = set(cited.ENTRY.findall((DOCS / "failure-modes.md").read_text(encoding="utf-8")))
    assert len(entries) > 150
    missing = {
        f"{path.name}: {mode}"
        for path in cited.sources()
        for mode in cited.modes(path.read_text(encoding="utf-8"))
        if mode not in entries
    }
    assert missing == set()


def test_cited_decisions_have_an_entry() -> None:
    entries = set(re.findall(r"^### \d+\. .* \{ #decision-(\d+) \}$", (DOCS / "design.md").read_text(), re.MULTILINE))
    assert entries == {str(number) for number in range(1, len(entries) + 1)}
    found = [(path.name, number) for path in cited.sources() for number in cited.decisions(path.read_text())]
    assert found
    assert [item for item in found if item[1] not in entries] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("failure mode E10", ["E10"]),
        ("failure modes I4, I5 and I6", ["I4", "I5", "I6"]),
        ("failure modes I4 to I6; read", ["I4", "I5", "I6"]),
        ("gRFC A32, failure modes E1 and D7", ["E1", "D7"]),
    ],
)
def test_citations_are_read(text: str, expected: list[str]) -> None:
    assert cited.modes(text) == expected


def test_every_rule_has_a_subject() -> None:
    assert {rule.code[2] for rule in ALL} <= set(SUBJECTS)


def test_every_hand_written_link_between_pages_holds() -> None:
    """As readers of the repository follow it; mkdocs checks the same for the site."""
    pages = [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#\s]+\.md)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not link.startswith("http")
        and not (page.parent / link).exists()
        and link not in ("contributing.md", "changelog.md")  # at the top of the repository, pages of the site
    ]
    assert broken == []


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_block_without_markers_is_told() -> None:
    with pytest.raises(ValueError, match="lacks <!-- x:end -->"):
        block.replaced("a\n<!-- x:begin -->\n", "x", "b")


def test_tutorial_starts_with_findings_and_ends_clean() -> None:
    page = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    counts = [int(number) for number in re.findall(r"^(\d+) findings? ", page, re.MULTILINE)]
    assert counts[1] > 0, "the declared namespace shows what is wrong"
    assert counts[-1] == 0, "the last step is clean"
    assert tutorial.page(page.replace("mode: STRICT", "mode: PERMISSIVE")) != page, "outputs follow the files"
