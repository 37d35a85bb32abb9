"""The scenarios that the project exists for, step by step from files: every step is judged exactly, by all rules.

A step's file holds what is applied in it; the state is that of all steps so far, a later object replaces one of its name.
The head of a file says what must be found in the state: ``# finding: SEVERITY CODE Kind namespace/name``,
one line each.
"""

import re
from pathlib import Path

import pytest

from lint.rule_cases import Case
from proxyless.adapters.manifests import read_text
from proxyless.adapters.policies import settings_from
from proxyless.lint.engine import run
from proxyless.lint.rules import ALL
from proxyless.lint.world import World
from proxyless.model.finding import Report
from proxyless.model.snapshot import Snapshot

FOLDER = Path(__file__).parent / "scenarios"
STEPS = sorted(FOLDER.glob("s*/*.yaml"))
_FINDING = re.compile(r"^# finding: (\w+ PX\d{3} \S+ \S+)$", re.MULTILINE)


def state_after(step: Path) -> tuple[Snapshot, str]:
    """Everything that is applied up to a step, and the texts of the steps."""
    texts = {path.name: path.read_text() for path in sorted(step.parent.glob("*.yaml")) if path.name <= step.name}
    snapshot = Snapshot()
    for name, text in texts.items():
        read = read_text(text, name)
        assert not read.problems, read.problems
        snapshot = snapshot.overlay(*read.resources)
    return snapshot, "\n".join(texts.values())


def judge(step: Path) -> Report:
    """What all rules say of the state after a step."""
    snapshot, text = state_after(step)
    words = Case(step.parent.name, step.name, text)
    snapshot = Snapshot(snapshot, complete=words.complete())
    return run(ALL, World(snapshot, settings_from(snapshot, words.settings())), snapshot)


@pytest.mark.parametrize("step", STEPS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_step_is_judged_exactly(step: Path) -> None:
    report = judge(step)
    assert not [notice for notice in report.notices if notice.internal]
    found = sorted(f"{finding.severity.word} {finding.code} {finding.ref}" for finding in report.findings)
    told = "\n".join(
        f"{item.severity.word} {item.code} {item.ref}: {item.message} {item.applies}" for item in report.findings
    )
    assert found == sorted(_FINDING.findall(step.read_text())), told


def test_every_scenario_has_steps() -> None:
    assert {path.parent.name for path in STEPS} == {"s1", "s2", "s3", "s4", "s5"}
