"""The list of generated files: path and whole text of each, in the order in which they build on each other.

To add one: write a function that returns its text from its source, and name it in :func:`generated`. Committed files
must not depend on the machine, the time or the Python version.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from generate import cited, commands, crds, kinds, manifests, metrics, policies, rule_index, tutorial
from lint import rule_table
from matrix_measured import feature_page
from proxyless.matrix import build, compiled

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
BASE = ROOT / "manifests" / "base"
INDEX = rule_table.INDEX
PAGES: dict[str, Callable[[str], str]] = {
    "rules/index.md": rule_index.page,
    "commands.md": commands.page,
    "kinds.md": kinds.page,
    "failure-modes.md": cited.page,
    "how-to/metrics.md": metrics.page,
    "tutorial.md": tutorial.page,
}
"""Pages of ``docs/`` with generated parts: what makes the page up to date from the page as it is."""


def generated() -> Iterator[tuple[Path, str]]:
    """Path and text of every generated file."""
    yield build.COMPILED, compiled.text(build.compiled())
    yield INDEX, rule_table.text()
    yield from crds.files()
    yield from policies.files()
    for name in manifests.FILES:
        yield BASE / name, manifests.file(name, (BASE / name).read_text(encoding="utf-8"))
    yield feature_page.PAGE, feature_page.text()
    for name, page in PAGES.items():
        yield DOCS / name, page((DOCS / name).read_text(encoding="utf-8"))
