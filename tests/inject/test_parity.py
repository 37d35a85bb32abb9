"""The parity table is whole, and what it claims is held by cases and tests that exist and say the same."""

import re
from pathlib import Path

import pytest

from inject.golden import CASES, OWN

TABLE = Path(__file__).parent / "parity.md"
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in TABLE.read_text().splitlines()
    if re.match(r"\| \d+ \|", line)
]
VERDICTS = ("equal", "repaired", "different", "not yet")
BY_NAME = {case.name: case for case in CASES}
COMPARED = {case.name for case in OWN if not case.differs}
TESTS = set(
    re.findall(r"def (test_\w+)", "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py")))
)


def test_every_output_has_one_row() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 46))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_row_is_held(row: list[str]) -> None:
    assert len(row) == 5, row
    _, _, verdict, _, held = row
    assert verdict in VERDICTS
    names = re.findall(r"`([a-z0-9_]+)`", held)
    assert names or verdict == "not yet"
    assert not [name for name in names if name not in BY_NAME and name not in TESTS]
    if verdict == "equal" and not all(name in TESTS for name in names):
        assert COMPARED & set(names), "none of its cases is compared with Istio's injector"


def test_every_declared_difference_is_in_the_table() -> None:
    named = set(re.findall(r"`([a-z0-9_]+)`", TABLE.read_text()))
    unnamed = [case.name for case in OWN if case.differs and case.name not in named]
    xds = [name for name in unnamed if "direct" in name]
    empty = [name for name in unnamed if "empty canonical name" in BY_NAME[name].differs]
    assert sorted(unnamed) == sorted({*xds, *empty}), "a repair without a row"
