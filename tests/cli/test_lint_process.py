"""``proxyless lint`` as a process: terminals, readers that go away, Ctrl-C, and what it imports."""

import os
import pty
import signal
import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from child import running
from cli.command import PROXYLESS, proxyless
from cli.small_objects import CLEAN, MIRROR
from proxyless.cli import lint

PIPES: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


def test_ascii_terminals_get_no_traceback() -> None:
    text = MIRROR.replace("next.shop", "n\u00e4chst\U0001f600")
    env = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = proxyless("lint", "-", stdin=text, env=env)
    assert done.returncode == 1
    assert "n\\xe4chst\\U0001f600" in done.stdout


def _on_a_terminal(env: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        with os.fdopen(theirs, "wb") as out:
            done = subprocess.run(
                [PROXYLESS, "lint", "-"],
                input=MIRROR.encode(),
                stdout=out,
                stderr=subprocess.PIPE,
                env=env,
                check=False,
                timeout=60,
            )
        assert done.returncode == 1, done.stderr
        return screen.read(100_000).decode()


def test_colors_only_on_a_terminal_that_wants_them() -> None:
    env = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {"TERM": "xterm"}
    assert "\x1b[33;1mwarning" in _on_a_terminal(env)
    assert "\x1b" not in _on_a_terminal({**env, "NO_COLOR": "1"})
    assert "\x1b" not in _on_a_terminal({**env, "TERM": "dumb"})


def test_reader_that_goes_away() -> None:
    many = "---\n".join(MIRROR.replace("name: echo", f"name: echo-{n}") for n in range(400))
    with running([PROXYLESS, "lint", "-"], **PIPES) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, told = process.communicate(many.encode(), timeout=60)
    assert process.returncode == 141
    assert told == b""


def test_interrupt_while_reading() -> None:
    with running([PROXYLESS, "lint", "-"], **PIPES) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert (process.returncode, told) == (130, b"")


def test_lint_loads_nothing_of_the_operator(tmp_path: Path) -> None:
    (tmp_path / "vs.yaml").write_text(MIRROR)
    script = (
        "import sys\nfrom proxyless.cli.main import main\n"
        f"code = main(['lint', {str(tmp_path)!r}])\n"
        "names = {'kopf', 'kubernetes', 'aiohttp', 'cryptography', 'pydantic', 'asyncio', 'jsonpatch', 'prometheus_client'}\n"
        "print(sorted(names & set(sys.modules)), code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[] 1"


def test_clean_run_does_not_load_the_slow_parser(tmp_path: Path) -> None:
    (tmp_path / "ns.yaml").write_text(CLEAN)
    script = (
        "import sys\nfrom proxyless.cli.main import main\n"
        f"main(['lint', {str(tmp_path)!r}])\nprint('yaml' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_paths_alone_take_no_argparse_and_mean_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
    script = (
        "import sys\nfrom proxyless.cli.main import main\n"
        f"print(main(['lint', {str(tmp_path)!r}]), 'argparse' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "False"]
    (tmp_path / "a.yaml").write_text(MIRROR)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1 False"
    parser = ArgumentParser()
    lint.arguments(parser)
    assert vars(parser.parse_args(["x"])) == {"path": ["x"], **lint.DEFAULTS}
