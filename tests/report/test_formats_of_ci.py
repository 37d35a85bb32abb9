"""SARIF, JUnit, GitLab and GitHub: what their readers demand, from the same findings as the text.

Each is read by a library that others read it with, or by the rules of its documentation where there is none.
"""

import json
import re
import string

from hypothesis import given
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase
from sarif_pydantic import Sarif

from proxyless.errors import InputError
from proxyless.model.finding import Finding, Report, Severity
from proxyless.model.fix import put
from proxyless.model.resource import Origin, Ref, Resource
from proxyless.report import github, gitlab, junit, sarif
from proxyless.report.lint_run import LintRun
from report.findings import REPORT, finding

PROBLEM = InputError("bad", where="/a b.yaml", line=3, column=0)
RUN = LintRun(REPORT, problems=(PROBLEM,), files=2, objects=5)
HOSTILE = st.text(alphabet=st.characters(exclude_categories=()), max_size=30) | st.sampled_from(
    [
        "]]>",
        "</failure>",
        "::error::x",
        "\n::error::x",
        "%0A",
        "\ud800",
        "\x00",
        "&lt;",
        '"><script>alert(1)</script>',
        "==",
    ]
)
"""Names and values as a file could hold them."""


def hostile_finding(text: str) -> Finding:
    file = text.encode("utf-8", "replace").decode() or "-"  # a file's name is bytes, so it has no half characters
    return finding(name=text, message=text, value=text, remedy=text, origin=Origin(file, 1, 0))


def sarif_run(run: LintRun) -> dict[str, object]:
    document = sarif.render(run)
    assert Sarif.model_validate_json(document).version == "2.1.0"
    (only,) = json.loads(document)["runs"]
    assert isinstance(only, dict)
    return only


def test_github_annotates_lines_worst_first() -> None:
    report = REPORT._replace(findings=REPORT.findings[::-1])
    one, two, three = github.render(LintRun(report)).splitlines()
    assert one == (
        "::error title=PX301 mirror,file=shop/echo.yaml,line=12,col=5::VirtualService shop/echo: A broken \\x1b[31mword. "
        "Fix: Remove the mirror. (proxyless explain PX301)"
    )
    assert two.startswith("::warning title=PX502 mirror,")
    assert "Applies if a client is Go below 1.56." in two
    assert three.startswith("::notice ")


def test_github_tells_of_input_that_cannot_be_read() -> None:
    told = github.render(
        LintRun(Report(()), problems=(PROBLEM,), remarks=(InputError("twice", where="x.yaml", line=2),))
    )
    assert told == (
        "::error title=proxyless%3A input,file=/a b.yaml,line=3::bad\n"
        "::warning title=proxyless%3A input,file=x.yaml,line=2::twice\n"
    )


def test_github_properties_cannot_be_broken_out_of() -> None:
    item = finding(message="100% of calls, a:b", origin=Origin("a,b:c%.yaml", 1, 0))
    line = github.render(LintRun(Report((item,))))
    assert "file=a%2Cb%3Ac%25.yaml," in line
    assert "100%25 of calls, a:b" in line


@given(HOSTILE)
def test_github_says_one_command_whatever_names_hold(text: str) -> None:
    told = github.render(LintRun(Report((hostile_finding(text),))))
    (line,) = told.splitlines()
    command = re.fullmatch(r"::(warning) ([^:]*)::(.*)", line)
    assert command is not None
    assert [pair.partition("=")[0] for pair in command[2].split(",")] == ["title", "file", "line", "col"]


def test_sarif_has_results_rules_and_places() -> None:
    page = "# PX301 mirror\n\n## Summary\nA mirror is *not* sent.\n"
    run = sarif_run(LintRun(REPORT, pages={"PX301": page}))
    results, rules = run["results"], run["tool"]["driver"]["rules"]  # type: ignore[index]
    assert isinstance(results, list)
    assert [item["ruleId"] for item in results] == ["PX301", "PX502", "PX603", "PX503"]
    assert [rules[item["ruleIndex"]]["id"] for item in results] == ["PX301", "PX502", "PX603", "PX503"]
    assert [item["level"] for item in results] == ["error", "warning", "note", "warning"]
    assert [rule["id"] for rule in rules] == ["PX301", "PX502", "PX503", "PX603"]
    assert rules[0]["help"] == {"text": "proxyless explain PX301", "markdown": page}
    assert rules[0]["fullDescription"] == {"text": "A mirror is *not* sent."}
    (location,) = results[0]["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "shop/echo.yaml"},
        "region": {"startLine": 12, "startColumn": 5},
    }
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "VirtualService shop/echo spec.mtls.mode"
    assert results[3]["suppressions"] == [{"kind": "inSource", "justification": "for the gateway only"}]
    assert "physicalLocation" not in results[2]["locations"][0], "standard input is no file"


def test_sarif_names_the_other_side_of_a_pair() -> None:
    def place(_: Finding, ref: Ref) -> Origin | None:
        return Origin("shop/service.yaml", 7, 0) if ref.kind == "Service" else None

    results = sarif_run(LintRun(REPORT, places=place))["results"]
    (related,) = results[0]["relatedLocations"]  # type: ignore[index]
    assert related["message"] == {"text": "Service shop/echo"}
    assert related["physicalLocation"] == {
        "artifactLocation": {"uri": "shop/service.yaml"},
        "region": {"startLine": 7},
    }


def test_sarif_carries_a_fix_as_replaced_lines() -> None:
    text = "kind: VirtualService\nspec:\n  # why\n  mode: PERMISSIVE # x\nend: 1\n"
    body = {"kind": "VirtualService", "spec": {"mode": "PERMISSIVE"}, "end": 1}
    origin = Origin("a.yaml", 1, 0)
    item = finding(path="spec.mode", origin=origin)._replace(fix=put(("spec", "mode"), "STRICT", safe=True))
    run = LintRun(Report((item,)), texts={"a.yaml": text}, subjects=lambda found: Resource(found.ref, body, origin))
    (result,) = sarif_run(run)["results"]  # type: ignore[misc, attr-defined]
    (change,) = result["fixes"][0]["artifactChanges"]
    (replaced,) = change["replacements"]
    assert change["artifactLocation"] == {"uri": "a.yaml"}
    assert replaced == {
        "deletedRegion": {"startLine": 4, "startColumn": 1, "endLine": 5, "endColumn": 1},
        "insertedContent": {"text": "  mode: STRICT # x\n"},
    }


def test_sarif_fingerprints_tell_results_apart_and_stay() -> None:
    twice = (finding(path="spec.http[0].mirror"), finding(path="spec.http[1].mirror"))

    def prints(findings: tuple[Finding, ...]) -> list[str]:
        results = sarif_run(LintRun(Report(findings)))["results"]
        return [item["partialFingerprints"]["proxyless/v1"] for item in results]  # type: ignore[attr-defined]

    first, second = prints(twice)
    assert first != second
    assert prints((finding(path="spec.http[4].mirror", origin=Origin("moved.yaml", 99, 3)),)) == [first]


def test_sarif_of_what_cannot_be_read_is_unsuccessful() -> None:
    (invocation,) = sarif_run(LintRun(Report(()), problems=(PROBLEM,)))["invocations"]  # type: ignore[misc, attr-defined]
    assert invocation["executionSuccessful"] is False
    (told,) = invocation["toolExecutionNotifications"]
    place = told["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "file:///a%20b.yaml"}, "region": {"startLine": 3}}


def test_sarif_of_nothing_is_a_run_without_results() -> None:
    run = sarif_run(LintRun(Report(())))
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True  # type: ignore[index]


@given(HOSTILE)
def test_sarif_is_read_whatever_names_hold(text: str) -> None:
    (result,) = sarif_run(LintRun(Report((hostile_finding(text),))))["results"]  # type: ignore[misc, attr-defined]
    assert result["message"]["text"].isprintable()


def junit_cases(run: LintRun) -> list[TestCase]:
    document = JUnitXml.fromstring(junit.render(run).encode())
    (suite,) = document
    cases = list(suite)
    assert document.tests == len(cases)
    assert document.failures == sum(isinstance(item, Failure) for case in cases for item in case.result)
    assert document.errors == sum(isinstance(item, Error) for case in cases for item in case.result)
    assert document.skipped == sum(isinstance(item, Skipped) for case in cases for item in case.result)
    return cases


def test_junit_fails_where_the_run_fails() -> None:
    error, warning, info, excused, unread, defect = junit_cases(RUN)
    assert error.name == "PX301 mirror: VirtualService shop/echo spec.mtls.mode"
    assert error.classname == "shop/echo.yaml"
    (failure,) = error.result
    assert isinstance(failure, Failure)
    assert failure.type == "error"
    assert "shop/echo.yaml:12:5\n" in str(failure.text)
    assert isinstance(warning.result[0], Failure)
    assert info.is_passed
    assert "PX603" in str(info.system_out)
    assert isinstance(excused.result[0], Skipped)
    assert isinstance(unread.result[0], Error)
    assert isinstance(defect.result[0], Error)


def test_junit_follows_the_threshold() -> None:
    cases = junit_cases(RUN._replace(fail_on=Severity.ERROR))
    assert sum(isinstance(item, Failure) for case in cases for item in case.result) == 1


def test_junit_of_nothing_is_one_passed_test() -> None:
    (case,) = junit_cases(LintRun(Report(())))
    assert case.is_passed


@given(HOSTILE)
def test_junit_is_one_case_whatever_names_hold(text: str) -> None:
    (case,) = junit_cases(LintRun(Report((hostile_finding(text),))))
    (failure,) = case.result
    assert isinstance(failure, Failure)
    assert set(str(case.classname)) <= set(string.printable) or str(case.classname).isprintable()


GITLAB_SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


def gitlab_items(run: LintRun) -> list[dict[str, object]]:
    """The report, held to what GitLab's documentation demands of each entry."""
    items: list[dict[str, object]] = json.loads(gitlab.render(run))
    for item in items:
        assert set(item) == {"check_name", "description", "fingerprint", "severity", "location"}
        assert item["severity"] in GITLAB_SEVERITIES
        location = item["location"]
        assert isinstance(location, dict)
        assert isinstance(location["lines"]["begin"], int)
        assert location["lines"]["begin"] > 0
        assert not location["path"].startswith("./")
    assert len({item["fingerprint"] for item in items}) == len(items)
    return items


def test_gitlab_has_an_entry_for_each_finding_and_problem() -> None:
    items = gitlab_items(RUN)
    assert [item["severity"] for item in items] == ["critical", "major", "info", "blocker"]
    assert items[0]["location"] == {"path": "shop/echo.yaml", "lines": {"begin": 12}}


def test_gitlab_keeps_equal_findings_apart() -> None:
    assert len(gitlab_items(LintRun(Report((finding(), finding(), finding(origin=None)))))) == 3


@given(HOSTILE)
def test_gitlab_is_read_whatever_names_hold(text: str) -> None:
    assert len(gitlab_items(LintRun(Report((hostile_finding(text),))))) == 1


def test_levels_are_all_known() -> None:
    for level in Severity:
        run = LintRun(Report((finding(severity=level),)))
        for module in (github, gitlab, junit, sarif):
            assert module.render(run)
