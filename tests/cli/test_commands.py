"""The other commands: help, version, explain, rules, matrix, run."""

import json
import subprocess
import sys

import pytest

from cli.command import proxyless
from proxyless import __version__
from proxyless.cli.main import COMMANDS
from proxyless.lint.rules import ALL


def test_help_and_version() -> None:
    done = proxyless("--help")
    assert done.returncode == 0
    assert all(f"  {name}" in done.stdout for name in COMMANDS)
    assert "Exit codes: 0 clean, 1 findings" in done.stdout
    assert proxyless("version").stdout == proxyless("--version").stdout == f"{__version__}\n"
    for name in COMMANDS:
        done = proxyless(name, "--help")
        assert done.returncode == 0
        assert done.stdout.startswith(f"usage: proxyless {name}")


def test_unknown_command_lists_the_known() -> None:
    assert "no command 'linr'; one of lint, explain" in proxyless("linr").stderr


@pytest.mark.parametrize("word", ["PX502", "px502", "mirror", "px502_mirror"])
def test_explain(word: str) -> None:
    done = proxyless("explain", word)
    assert done.returncode == 0
    assert done.stdout.startswith("# PX502 mirror\n")
    assert "## Remedy" in done.stdout


def test_explain_has_a_page_for_every_rule() -> None:
    done = proxyless("explain", *(rule.code for rule in ALL))
    assert done.returncode == 0
    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("# PX")] == [
        rule.code for rule in ALL
    ]


def test_explain_suggests_near_codes_and_still_shows_the_others() -> None:
    done = proxyless("explain", "PX5O2", "PX502", "permisive")
    assert done.returncode == 2
    assert done.stdout.startswith("# PX502 mirror\n")
    assert "no rule 'PX5O2'; did you mean PX502" in done.stderr
    assert "no rule 'permisive'; did you mean PX301?" in done.stderr


def test_rules() -> None:
    lines = proxyless("rules").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["CODE", *(rule.code for rule in ALL)]
    some = proxyless("rules", "px3", "PX502").stdout.splitlines()[1:]
    assert [line.split()[0] for line in some] == [rule.code for rule in ALL if rule.code.startswith(("PX3", "PX502"))]
    assert any("may deny" in line and "permissive" in line for line in some)


def test_matrix_filters() -> None:
    every = proxyless("matrix").stdout.splitlines()
    assert len(every) > 400
    some = proxyless("matrix", "--kind", "virtualservice", "--field", "mirror").stdout.splitlines()[1:]
    assert some
    assert all(line.startswith("VirtualService  spec.http[].mirror") for line in some)
    ignored = proxyless(
        "matrix", "--verdict", "ignored", "--client", "go=1.66.3", "--istio", "1.31"
    ).stdout.splitlines()
    assert 1 < len(ignored) < len(every)
    assert "no field fits" in proxyless("matrix", "--field", "nothing has this").stderr


def test_matrix_depends_on_the_library() -> None:
    outputs = {proxyless("matrix", "--language", name).stdout for name in ("go", "python", "java")}
    assert len(outputs) == 3


@pytest.mark.parametrize("part", ["operator", "webhook"])
def test_run_hands_over(part: str) -> None:
    done = proxyless("run", part, "--help")
    assert done.returncode == 0, done.stderr
    assert "usage:" in done.stdout


def test_run_without_the_extra_says_what_to_install() -> None:
    script = (
        "import sys\nsys.modules['kopf'] = None\nfrom proxyless.cli.main import main\n"
        "sys.exit(main(['run', 'webhook']))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'proxyless[operator]'" in done.stderr


def test_matrix_lists_the_libraries() -> None:
    lines = proxyless("matrix", "--libraries").stdout.splitlines()
    assert lines[0].split() == ["LIBRARY", "RELEASES", "KNOWN"]
    assert any("armeria-xds (Maven Central)" in line and "Known by source" in line for line in lines)
    assert any("gRPC Rust" in line and "0.1.0-alpha.4" in line for line in lines)
    found = json.loads(proxyless("matrix", "--libraries", "--format", "json").stdout)["libraries"]
    assert len(found) == len(lines) - 1
    assert {"library", "releases", "known"} == set(found[0])
