"""``proxyless lint`` as its user meets it: exit codes, streams, formats, selection, our own kinds, what is imported."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.command import proxyless
from cli.small_objects import CLEAN, MIRROR
from proxyless.adapters.files import read_paths
from proxyless.cli.lint import own_kinds
from proxyless.lint.mesh_settings import MeshSettings
from proxyless.model.version import Version

PERMISSIVE = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: PERMISSIVE}}
"""
PIPES: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
ALL = ("lint", "--assume-proxyless", "--client", "go=1.66.3")


def codes(output: str) -> list[str]:
    return [item["code"] for item in json.loads(output)["findings"]]


def test_findings(tmp_path: Path) -> None:
    (tmp_path / "vs.yaml").write_text(CLEAN + "---\n" + MIRROR)
    done = proxyless("lint", "vs.yaml", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith(
        "vs.yaml:13:5  warning PX502 mirror\n    VirtualService shop/echo  spec.http[0].mirror = "
    )
    assert "\x1b" not in done.stdout
    assert "1 finding (1 warning) in 2 objects of 1 file" in done.stderr


def test_clean(tmp_path: Path) -> None:
    (tmp_path / "ns.yaml").write_text(CLEAN)
    done = proxyless("lint", ".", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "0 findings in 1 object of 1 file, 0 checked.\n"


def test_standard_input_and_json() -> None:
    done = proxyless("lint", "--format", "json", "-", stdin=MIRROR)
    assert done.returncode == 1
    values = json.loads(done.stdout)
    [finding] = values["findings"]
    assert (finding["code"], finding["file"], finding["line"], finding["column"]) == ("PX502", "-", 9, 5)
    assert (finding["path"], finding["object"]["name"]) == ("spec.http[0].mirror", "echo")
    assert values["summary"]["objects"] == 1
    assert proxyless("lint", "--format", "json", "-", stdin=MIRROR).stdout == done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("lint",),
        ("lint", "--frmat", "x", "."),
        ("lint", "--istio", "newest", "-"),
        ("lint", "--client", "cobol=1", "-"),
        ("lint", "--select", "PX9999", "-"),
        ("lint", "--ignore", ",", "-"),
        ("lint", "nowhere.yaml"),
        ("lnt", "."),
        ("explain",),
        ("explain", "PX5O2"),
        ("rules", "PXX"),
        ("matrix", "--kind", "VirtualServices"),
        ("run",),
        ("run", "sidecar"),
    ],
)
def test_usage(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = proxyless(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert len(done.stderr) > 40


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a: [\n", "-:2:1: error: did not find expected node content"),
        (b"just text", "-:1: error: not a Kubernetes object"),
        (b"kind: \xff", "-:1:7: error: not UTF-8 text"),
        (b"kind: {{ .Values.kind }}", "helm template"),
    ],
)
def test_unreadable_input_wins_over_findings(text: bytes, said: str) -> None:
    done = proxyless("lint", "-", stdin=text)
    assert done.returncode == 2
    assert said in done.stderr
    done = proxyless("lint", "--format", "json", "-", stdin=MIRROR.encode() + b"---\na: [\n")
    assert done.returncode == 2
    assert codes(done.stdout) == ["PX502"], "the readable document is still checked"
    assert json.loads(done.stdout)["problems"][0]["line"] == 12


def test_nothing_read(tmp_path: Path) -> None:
    for done in (proxyless("lint", "-"), proxyless("lint", str(tmp_path)), proxyless("lint", "-", stdin="---\n# x\n")):
        assert done.returncode == 3
        assert "nothing was read" in done.stderr


def test_defect_of_ours_is_told_and_the_other_rules_run() -> None:
    script = (
        "import sys\n"
        "from proxyless.cli import lint, main\n"
        "from proxyless.lint.rules import rule\n"
        "def broken(subject, world):\n"
        "    raise KeyError('oops')\n"
        # with needs, an object without a redirect never meets it
        "breaks = rule('px501_redirect')._replace(check=broken, needs=(), gate=None)\n"
        "chosen = lint.for_objects\n"
        "lint.for_objects = lambda *given: (*chosen(*given), breaks)\n"
        "sys.exit(main.main(['lint', '-']))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], input=MIRROR, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "internal error: PX501 VirtualService shop/echo rule PX501 failed" in done.stderr
    assert "PX502" in done.stdout


def test_crash_is_four_without_a_traceback() -> None:
    script = (
        "import sys\nfrom proxyless.cli import main, version\n"
        "def run(parser, argv):\n    raise ZeroDivisionError('x')\n"
        "version.run = run\nsys.exit(main.main(['version']))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "internal error: ZeroDivisionError: x" in done.stderr
    assert "Traceback" not in done.stderr
    told = {**os.environ, "PROXYLESS_TRACEBACK": "1"}
    assert (
        "Traceback"
        in subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=told).stderr
    )


def test_threshold() -> None:
    assert proxyless("lint", "--fail-on", "warning", "-", stdin=MIRROR).returncode == 1
    assert proxyless("lint", "-", stdin=MIRROR).returncode == 1
    done = proxyless("lint", "--fail-on", "error", "-", stdin=MIRROR)
    assert done.returncode == 0
    assert "PX502" in done.stdout, "below the threshold is still shown"


def test_informations_alone_are_summed_up_and_do_not_fail() -> None:
    pod = """\
apiVersion: v1
kind: Pod
metadata:
  name: cart
  namespace: shop
  annotations: {inject.istio.io/templates: grpc-agent, proxyless.dev/language: java}
spec: {containers: [{name: cart, image: "cart:1"}]}
"""
    only = ("lint", "--select", "PX124")
    done = proxyless(*only, "-", stdin=pod)
    assert done.returncode == 0
    assert done.stdout == "1 info not shown, nothing breaks: PX124 (1); -v shows it.\n"
    assert "info PX124" in proxyless(*only, "-v", "-", stdin=pod).stdout
    strict = proxyless(*only, "--fail-on", "info", "-", stdin=pod)
    assert strict.returncode == 1
    assert "info PX124" in strict.stdout, "what fails a run is told in full"


def test_selection() -> None:
    both = MIRROR + "---\n" + PERMISSIVE
    every = codes(proxyless(*ALL, "--format", "json", "-", stdin=both).stdout)
    assert {"PX301", "PX502"} <= set(every)
    assert codes(proxyless(*ALL, "--format", "json", "--select", "px3", "-", stdin=both).stdout) == ["PX301"]
    left = codes(proxyless(*ALL, "--format", "json", "--ignore", "PX3,PX502", "-", stdin=both).stdout)
    assert not {"PX301", "PX502"} & set(left)


def test_excused_findings_are_shown_on_request() -> None:
    excused = MIRROR.replace("namespace: shop}", 'namespace: shop, annotations: {proxyless.dev/ignore: "PX502=known"}}')
    done = proxyless("lint", "-", stdin=excused)
    assert (done.returncode, done.stdout) == (0, "")
    assert "1 excused" in done.stderr
    assert "warning PX502 mirror (excused: known)" in proxyless("lint", "--show-suppressed", "-", stdin=excused).stdout


def test_notices_are_shown_on_request() -> None:
    done = proxyless(*ALL, "--notices", "-", stdin=PERMISSIVE + "---\n" + MIRROR)
    quiet = proxyless(*ALL, "-", stdin=PERMISSIVE + "---\n" + MIRROR)
    assert done.stdout.startswith(quiet.stdout)
    notices = done.stdout.removeprefix(quiet.stdout)
    assert ("not checked" in notices) == ("not decided" in quiet.stderr)


def test_namespace_of_objects_that_name_none() -> None:
    text = MIRROR.replace(", namespace: shop", "")
    assert "VirtualService default/echo" in proxyless("lint", "-", stdin=text).stdout
    assert "VirtualService pay/echo" in proxyless("lint", "-n", "pay", "-", stdin=text).stdout


POLICY = """\
---
apiVersion: proxyless.dev/v1alpha1
kind: ProxylessPolicy
metadata: {name: shop, namespace: shop}
spec:
  exceptions:
  - {rule: PX502, reason: known and accepted, expires: "%s"}
"""


def test_policies_in_the_files_count() -> None:
    assert proxyless("lint", "-", stdin=MIRROR + POLICY % "2999-01-01T00:00:00Z").returncode == 0
    assert proxyless("lint", "-", stdin=MIRROR + POLICY % "2001-01-01T00:00:00Z").returncode == 1, "expired"


def test_policy_that_cannot_be_used_is_a_problem() -> None:
    done = proxyless("lint", "-", stdin=MIRROR + POLICY % "soon")
    assert done.returncode == 2
    assert "-:16:47: error: ProxylessPolicy shop/shop: not used: spec.exceptions[0].expires" in done.stderr
    assert "PX502" in done.stdout


def test_objects_given_twice_are_told() -> None:
    done = proxyless("lint", "-", stdin=MIRROR + "---\n" + MIRROR)
    assert "note: VirtualService shop/echo is given twice, -:1 and -:11, alike" in done.stderr
    assert done.stdout.startswith("-:19:5")


@pytest.mark.parametrize(("flag", "used"), [(None, "1.28"), ("1.31", "1.31")])
def test_flags_win_over_a_mesh_in_the_files(flag: str | None, used: str, tmp_path: Path) -> None:
    mesh = "apiVersion: proxyless.dev/v1alpha1\nkind: ProxylessMesh\nmetadata: {name: default}\nspec:\n  istio: {version: '1.28'}\n"
    (tmp_path / "mesh.yaml").write_text(mesh)
    base = MeshSettings(istio=Version.parse(flag) if flag else None)
    settings, selection, problems = own_kinds(read_paths([str(tmp_path)]), base)
    assert (str(settings.istio), selection.exemptions, problems) == (used, (), ())


def test_formats_for_ci_name_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(PERMISSIVE)
    done = proxyless("lint", "--format", "sarif", "a.yaml", cwd=tmp_path)
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("a.yaml", 4)
    shown = proxyless("lint", "--format", "github", "a.yaml", cwd=tmp_path)
    assert shown.stdout.startswith("::warning title=PX301 permissive,file=a.yaml,line=4,")
    assert (done.returncode, shown.returncode) == (1, 1)
