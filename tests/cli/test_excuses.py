"""Excuses in comments, files, annotations and policies, and what is told of those that excuse nothing."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cli.command import proxyless
from proxyless.lint.excuse_texts import excuse_texts
from proxyless.yamltext.comments import IgnoreComment, ignore_comments

HEAD = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: echo, namespace: shopANNOTATIONS}
spec:
  hosts: [echo]
  http:
  - route: [{destination: {host: echo}}]
"""
MIRROR = "    mirror: {host: next}"


def lint(text: str, *arguments: str, cwd: Path | None = None) -> dict[str, list[tuple[str, str, int, str]]]:
    """Code, severity, line and message or reason of what is found and of what is excused."""
    done = proxyless("lint", "--format", "json", *arguments, "-", stdin=text, cwd=cwd)
    values = json.loads(done.stdout)
    return {
        "findings": sorted((i["code"], i["severity"], i["line"], i["message"]) for i in values["findings"]),
        "suppressed": [(i["code"], i["severity"], i["line"], i["reason"]) for i in values["suppressed"]],
    }


def manifest(end: str = MIRROR, annotation: str = "") -> str:
    said = f', annotations: {{proxyless.dev/ignore: "{annotation}"}}' if annotation else ""
    return HEAD.replace("ANNOTATIONS", said) + end + "\n"


def test_comment_behind_a_field_and_above_it() -> None:
    reason = "PX502=the gateway reads it until 2099-01-01"
    for end, line in (
        (f"{MIRROR} # proxyless: ignore {reason}", 8),
        (f"    # proxyless: ignore {reason}\n    # and more\n{MIRROR}", 10),
    ):
        assert lint(manifest(end)) == {
            "findings": [],
            "suppressed": [("PX502", "warning", line, "the gateway reads it until 2099-01-01")],
        }


def test_comment_about_another_line_or_code_excuses_nothing() -> None:
    found = lint("# proxyless: ignore PX502=not here\n" + manifest())["findings"]
    assert [item[:3] for item in found] == [("PX292", "info", 1), ("PX502", "warning", 9)]
    found = lint(manifest(f"{MIRROR} # proxyless: ignore PX503=wrong"))["findings"]
    assert [item[:3] for item in found] == [("PX292", "info", 8), ("PX502", "warning", 8)]


def test_comment_about_the_whole_file() -> None:
    found = lint("# proxyless: ignore-file PX502=all of it; PX504=needless\n" + manifest())
    assert [item[:3] for item in found["findings"]] == [("PX292", "info", 1)]
    assert "The excuse of PX504 excuses nothing" in found["findings"][0][3]
    assert [item[0] for item in found["suppressed"]] == ["PX502"]


def test_unknown_reasonless_and_ended_ones_are_found() -> None:
    said = {
        "PX502": "gives no reason, so it does not count",
        "": "nothing follows it",
        "PX777=why": "PX777 is the code of no rule.",
        "PX502=why until 2020-01-01": "ended on 2020-01-01: why until 2020-01-01.",
        "PX502=why until tomorrow": "ends at 'tomorrow', which is no date",
        "the mirror is fine": "names no rule: the mirror is fine",
    }
    for text, told in said.items():
        found = lint(manifest(f"{MIRROR} # proxyless: ignore {text}"))["findings"]
        assert [item[:3] for item in found] == [("PX292", "warning", 8), ("PX502", "warning", 8)], text
        assert told in found[0][3]


def test_annotations_that_excuse_nothing_are_found() -> None:
    assert lint(manifest(annotation="PX502=why"))["findings"] == []
    for annotation, severity, told in (
        ("PX502=why; PX504=why", "info", "PX504 excuses nothing"),
        ("PX502=why; PX777=why", "warning", "PX777 is the code of no rule"),
        ("PX502=why; PX504=why until 2020-01-01", "warning", "PX504 ended on 2020-01-01"),
        ("PX502=why; PX504", "warning", "PX504 gives no reason"),
    ):
        (found,) = lint(manifest(annotation=annotation))["findings"]
        assert found[:3] == ("PX292", severity, 3)
        assert told in found[3]


def test_excuse_of_what_was_not_run_is_no_finding() -> None:
    assert lint(manifest(annotation="PX504=why"), "--select", "PX502,PX292")["findings"][0][0] == "PX502"
    assert len(lint(manifest(annotation="PX504=why"), "--select", "PX502,PX292")["findings"]) == 1


def test_exceptions_of_policies() -> None:
    policy = """\
---
apiVersion: proxyless.dev/v1alpha1
kind: ProxylessPolicy
metadata: {name: accepted, namespace: shop}
spec:
  exceptions:
  - {rule: PX502, reason: the gateway reads it}
  - {rule: PX504, reason: nobody needs this one}
  - {rule: PX505, reason: it was needed once, expires: "2020-01-01T00:00:00Z"}
"""
    found = lint(manifest() + policy)
    assert [item[0] for item in found["suppressed"]] == ["PX502"]
    assert [(item[1], item[2]) for item in found["findings"]] == [("info", 16), ("warning", 17)]
    assert [item[0] for item in found["findings"]] == ["PX292", "PX292"]


def test_suppressions_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(manifest())
    (tmp_path / "proxyless.yaml").write_text(
        "suppressions:\n"
        "- {code: PX502, reason: fine, paths: 'a*', object: VirtualService shop/echo, expires: 2099-01-01}\n"
        "- {code: PX502, reason: needless, paths: b.yaml}\n"
        "- {code: PX504, reason: late, expires: 2020-01-01}\n"
    )
    done = proxyless("lint", "--format", "json", "a.yaml", cwd=tmp_path)
    values = json.loads(done.stdout)
    assert [item["reason"] for item in values["suppressed"]] == ["fine until 2099-01-01"]
    assert [(item["severity"], item["file"], item["line"]) for item in values["findings"]] == [
        ("info", "proxyless.yaml", 3),
        ("warning", "proxyless.yaml", 4),
    ]


def test_excused_findings_are_not_fixed(tmp_path: Path) -> None:
    text = manifest(f"{MIRROR} # proxyless: ignore PX502=fine")
    (tmp_path / "a.yaml").write_text(text)
    proxyless("lint", "--fix", "--unsafe-fixes", "a.yaml", cwd=tmp_path)
    assert (tmp_path / "a.yaml").read_text() == text


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    for entry in excuse_texts(text):
        assert entry.code or entry.why_not
    for comment in ignore_comments(f"a: 1 # proxyless: ignore {text}\nb: 2"):
        assert isinstance(comment, IgnoreComment)
        assert comment.line >= 1
