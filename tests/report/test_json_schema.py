"""The published schema of the JSON report: what is printed fits it, and no key is missing in it."""

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from jsonschema import Draft202012Validator

from proxyless.errors import InputError
from proxyless.model.finding import Report
from proxyless.report import json_v1
from proxyless.report.lint_run import LintRun
from report.findings import REPORT
from report.test_formats_of_ci import HOSTILE, hostile_finding

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/lint-v1.schema.json").read_text())
COUNTS: dict[str, Any] = {
    "built": {"kustomizations": 1, "charts": 0},
    "left_out": {"charts": 0, "kustomizations": 0, "templates": 2, "foreign": 0, "excluded": 0},
    "meshes": 1,
    "copies": 0,
}


def check(run: LintRun) -> None:
    Draft202012Validator(SCHEMA).validate(json.loads(json_v1.render(run._replace(read=COUNTS))))


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_a_report_fits() -> None:
    problems = (InputError("bad", where="x.yaml", line=2, column=1),)
    check(LintRun(REPORT, problems=problems, remarks=problems, files=2, objects=5, ignored=1))
    check(LintRun(Report(())))


@given(HOSTILE)
def test_a_report_fits_whatever_names_hold(text: str) -> None:
    check(LintRun(Report((hostile_finding(text),))))
