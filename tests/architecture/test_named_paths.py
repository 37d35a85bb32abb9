"""Every file that README, CONTRIBUTING, SECURITY and docs/ name exists, as a link or between backquotes."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
PAGES = [
    name for name in FILES if name in {"README.md", "CONTRIBUTING.md", "SECURITY.md"} or re.match(r"docs/.*\.md$", name)
]
PARTS = sorted(entry.name for entry in (ROOT / "operator" / "proxyless").iterdir() if (entry / "__init__.py").is_file())

LINK = re.compile(r"\]\(([^)\s#]+)[^)\s]*\)")
CODE = re.compile(r"`([\w.*/-]+)`")
MADE_BY_THE_SITE = {"contributing.md", "changelog.md"}
"""Pages that mkdocs makes of files at the root (``generate.site``)."""
PLACEHOLDER = re.compile(r"FORMAT|KIND|PART")
"""Words in recipes that stand for a name."""
OF_READERS = {"mtls.yaml", "proxyless.yaml"}
"""Files that a reader writes."""


def named(page: str) -> Iterator[str]:
    """What a page names and does not exist."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in LINK.findall(text):
        if ":" not in target and target not in MADE_BY_THE_SITE and not (ROOT / page).parent.joinpath(target).exists():
            yield target
    for path in CODE.findall(text):
        top = path.partition("/")[0]
        if "/" in path and top in {"operator", "tests", "crds", "manifests", "docs", ".ci"}:
            exists = any(ROOT.glob(path))
        elif "/" in path and top in PARTS:
            exists = any((ROOT / "operator" / "proxyless").glob(path))
        elif "/" not in path and re.fullmatch(r"\w+\.(py|md|toml|yaml)", path) and path not in OF_READERS:
            exists = any(name.rpartition("/")[2] == path for name in FILES)
        else:
            continue
        if not exists:
            yield path


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_names_exists(page: str) -> None:
    assert [path for path in named(page) if not PLACEHOLDER.search(path)] == []


def test_pages_name_many_paths() -> None:
    assert len(PAGES) > 20
    assert "lint" in PARTS


def test_tests_mirror_the_source() -> None:
    """Each part has its folder of tests, and each other folder is in the table of CONTRIBUTING."""
    folders = {name.split("/")[1] for name in FILES if name.startswith("tests/") and name.count("/") > 1}
    table = set(re.findall(r"`tests/(\w+)/", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    assert set(PARTS) <= folders
    assert folders - set(PARTS) <= table
