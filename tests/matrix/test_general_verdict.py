"""Verdicts that no release decides, and features of a library as a whole."""

import pytest

from proxyless.matrix.query import load
from proxyless.matrix.verdict import Verdict, Where
from proxyless.model.client import Client, Framework, Language, parse_client
from proxyless.model.truth import Truth
from proxyless.model.version import Version

MATRIX = load()


@pytest.mark.parametrize("row", [row for row in MATRIX.rows() if row.features], ids=lambda row: row.id)
def test_the_general_verdict_is_what_some_newest_library_makes_of_it(row: object) -> None:
    field = MATRIX.row(row.id)  # type: ignore[attr-defined]
    seen = set()
    for language in Language:
        known = MATRIX.language(language)
        if known.xds is None or (field.where is Where.SERVER and not known.server):
            continue
        client = Client(Framework.GRPC, language, known.checked)
        (answer,) = MATRIX.judge(
            field,
            istio=MATRIX.istio.checked
            if not field.istio.first or MATRIX.istio.checked in field.istio
            else field.istio.first,
            client=client,
        )
        seen.add(answer.verdict)
    assert field.verdict in seen


def test_every_row_can_be_judged_in_general_for_every_language_and_framework() -> None:
    clients = [
        None,
        *(Client(Framework.GRPC, language) for language in Language),
        Client(Framework.DUBBO),
        parse_client("kitex"),
    ]
    for row in MATRIX.rows():
        for client in clients:
            answers = MATRIX.judge(row, client=client)
            assert answers, row.id
            assert len({answer.applies for answer in answers}) == len(answers), row.id
            assert len(answers) == 1 or all(answer.applies for answer in answers), row.id


def test_support_is_three_valued() -> None:
    assert MATRIX.support("cds.lb_least_request", Language.GO).truth is Truth.UNKNOWN
    assert MATRIX.support("cds.lb_least_request", Language.PYTHON).truth is Truth.NO
    yes = MATRIX.support("cds.lb_least_request", Language.GO, Version(1, 73))
    assert (yes.truth, yes.since, yes.needs) == (Truth.YES, Version(1, 73), ())
    no = MATRIX.support("cds.lb_least_request", Language.GO, Version(1, 60, 1))
    assert (no.truth, no.needs) == (Truth.NO, ("GRPC_EXPERIMENTAL_ENABLE_LEAST_REQUEST",))
    assert MATRIX.support("tls.deprecated_provider_fields", Language.JAVA, Version(1, 74, 0)).truth is Truth.NO
    assert MATRIX.support("tls.deprecated_provider_fields", Language.JAVA, Version(1, 77, 0)).truth is Truth.YES


def test_no_variable_gives_php_tls_from_xds() -> None:
    known = MATRIX.support("tls.client", Language.PHP, None, {"GRPC_XDS_EXPERIMENTAL_SECURITY_SUPPORT": "true"})
    assert (known.truth, known.needs) == (Truth.NO, ())


@pytest.mark.parametrize(("version", "expected"), [("1.65.4", Truth.NO), ("1.65.5", Truth.YES), ("1.85.1", Truth.YES)])
def test_core_takes_tls_credentials_of_the_bootstrap_since_1_65_5(version: str, expected: Truth) -> None:
    known = MATRIX.support("bootstrap.tls_channel_creds", Language.PYTHON, Version.parse(version))
    assert known.truth is expected
    assert known.otherwise is Verdict.BREAKS
