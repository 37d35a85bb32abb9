"""Warnings and rejections: limits of the API server, order, and all that a reader needs."""

from hypothesis import given
from hypothesis import strategies as st

from proxyless.model.finding import Severity
from proxyless.report.admission import denial, warnings
from report.findings import finding


def test_warning_names_code_object_field_consequence_and_remedy() -> None:
    assert warnings([finding()]) == (
        (
            "PX502 VirtualService shop/echo spec.http[0].mirror: gRPC clients do not mirror: no request is copied. "
            "Fix: Remove the mirror."
        ),
    )


def test_a_long_warning_is_told_whole_while_all_fit() -> None:
    [line] = warnings([finding(message="Long. " * 60)])
    assert line.endswith("Long. Fix: Remove the mirror.")


def test_where_not_all_fit_the_worst_are_told_whole_and_the_rest_is_cut() -> None:
    many = [finding(f"PX{number}", message=f"{number} " + "Long. " * 100) for number in range(10)]
    lines = warnings(many)
    assert lines[0].endswith("Fix: Remove the mirror.")
    assert len(lines[-1].encode()) <= 255
    assert lines[-1].endswith("… (proxyless explain PX9)")
    assert sum(len(line.encode()) for line in lines) <= 3800


def test_what_is_said_of_several_places_is_said_once() -> None:
    [line] = warnings([finding(path=f"spec.http[{number}].mirror") for number in range(3)])
    assert line.startswith("PX502 VirtualService shop/echo spec.http[0].mirror and 2 more: gRPC clients do not mirror")


def test_worst_come_first_and_the_rest_is_counted() -> None:
    findings = [
        finding("PX1", Severity.WARNING, applies="x"),
        finding("PX2", Severity.WARNING),
        *[finding("PX3", Severity.INFO, message=f"{number}") for number in range(10)],
        finding("PX4", Severity.ERROR),
        finding("PX5", Severity.ERROR, deny=True),
    ]
    lines = warnings(findings)
    assert [line[:3] for line in lines[:5]] == ["PX5", "PX4", "PX2", "PX1", "PX3"]
    assert len(lines) == 12
    assert lines[-1] == "proxyless: ... and 3 more: run proxyless lint"
    assert len(warnings(findings[:12])) == 12
    assert "more" not in warnings(findings[:12])[-1]
    assert warnings(findings, limit=1) == ("proxyless: ... and 14 more: run proxyless lint",)
    assert warnings([]) == ()


def test_denial_of_one_finding() -> None:
    one = finding(
        "PX301", path="spec.mtls.mode", value="PERMISSIVE", message="gRPC cannot do that.", remedy="Write STRICT."
    )
    assert denial([one]) == (
        "VirtualService shop/echo, spec.mtls.mode is PERMISSIVE: gRPC cannot do that. "
        "Fix: Write STRICT. (PX301; proxyless explain PX301)"
    )


def test_denial_of_several_is_a_list() -> None:
    lines = denial([finding("PX1"), finding("PX2", Severity.ERROR), *[finding("PX3")] * 9]).split("\n")
    assert lines[0] == ""
    assert lines[1].endswith("proxyless explain PX2)")
    assert len(lines) == 10
    assert lines[-1] == "- ... and 3 more: run proxyless lint"


@given(st.text(max_size=400), st.text(max_size=400), st.text(max_size=300))
def test_nothing_that_the_api_server_would_drop(message: str, remedy: str, name: str) -> None:
    for line in (
        *warnings([finding(message=message, remedy=remedy, name=name)] * 30),
        denial([finding(message=message)]),
    ):
        assert line.replace("\n", "").isprintable()
    lines = warnings([finding(message=f"{message}{number}", remedy=remedy, name=name) for number in range(30)])
    assert sum(len(line.encode()) for line in lines) <= 3800
