"""One flag gives both long-running parts JSON or text."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab.ports import free_port

SOURCE = Path(__file__).parents[2] / "operator"


def first_line(part: str, *flags: str) -> str:
    """What a part logs first where its health port cannot be had."""
    code = "import sys; from proxyless.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "run", part, "--health-host=192.0.2.1", *flags]
    if part == "webhook":
        command.append(f"--url-mode=127.0.0.1:{free_port()}")
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env={"PYTHONPATH": str(SOURCE)}
    )
    assert done.returncode == 2
    return done.stderr.splitlines()[0]


@pytest.mark.parametrize("part", ["operator", "webhook"])
def test_json_is_usual(part: str) -> None:
    line = json.loads(first_line(part))
    assert line["level"] == "error"
    assert "192.0.2.1:8080" in line["message"]


@pytest.mark.parametrize("part", ["operator", "webhook"])
def test_text_by_flag(part: str) -> None:
    line = first_line(part, "--log-format=text")
    assert not line.startswith("{")
    assert " ERROR proxyless.process.running: cannot listen on 192.0.2.1:8080" in line
