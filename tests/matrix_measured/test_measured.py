"""The table and what was measured say the same. No cluster needed."""

from dataclasses import replace

import pytest

from matrix_measured import compare, record
from matrix_measured.cases import CASES
from matrix_measured.excused import EXCUSED
from proxyless.matrix.query import load
from proxyless.matrix.verdict import Verdict

MEASURED = record.read()


def test_the_table_says_what_was_measured() -> None:
    different = [str(item) for item in compare.differences(MEASURED)]
    assert not different, "\n".join(different)


def test_a_measurement_that_contradicts_the_table_is_told() -> None:
    wrong = replace(MEASURED[0], verdict=next(item.value for item in Verdict if item.value != MEASURED[0].verdict))
    (found,) = compare.differences([wrong])
    assert MEASURED[0].row in str(found)


def test_what_istiod_sends_fits_a_row_that_only_some_libraries_honor() -> None:
    seen = next(item for item in MEASURED if item.row == "MeshConfig.defaultHttpRetryPolicy")
    assert not list(compare.differences([seen]))
    assert list(compare.differences([replace(seen, verdict=Verdict.IGNORED.value)]))
    dropped = next(item for item in MEASURED if item.row == "MeshConfig.defaultInboundHttpRetryPolicy")
    assert list(compare.differences([replace(dropped, verdict=Verdict.SUPPORTED.value)]))


def test_every_case_names_rows_that_exist() -> None:
    known = {row.id for row in load().rows()}
    assert {row for case in CASES for row in case.rows} <= known


def test_every_row_has_a_case_or_an_excuse() -> None:
    measured = {row for case in CASES for row in case.rows}
    known = {row.id for row in load().rows()}
    assert known - measured - set(EXCUSED) == set()
    assert set(EXCUSED) - known == set()
    assert set(EXCUSED) & measured == set()


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names))


def test_every_measurement_is_of_a_case_and_one_of_its_rows() -> None:
    rows = {case.name: case.rows for case in CASES}
    assert [item for item in MEASURED if item.row not in rows.get(item.case, ())] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_sets_the_field_that_it_is_about(case: compare.Case) -> None:
    """A row that machines can find in an object is found in the case's own."""
    table = load()
    for name in case.rows:
        row = table.row(name)
        found = {
            item.row.id
            for body in compare.objects_of(case)
            if body["kind"] == row.kind
            for item in table.fields(row.kind, body)
        }
        assert name in found or not row.decidable or row.kind == "DialTarget", f"{case.name} has no {name}"
