"""What a run leaves behind: measurements, how far it came, and what it looks at again. No cluster needed."""

from dataclasses import replace
from pathlib import Path

import pytest

from matrix_measured import again, record
from matrix_measured.progress import Progress
from proxyless.matrix.verdict import Verdict

MEASURED = record.read()
ONE = next(item for item in MEASURED if item.case == "vs-cors")


@pytest.mark.parametrize("saw", ["v1 x 3: 'quoted'", "- {a: b}", "null", "line\nbreak", "é ✓ \\", "x" * 3000, "# no"])
def test_what_was_seen_is_read_as_it_was_written(tmp_path: Path, saw: str) -> None:
    file = tmp_path / "measured.yaml"
    record.write([replace(ONE, saw=saw)], file)
    assert record.read(file) == [replace(ONE, saw=saw)]


def test_a_case_and_library_take_one_line(tmp_path: Path) -> None:
    file = tmp_path / "measured.yaml"
    record.write([replace(ONE, saw="several\nlines: " + "long " * 100)], file)
    assert sum(ONE.library in line for line in file.read_text().splitlines()) == 1


def test_a_newer_measurement_replaces_its_own_alone(tmp_path: Path) -> None:
    file = tmp_path / "measured.yaml"
    some = [item for item in MEASURED if item.case == ONE.case]
    record.write(some, file)
    newer = replace(ONE, saw="seen later")
    record.merge([newer], file)
    assert set(record.read(file)) == set(some) - {ONE} | {newer}


def test_measurements_of_a_case_that_is_gone_go_too(tmp_path: Path) -> None:
    file = tmp_path / "measured.yaml"
    record.write([ONE, replace(ONE, case="no-such-case")], file)
    record.merge([], file)
    assert record.read(file) == [ONE]


def test_what_was_not_played_is_counted() -> None:
    assert f"{ONE.case} with {ONE.library}" in record.missing([])
    assert f"{ONE.case} with {ONE.library}" not in record.missing([ONE])


def test_an_interrupted_run_knows_what_is_done(tmp_path: Path) -> None:
    Progress(tmp_path / "run.json").add(["one", "two"])
    assert Progress(tmp_path / "run.json").done == {"one", "two"}


def test_a_run_that_ended_leaves_nothing(tmp_path: Path) -> None:
    begun = Progress(tmp_path / "run.json")
    begun.add(["one"])
    begun.forget()
    assert Progress(tmp_path / "run.json").done == set()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"done": 3}', '{"started": "x", "done": 7}'])
def test_a_broken_note_of_a_run_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    assert Progress(tmp_path / "run.json").done == set()


def test_contradictions_and_late_answers_are_looked_at_again() -> None:
    agreed = next(item for item in MEASURED if item.outcome is Verdict.SUPPORTED)
    wrong = replace(agreed, verdict="rejected")
    late = replace(next(item for item in MEASURED if item.outcome is Verdict.BREAKS), saw="DEADLINE_EXCEEDED: waiting")
    assert again.doubtful([agreed]) == []
    assert again.doubtful([wrong, late]) == [wrong, late]
    assert again.doubtful([late], before=[late]) == []
    assert again.doubtful([wrong], before=[wrong]) == [wrong]
