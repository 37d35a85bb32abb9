"""SARIF and GitHub's workflow commands: what their readers demand, from the same findings as the text."""

import json

from proxyless.errors import InputError
from proxyless.model.finding import Report, Severity
from proxyless.model.resource import Origin
from proxyless.report import github, sarif
from report.findings import REPORT, finding


def test_github_annotates_lines() -> None:
    one, two, three = github.annotations(REPORT.findings).splitlines()
    assert one == (
        "::error title=PX301 mirror,file=shop/echo.yaml,line=12,col=5::VirtualService shop/echo: A broken \\x1b[31mword. "
        "Fix: Remove the mirror. (proxyless explain PX301)"
    )
    assert two.startswith("::warning title=PX502 mirror,")
    assert "Applies if a client is Go below 1.56." in two
    assert three.startswith("::notice ")


def test_github_properties_cannot_be_broken_out_of() -> None:
    item = finding(message="100% of calls, a:b", origin=Origin("a,b:c%.yaml", 1, 0))
    line = github.annotations([item])
    assert "file=a%2Cb%3Ac%25.yaml," in line
    assert "100%25 of calls, a:b" in line


def test_sarif_has_results_rules_and_places() -> None:
    (run,) = json.loads(sarif.dumps(REPORT, problems=()))["runs"]
    assert [item["ruleId"] for item in run["results"]] == ["PX301", "PX502", "PX603", "PX503"]
    assert [item["level"] for item in run["results"]] == ["error", "warning", "note", "warning"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["PX301", "PX502", "PX503", "PX603"]
    (location,) = run["results"][0]["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "shop/echo.yaml"},
        "region": {"startLine": 12, "startColumn": 5},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "VirtualService shop/echo spec.mtls.mode"
    assert run["results"][3]["suppressions"] == [{"kind": "inSource", "justification": "for the gateway only"}]
    assert "physicalLocation" not in run["results"][2]["locations"][0], "standard input is no file"


def test_sarif_of_what_cannot_be_read_is_unsuccessful() -> None:
    problem = InputError("bad", where="/a b.yaml", line=3, column=0)
    (run,) = json.loads(sarif.dumps(Report(()), problems=[problem]))["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (told,) = invocation["toolExecutionNotifications"]
    place = told["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "file:///a%20b.yaml"}, "region": {"startLine": 3}}


def test_sarif_of_nothing_is_a_run_without_results() -> None:
    (run,) = json.loads(sarif.dumps(Report(()), problems=()))["runs"]
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True


def test_levels_are_all_known() -> None:
    for level in Severity:
        assert github.annotations([finding(severity=level)])
