"""The condition ProxylessReady: status and reason by what is known, stable where nothing changed."""

from datetime import UTC, datetime, timedelta

import pytest

from proxyless.model.finding import Finding, Notice, Severity
from proxyless.report.condition import condition
from report.findings import INTERNAL, NOTICE, finding

NOW = datetime(2026, 3, 1, 12, 0, 0, 999, tzinfo=UTC)
ERROR = finding("PX301", Severity.ERROR, path="spec.mtls.mode")
WARNING = finding()
UNSURE = finding(applies="a client is Go below 1.56")
BARE = finding("PX130", Severity.ERROR)
INFO = finding("PX603", Severity.INFO, path="spec.action")


@pytest.mark.parametrize(
    ("findings", "notices", "suppressed", "status", "reason"),
    [
        ([], [], [], "True", "Ready"),
        ([INFO], [], [], "True", "Ready"),
        ([], [], [WARNING], "True", "Exempted"),
        ([WARNING], [], [], "False", "FieldsIgnored"),
        ([WARNING, UNSURE], [NOTICE], [ERROR], "False", "FieldsIgnored"),
        ([UNSURE], [], [], "Unknown", "NotDecided"),
        ([UNSURE, ERROR], [INTERNAL], [], "False", "WillNotWork"),
        ([BARE], [], [], "False", "PodsLackAgent"),
        ([BARE, WARNING], [NOTICE], [], "False", "PodsLackAgent"),
        ([BARE, ERROR], [], [], "False", "WillNotWork"),
        ([INFO], [NOTICE], [], "Unknown", "NotChecked"),
        ([], [NOTICE, INTERNAL], [WARNING], "Unknown", "InternalError"),
    ],
)
def test_status_and_reason(
    findings: list[Finding], notices: list[Notice], suppressed: list[Finding], status: str, reason: str
) -> None:
    made = condition(findings, notices, generation=3, now=NOW, suppressed=suppressed)
    assert (made["status"], made["reason"]) == (status, reason)
    assert made["type"] == "ProxylessReady"
    assert made["observedGeneration"] == 3
    assert made["lastTransitionTime"] == "2026-03-01T12:00:00Z"


def test_message_names_codes_and_paths() -> None:
    assert condition([WARNING], generation=1, now=NOW)["message"] == (
        "PX502 spec.http[0].mirror: gRPC clients do not mirror: no request is copied."
    )
    assert condition([WARNING, ERROR], generation=1, now=NOW)["message"] == (
        "2 findings: PX301 spec.mtls.mode, PX502 spec.http[0].mirror. gRPC clients do not mirror: no request is copied."
    )
    assert "PX302 not checked: no Service given" in condition([], [NOTICE], generation=1, now=NOW)["message"]
    excused = [WARNING._replace(excuse="for the gateway only")]
    told = condition([], generation=1, now=NOW, suppressed=excused)["message"]
    assert told == "1 finding excused: PX502 (for the gateway only)."


def test_message_keeps_codes_where_it_is_cut() -> None:
    many = [finding(f"PX{n}", message=f"{n} long " * 60) for n in range(500, 530)]
    message = condition(many, generation=1, now=NOW)["message"]
    assert len(message.encode()) <= 1024
    assert message.startswith("30 findings: PX500 spec.http[0].mirror, PX501")
    assert message.endswith("…")


def test_same_content_gives_the_same_condition() -> None:
    first = condition([WARNING], generation=1, now=NOW)
    later = NOW + timedelta(hours=1)
    assert condition([WARNING], generation=1, now=later, previous=first) == first
    newer = condition([WARNING], generation=2, now=later, previous=first)
    assert newer == {**first, "observedGeneration": 2}, "the status did not change"
    assert condition([], generation=2, now=later, previous=first)["lastTransitionTime"] == "2026-03-01T13:00:00Z"


def test_object_without_generation() -> None:
    assert "observedGeneration" not in condition([], generation=None, now=NOW)


def test_time_is_utc() -> None:
    east = NOW.astimezone(tz=datetime.fromisoformat("2026-01-01T00:00:00+05:00").tzinfo)
    assert condition([], generation=1, now=east)["lastTransitionTime"] == "2026-03-01T12:00:00Z"


def test_what_replaces_the_pods_is_told() -> None:
    made = condition([BARE], generation=1, now=NOW)
    assert made["message"].endswith(BARE.remedy)
    assert BARE.remedy not in condition([BARE, ERROR], generation=1, now=NOW)["message"]
