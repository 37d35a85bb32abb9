"""Plays ``docs/tutorial.md``: writes its files, runs its commands and puts their real output into the page.

A block ``yaml title="greeter/x.yaml"`` is a file, written anew at that point of the story. A block ``console`` whose first
line is ``$ proxyless ...`` is run in the folder of the files; the rest of the block is its standard output, its standard
error and its exit code. All other blocks are for the reader alone.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

_BLOCK = re.compile(r'^```(yaml title="(?P<file>[^"]+)"|console)\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL)
_OPERATOR = Path(__file__).parents[2] / "operator"
_START = "import sys; from proxyless.cli.main import main; sys.exit(main())"


def page(before: str) -> str:
    """The page with the output of each of its commands up to date."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return _BLOCK.sub(lambda block: _played(block, folder), before)


def _played(block: re.Match[str], folder: Path) -> str:
    if block["file"]:
        path = folder / block["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block["text"], encoding="utf-8")
        return block[0]
    command = block["text"].partition("\n")[0]
    if not command.startswith("$ proxyless "):
        return block[0]
    done = subprocess.run(
        [sys.executable, "-c", _START, *shlex.split(command.removeprefix("$ proxyless "))],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(_OPERATOR)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    parts = [part.rstrip("\n") for part in (command, done.stdout, done.stderr, f"(exit code {done.returncode})")]
    return "```console\n" + "\n".join(part for part in parts if part) + "\n```"
