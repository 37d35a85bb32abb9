"""Five minutes of ``make soak``, and the same with an upgrade that breaks admission, which must not be held."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from webhook.replica import REPOSITORY

ALONE = ("unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "soak")
"""A network of its own: no other program takes a port while its replica is away."""


def soak(report: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, report and output."""
    command = [*ALONE, sys.executable, "-m", "soak", "--json", str(report), *arguments]
    path = f"{REPOSITORY / 'operator'}:{REPOSITORY / 'tests'}"
    done = subprocess.run(["env", f"PYTHONPATH={path}", *command], capture_output=True, text=True, check=False)
    assert report.exists(), done.stdout + done.stderr
    return done.returncode, json.loads(report.read_text()), done.stdout + done.stderr


@pytest.mark.cluster
@pytest.mark.timeout(900)
def test_five_minutes_hold(tmp_path: Path) -> None:
    code, report, output = soak(tmp_path / "report.json", "--minutes", "5")
    print(output)
    assert report["faults"] == []
    assert code == 0
    assert report["creates"] > 0
    assert "the product is upgraded" in [one["what"] for one in report["disturbances"]]


@pytest.mark.cluster
@pytest.mark.timeout(900)
def test_a_lost_configuration_does_not_hold(tmp_path: Path) -> None:
    code, report, output = soak(tmp_path / "report.json", "--minutes", "1.5", "--broken")
    assert code == 1, output
    assert any("although nothing was disturbed then" in fault for fault in report["faults"])
