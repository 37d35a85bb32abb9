"""What no unit owns: the source root is clean, the pure part loads no framework, the README and the rules agree."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from proxyless.lint.rules import ALL, RETIRED

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "operator"
HEAVY = ("kopf", "kubernetes", "aiohttp", "cryptography", "pydantic", "prometheus_client", "grpc")


def test_source_root_holds_the_package_and_nothing_else() -> None:
    # A file beside it would become a top-level module, an __init__.py would shadow the standard library's `operator`.
    entries = {entry.name for entry in SOURCE.iterdir()} - {"__pycache__"}
    assert entries == {"proxyless"}


@pytest.mark.parametrize(
    "module", ["lint.rules; proxyless.lint.rules.ALL", "inject", "report.text", "mesh", "matrix.query", "cli.lint"]
)
def test_pure_part_loads_no_framework(module: str) -> None:
    code = f"import sys, proxyless.{module}; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(SOURCE)},
    )
    assert done.stdout.split() == []


def test_codes_are_unique_and_retired_ones_stay_away() -> None:
    codes = [rule.code for rule in ALL]
    assert len(codes) == len(set(codes))
    assert not set(codes) & set(RETIRED)
    assert all(re.fullmatch(r"PX[1-9]\d\d", code) for code in codes)


def test_nothing_committed_names_a_machine() -> None:
    files = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    pattern = re.compile(r"(/root/|/home/[a-z]+/|/work/)")
    found = [
        f"{name}:{number}"
        for name in files
        if not name.endswith((".lock", ".sum", ".json"))
        and (ROOT / name).is_file()
        and name != "tests/architecture/test_structure.py"
        for number, line in enumerate((ROOT / name).read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == []


def test_children_of_tests_are_ended_whatever_happens() -> None:
    """A bare Popen leaves a process behind when its test fails; ``child.running`` ends it."""
    ends_its_own = {"child.py", "controller/replicas.py"}
    tests = ROOT / "tests"
    found = [
        name
        for file in sorted(tests.rglob("*.py"))
        if (name := str(file.relative_to(tests))) not in ends_its_own
        and not name.startswith(("lab/", "bench/", "architecture/"))
        and "subprocess.Popen(" in file.read_text()
    ]
    assert found == []
