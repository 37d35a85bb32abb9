"""The feature table under mutation: a row that says the opposite is noticed by something that does not read it.

That is a measurement of a real library (``tests/matrix_measured``), or a rule that has its knowledge of its own. What nothing
would notice stands here with a reason. Rows that only generic rules tell are flipped in ``test_row_coverage``, features in
``test_reversed_features``.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest

from lint.row_objects import with_field
from lint.test_row_coverage import NOT_BY_OBJECT, OTHER_SEVERITY, READ_BY_GENERIC, findings, shown_by_object
from lint.test_row_coverage import _without as without
from matrix_measured import compare, record
from matrix_measured.cases import CASES
from proxyless.lint.field_rows import GENERIC
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.matrix.build import COMPILED
from proxyless.matrix.query import Matrix, load
from proxyless.matrix.rows import FieldRow
from proxyless.matrix.verdict import Verdict
from proxyless.model.finding import Severity

MATRIX = load()
RAW: dict[str, Any] = json.loads(COMPILED.read_bytes())
FINE = (Verdict.SUPPORTED, Verdict.UNKNOWN)
PLAIN = ((MeshSettings(), None, False), (MeshSettings(), None, True))
"""Worlds in which nothing is known of the clients, without and with STRICT."""

_PLAINTEXT = "The row is about connections with mTLS; PX604 tells of plaintext, where the condition never holds."
_VALUE = "The field is honored; the rule is about values that cannot mean what they say."
UNNOTICED = {
    "AuthorizationPolicy.rules.from.source.namespaces": _PLAINTEXT,
    "AuthorizationPolicy.rules.from.source.notNamespaces": _PLAINTEXT,
    "AuthorizationPolicy.rules.from.source.serviceAccounts": _PLAINTEXT,
    "AuthorizationPolicy.rules.from.source.notServiceAccounts": _PLAINTEXT,
    "AuthorizationPolicy.rules.when.key.sourceNamespace": _PLAINTEXT,
    "AuthorizationPolicy.rules.when.key.sourceServiceAccount": _PLAINTEXT,
    "AuthorizationPolicy.rules.to.operation.methods": _VALUE,
    "AuthorizationPolicy.rules.to.operation.notMethods": _VALUE,
    "AuthorizationPolicy.rules.to.operation.hosts": _VALUE,
    "AuthorizationPolicy.rules.to.operation.notHosts": _VALUE,
    "DestinationRule.trafficPolicy.tls.mode.DISABLE": "Plaintext is what it says; PX302 tells of a server that demands mTLS.",
    "HTTPRoute.rules.timeouts.request": _VALUE,
    "HTTPRoute.rules.retry": "PX519 tells of fields inside it.",
    "PeerAuthentication.portLevelMtls": "The row is about the field, PX303 about a key that is no target port.",
}
"""Rows with rules of their own whose flip nothing notices, and why. Measuring one makes its entry needless."""


def _flipped(row: FieldRow) -> Matrix:
    verdict = "ignored" if row.verdict in FINE else "supported"
    new = {"verdict": verdict, "features": [], "clients": []}
    rows = [{**item, **new} if item["id"] == row.id else item for item in RAW["fields"][row.kind]]
    for item in rows:
        if item["id"] == row.id:
            item.pop("before", None)
            item.pop("at_best", None)
    return Matrix({**RAW, "fields": {**RAW["fields"], row.kind: rows}})


@cache
def _measured() -> dict[str, list[tuple[record.Measurement, compare.Case]]]:
    cases = {case.name: case for case in CASES}
    found: dict[str, list[tuple[record.Measurement, compare.Case]]] = defaultdict(list)
    for item in record.read():
        if item.case in cases:
            found[item.row].append((item, cases[item.case]))
    return found


def contradicted(matrix: Matrix, rows: Iterable[FieldRow]) -> bool:
    """Whether a measurement says otherwise than the table."""
    return any(
        {answer.verdict for answer in compare.said(item, case, matrix)} != {item.outcome}
        for row in rows
        for item, case in _measured().get(row.id, ())
    )


def _told(row: FieldRow) -> Severity | None:
    """The worst that rules with knowledge of their own say of a field where nothing is known of the clients."""
    worst: Severity | None = None
    for world in PLAIN:
        before = {(item.code, item.ref, item.path, item.severity) for item in findings(without(row), world)}
        for item in findings(with_field(row), world):
            mine = item.code in row.rules and item.code not in GENERIC
            if mine and (item.code, item.ref, item.path, item.severity) not in before:
                worst = max(worst or item.severity, item.severity)
    return worst


def _agrees(row: FieldRow, told: Severity | None, *, flipped: bool) -> bool:
    """Whether what rules say fits the row, or the row as :func:`_flipped` has it."""
    if (row.verdict in FINE) != flipped:
        return told is None
    severity = Severity.WARNING if flipped else row.severity
    return told is not None and (told is severity or (row.id in OTHER_SEVERITY and not flipped))


SPECIFIC = [row for row in MATRIX.rows() if row.rules and row not in READ_BY_GENERIC]


@pytest.mark.parametrize("row", SPECIFIC, ids=lambda row: row.id)
def test_a_flipped_row_is_noticed(row: FieldRow) -> None:
    if contradicted(_flipped(row), [row]):
        return
    if not shown_by_object(row):
        assert row.id in NOT_BY_OBJECT or row.kind in NOT_BY_OBJECT
        return
    told = _told(row)
    noticed = _agrees(row, told, flipped=False) and not _agrees(row, told, flipped=True)
    assert noticed or row.id in UNNOTICED, f"rules say {told!r}"


@pytest.mark.parametrize("row", [row for row in MATRIX.rows() if row.id in _measured()], ids=lambda row: row.id)
def test_a_measured_row_is_held_by_its_measurements(row: FieldRow) -> None:
    """One that they contradict as it is, is told by the tests of the measurements."""
    assert contradicted(_flipped(row), [row]) or contradicted(MATRIX, [row])


def test_what_is_listed_exists() -> None:
    assert UNNOTICED.keys() <= {row.id for row in SPECIFIC}
