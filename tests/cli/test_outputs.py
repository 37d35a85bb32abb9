"""``--output``: every format in one run with the same exit code, files and standard output, and what text sums up."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cli.command import proxyless
from proxyless.cli.outputs import FORMATS
from report.test_json_schema import SCHEMA

MIRROR = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: NAME, namespace: shop}
spec:
  hosts: [NAME]
  http:
  - route: [{destination: {host: NAME}}]
    mirror: {host: next} # for tests
"""
PERMISSIVE = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: PERMISSIVE}}
"""
SERVERS = """\
apiVersion: v1
kind: Pod
metadata:
  name: NAME
  namespace: shop
  annotations: {inject.istio.io/templates: grpc-agent, proxyless.dev/language: go, proxyless.dev/grpc-version: 1.80.0}
spec: {containers: [{name: a, image: "a:1", env: [{name: A, value: "xds:///a:1"}, {name: B, value: "xds:///b:1"}]}]}
"""


def mirrors(*names: str) -> str:
    return "---\n".join(MIRROR.replace("NAME", name) for name in names)


@pytest.mark.parametrize(
    "text", [mirrors("echo"), "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", "", "a: ["]
)
def test_exit_codes_are_alike_in_all_formats(text: str, tmp_path: Path) -> None:
    codes = {name: proxyless("lint", "--output", name, "-", stdin=text, cwd=tmp_path).returncode for name in FORMATS}
    assert len(codes) == 8
    assert len(set(codes.values())) == 1, codes


def test_several_formats_in_one_run(tmp_path: Path) -> None:
    asked = [f"--output={name}=out.{name}" for name in FORMATS if name != "text"]
    done = proxyless("lint", "--output", "text", *asked, "-", stdin=mirrors("echo"), cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == proxyless("lint", "-", stdin=mirrors("echo")).stdout
    for name in FORMATS:
        if name != "text":
            alone = proxyless("lint", "--format", name, "-", stdin=mirrors("echo")).stdout
            assert (tmp_path / f"out.{name}").read_text() == alone


def test_json_fits_the_published_schema(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(mirrors("echo", "echo") + "---\n" + SERVERS.replace("NAME", "cart"))
    for arguments in ((), ("--per-folder",), ("--ignore", "PX5")):
        done = proxyless("lint", "--format", "json", *arguments, ".", cwd=tmp_path)
        Draft202012Validator(SCHEMA).validate(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--output", "sarif", "--output", "json"), "two outputs go to standard output"),
        (("--format", "json", "-o", "text"), "two outputs go to standard output"),
        (("-o", "sarif=a", "-o", "json=a"), "two outputs go to a;"),
        (("-o", "sarif=a", "-o", "json=./b/../a"), "two outputs go to ./b/../a;"),
        (("-o", "xml"), "'xml' is no format; write one of text, json"),
        (("-o", "sarif="), "'sarif=' names no file; write for example sarif=proxyless.sarif"),
        (("-o", "sarif=nowhere/x.sarif"), "nowhere/x.sarif: error: the result cannot be written"),
    ],
)
def test_outputs_that_cannot_be(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = proxyless("lint", *arguments, "-", stdin=mirrors("echo"), cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_text_is_worst_first_with_excerpts_and_one_cause_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(mirrors("one", "two"))
    (tmp_path / "b.yaml").write_text(SERVERS.replace("NAME", "cart") + "---\n" + PERMISSIVE)
    done = proxyless("lint", "a.yaml", "b.yaml", cwd=tmp_path)
    severities = [line.split("  ")[1].split()[0] for line in done.stdout.splitlines() if ".yaml:" in line[:8]]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    assert {"error", "warning"} <= set(severities)
    assert done.stdout.count("PX502 mirror") == 1
    assert "    8 |     mirror: {host: next} # for tests\n      |             ^^^^^^^^^^^^\n" in done.stdout
    assert "    also: a.yaml:17:5  VirtualService shop/two  spec.http[0].mirror\n" in done.stdout


def test_streams_are_one_line_for_each_namespace(tmp_path: Path) -> None:
    pods = [SERVERS.replace("NAME", name) for name in "abcdefg"]
    pods.append(SERVERS.replace("NAME", "other").replace("namespace: shop", "namespace: till"))
    (tmp_path / "a.yaml").write_text("---\n".join(pods))
    only = ("lint", "--select", "PX109", "a.yaml")
    done = proxyless(*only, cwd=tmp_path)
    [line] = [line for line in done.stdout.splitlines() if "namespace shop" in line]
    assert line.startswith("namespace shop  error PX109 several-xds-streams  7 objects: Pod a (a.yaml:")
    assert "and 2 more. Fix: " in line
    assert "Pod till/other" in done.stdout, "one alone is told in full"
    assert proxyless(*only, "-v", cwd=tmp_path).stdout.count("also: a.yaml:") == 6


def test_both_sides_of_a_pair_have_a_place(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        mirrors("one") + "---\n" + MIRROR.replace("name: NAME", "name: two").replace("NAME", "one")
    )
    done = proxyless("lint", "--select", "PX515", "a.yaml", cwd=tmp_path)
    assert "see: VirtualService shop/one (a.yaml:1)" in done.stdout
    printed = proxyless("lint", "--select", "PX515", "--format", "json", "a.yaml", cwd=tmp_path).stdout
    [one] = [item for item in json.loads(printed)["findings"] if item["object"]["name"] == "two"]
    assert one["related"] == [
        {"kind": "VirtualService", "namespace": "shop", "name": "one", "file": "a.yaml", "line": 1}
    ]


def test_groups_and_statistics(tmp_path: Path) -> None:
    text = mirrors("one", "two")
    done = proxyless("lint", "--group-by", "object", "--statistics", "-", stdin=text, cwd=tmp_path)
    assert "VirtualService shop/one: 1 finding\n" in done.stdout
    assert "VirtualService shop/two: 1 finding\n" in done.stdout
    assert done.stdout.endswith("\n     2  warning  PX502  mirror  (2 with a fix)\n")
    assert "\nPX502 mirror: 2 findings" in "\n" + proxyless("lint", "--group-by", "rule", "-", stdin=text).stdout
    assert "\nnamespace shop: 2 findings" in "\n" + proxyless("lint", "--group-by", "namespace", "-", stdin=text).stdout


def test_one_line_says_what_is_left_out(tmp_path: Path) -> None:
    thing = "apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: a}\n"
    (tmp_path / "a.yaml").write_text(f"{thing}---\n{thing}---\n" + mirrors("one"))
    (tmp_path / "values.yaml").write_text("a: 1\n")
    done = proxyless("lint", ".", cwd=tmp_path)
    assert "\nInput: left out 1 foreign document, 2 objects of other kinds.\n" in f"\n{done.stderr}"
