"""A run that ignores signals, as one in the background of a script does, hands none of that down to what it starts."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

LAB = """
import pathlib, sys
from lab.process import start
folder = pathlib.Path(sys.argv[1])
child = start("child", ["/bin/grep", "SigIgn", "/proc/self/status"], folder, outlive=sys.argv[2] == "outlive")
while child.exit_code is None: pass
print(child.log.read_text())
"""
TESTS = """
import os, signal, subprocess
from child import pass_on_no_ignored_signals
pass_on_no_ignored_signals()
os.kill(os.getpid(), signal.SIGINT)
print(subprocess.run(["/bin/grep", "SigIgn", "/proc/self/status"], capture_output=True, text=True).stdout)
"""


def ignored(script: str, *arguments: str) -> set[signal.Signals]:
    """What a grandchild ignores, whose parent runs `script` with SIGINT, SIGQUIT, SIGTERM and SIGHUP ignored."""
    command = [
        "/bin/sh",
        "-c",
        "trap '' INT QUIT TERM HUP; exec \"$@\"",
        "sh",
        sys.executable,
        "-c",
        script,
        *arguments,
    ]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    mask = int(done.stdout.split()[1], 16)
    return {number for number in signal.Signals if mask >> (number - 1) & 1}


@pytest.mark.parametrize("way", ["mortal", "outlive"])
def test_what_the_lab_starts_has_default_signals_but_for_that_of_nohup(tmp_path: Path, way: str) -> None:
    assert ignored(LAB, str(tmp_path), way) == {signal.SIGHUP}


def test_what_tests_start_has_default_signals_and_the_run_itself_still_ignores_them() -> None:
    assert ignored(TESTS) == {signal.SIGHUP}
